public import HDF5

/// The cells of a column for some rows: memory that is allocated once and used for block after block.
///
/// Not sendable: each thread has its own.
public final class CellColumn {
  /// Numbers in a row; 0 for texts.
  public let width: Int
  /// Whether the cells are texts.
  public let isText: Bool
  /// The numbers, row by row, of as many rows as there is room for; none of a column of texts.
  public let numbers: UnsafeMutableBufferPointer<Float>
  /// The texts; none of a column of numbers.
  public var texts = TextRows()

  /// Makes room for `rowCount` rows of `kind`, whose width must be known.
  public init(_ kind: ColumnKind, rowCount: Int) {
    switch kind {
    case .text: (width, isText) = (0, true)
    case .number(let count):
      guard let count else { preconditionFailure("a column of unknown width") }
      (width, isText) = (count, false)
    }
    numbers = .allocate(capacity: rowCount * width)
    numbers.initialize(repeating: 0)
  }

  deinit { numbers.deallocate() }
}

@available(*, unavailable)
extension CellColumn: Sendable {}
