internal import CKernels
internal import NN

/// One worker's gradient buffer, with room around it for what a synchronous step sends along.
///
/// `values[0..<parameterCount]` is the gradient. The row count lies right behind it and the stop wish right
/// before it, so that they travel with its end and with its beginning.
package final class Gradient {
  package let parameterCount: Int
  package let values: UnsafeMutableBufferPointer<Float>
  private let arena = FloatArena()

  /// A whole cache line at each side: the gradient stays aligned.
  private static let marginCount = 16

  package init(parameterCount: Int) {
    self.parameterCount = parameterCount
    let block = arena.allocate(parameterCount + 2 * Self.marginCount)
    values = UnsafeMutableBufferPointer(
      rebasing: block[Self.marginCount..<Self.marginCount + parameterCount])
  }

  /// The gradient's first float.
  package var start: UnsafeMutablePointer<Float> {
    guard let start = values.baseAddress else { preconditionFailure("an empty gradient buffer") }
    return start
  }

  /// The rows that the gradient is of.
  var rowCount: Float {
    get { start[parameterCount] }
    set { start[parameterCount] = newValue }
  }

  /// How many workers want to stop.
  var stopWish: Float {
    get { start[-1] }
    set { start[-1] = newValue }
  }

  /// Makes of `part` of a mean over `rowCount` rows a sum over them: what adds up over workers.
  ///
  /// Of no rows it makes zeros, whatever was there.
  func weigh(_ part: Range<Int>, rowCount: Int) {
    let first = start + part.lowerBound
    if rowCount == 0 {
      first.update(repeating: 0, count: part.count)
    } else {
      ck_scale_by(part.count, Float(rowCount), first)
    }
  }

  /// A part of the gradient as it is sent: with the row count behind its end, and the stop wish before its
  /// beginning.
  func message(_ part: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    let first = part.lowerBound == 0 ? -1 : part.lowerBound
    let end = part.upperBound == parameterCount ? parameterCount + 1 : part.upperBound
    return UnsafeMutableBufferPointer(start: start + first, count: end - first)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// The first float of a buffer that is never empty.
  package var start: UnsafeMutablePointer<Float> {
    guard let start = baseAddress else { preconditionFailure("an empty buffer of parameters") }
    return start
  }
}
