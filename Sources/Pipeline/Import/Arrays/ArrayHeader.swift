import HDF5

/// What the head of a file says of the array behind it.
protocol ArrayHeader: Sendable {
  /// The type of its numbers.
  var element: ElementType { get }
  var isBigEndian: Bool { get }
  /// Whether the first axis varies fastest.
  var isFortran: Bool { get }
  /// The count along each axis; empty for a single number.
  var shape: [Int] { get }
  /// The bytes before the first number.
  var headByteCount: Int { get }
  /// Says that other than the head's bytes are there: `found`, which are too few where `isShort`.
  func wrongLength(_ path: String, found: String, _ isShort: Bool) -> PipelineError
}

extension ArrayHeader {
  /// The count of bytes behind the head.
  var byteCount: Int { shape.reduce(element.byteCount ?? 1, *) }

  /// Whether rows have to be gathered from all of the file; a list is in both orders.
  var isTransposed: Bool { isFortran && shape.count > 1 }
}
