internal import NN

/// One worker's gradient buffer, with room behind it for what a synchronous step sends along.
///
/// `values[0..<parameterCount]` is the gradient; the tail holds the row count and the stop wish, so
/// that one reduction carries all.
package final class Gradient {
  package let parameterCount: Int
  package let values: UnsafeMutableBufferPointer<Float>
  private let arena = FloatArena()

  package static let tailCount = 16

  package init(parameterCount: Int) {
    self.parameterCount = parameterCount
    values = arena.allocate(parameterCount + Self.tailCount)
  }

  /// The gradient's first float.
  package var start: UnsafeMutablePointer<Float> {
    guard let start = values.baseAddress else { preconditionFailure("an empty gradient buffer") }
    return start
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// The first float of a buffer that is never empty.
  package var start: UnsafeMutablePointer<Float> {
    guard let start = baseAddress else { preconditionFailure("an empty buffer of parameters") }
    return start
  }
}
