import CKernels
public import HDF5

/// The fitted stage `one_hot`.
public struct OneHotEncoding: Transformer {
  /// `one_hot`.
  public static let name = "one_hot"
  /// How many classes there are.
  public let classCount: Int
  /// `[classes]` for one column, else one axis more than before.
  public let outputShape: [Int]
  private let columnCount: Int

  /// Makes the stage for rows of `inputShape`.
  public init(classCount: Int, inputShape: [Int]) {
    self.classCount = classCount
    columnCount = inputShape.elementCount
    outputShape = inputShape == [1] ? [classCount] : inputShape + [classCount]
  }

  /// None.
  public var affine: Affine? { nil }

  /// Writes a row of zeros and a one for each class number.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    let count = rowCount * columnCount
    let bad = ck_first_no_class(rows, count, UInt32(classCount))
    guard bad == count else {
      throw PipelineError(
        "one_hot: the value \(rows[bad]) is no class number from 0 to \(classCount - 1)")
    }
    output.update(repeating: 0, count: count * classCount)
    for index in 0..<count { output[index * classCount + Int(rows[index])] = 1 }
  }

  /// Writes the attribute `classes`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("classes", classCount)
  }

  /// Reads the attribute `classes`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let count: Int
    do { count = try group.intAttribute("classes") } catch { throw PipelineError(error) }
    guard (1...ClassRange.maximumClassCount).contains(count) else {
      throw PipelineError(
        "\(group.place): \(count) classes are not possible: the model file is damaged, write it again"
      )
    }
    self.init(classCount: count, inputShape: shape)
  }
}
