/// One worker's gradient buffer, with room behind it for what a synchronous step sends along.
///
/// `values[0..<parameterCount]` is the gradient; the tail holds the row count and the stop wish, so
/// that one reduction carries all.
package final class Gradient {
  package let parameterCount: Int
  package let values: UnsafeMutableBufferPointer<Float>

  package static let tailCount = 16

  package init(parameterCount: Int) {
    self.parameterCount = parameterCount
    let byteCount = (parameterCount + Self.tailCount) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    values = UnsafeMutableBufferPointer(
      start: raw.assumingMemoryBound(to: Float.self), count: parameterCount + Self.tailCount)
  }

  /// The gradient's first float.
  package var start: UnsafeMutablePointer<Float> {
    guard let start = values.baseAddress else { preconditionFailure("an empty gradient buffer") }
    return start
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }
}

extension UnsafeMutableBufferPointer<Float> {
  /// The first float of a buffer that is never empty.
  package var start: UnsafeMutablePointer<Float> {
    guard let start = baseAddress else { preconditionFailure("an empty buffer of parameters") }
    return start
  }
}
