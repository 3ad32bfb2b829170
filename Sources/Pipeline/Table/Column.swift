/// What the cells of a column hold.
public enum ColumnKind: Sendable, Hashable, CustomStringConvertible {
  /// As many numbers in each row; nil where only the data tell how many.
  case number(width: Int?)
  /// A text in each row, in UTF-8; an empty one is a missing value.
  case text

  /// `number`, `4 numbers`, `numbers`, `text`.
  public var description: String {
    switch self {
    case .text: "text"
    case .number(nil): "numbers"
    case .number(1): "number"
    case .number(let width?): "\(width) numbers"
    }
  }

  /// Numbers in a row; nil for texts, and where only the data tell.
  public var width: Int? {
    if case .number(let width) = self { width } else { nil }
  }
}

/// A column of a table: its name, and what it holds.
public struct Column: Sendable, Hashable, CustomStringConvertible {
  /// The name; a table has each once.
  public var name: String
  /// What it holds.
  public var kind: ColumnKind

  /// Names a column.
  public init(_ name: String, _ kind: ColumnKind) {
    self.name = name
    self.kind = kind
  }

  /// `city (text)`.
  public var description: String { "\(name) (\(kind))" }
}
