import HDF5

/// What a name in a file stands for: rows of numbers, of one data set or of several columns.
protocol NamedRows: AnyObject {
  /// File and data set, for messages.
  var name: String { get }
  /// How many rows there are.
  var rowCount: Int { get }
  /// The shape of one row.
  var rowShape: [Int] { get }
  /// The names of the columns, where a row is made of some.
  var columns: [String] { get }
  /// The types of the numbers in the file, of each data set or field.
  var elementTypes: [ElementType] { get }
  /// Whether the numbers can be read as bytes.
  var isBytes: Bool { get }
  /// Rows in a chunk of the file.
  var chunkRowCount: Int? { get }

  /// Reads rows, converted; bytes only where `isBytes`.
  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError)
}
