/// A setting that cannot be used: which one, where it stands, what is wrong, what would be right.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// Where the setting stands.
  public var origin: Value.Origin
  /// The setting's full name, outermost first: `["training", "optimizer", "adam"]`.
  public var keyPath: [String]
  /// What was found and what to do, without the place.
  public var message: String

  /// Makes an error about the setting at `keyPath`.
  public init(_ message: String, at keyPath: [String] = [], origin: Value.Origin = .code) {
    self.message = message
    self.keyPath = keyPath
    self.origin = origin
  }

  /// One line: place, setting, what to do.
  public var description: String {
    let place: String
    switch origin {
    case .code: place = ""
    case .line(let line, let file): place = "\(file):\(line): "
    case .override(let text): place = "--set \(text): "
    }
    let line = place + (keyPath.isEmpty ? "" : keyPath.joined(separator: ".") + ": ") + message
    return String(line.map { $0.isNewline ? " " : $0 })
  }
}

extension String {
  /// The text with its line breaks and runs of spaces made single spaces.
  package var inOneLine: String {
    split { $0.isNewline || $0 == " " || $0 == "\t" }.joined(separator: " ")
  }
}
