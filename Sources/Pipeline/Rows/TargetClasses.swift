/// The classes that targets name, numbered in the order of their first rows.
///
/// A target is a whole number, or a row of zeros with a one at the place of its class.
struct TargetClasses {
  /// The classes' own numbers.
  private(set) var labels: [Int] = []
  private var indices: [Int: Int] = [:]

  /// More classes than that are no classes; the numbers of so many have 16 bits.
  private static let mostClasses = 65_536
  /// Larger numbers are not exact in a `Float`.
  private static let largestLabel: Float = 0x1p24

  /// The classes of some rows of `source`, which must have a target.
  ///
  /// - Throws: `PipelineError` for targets that are not classes, and for too many of these.
  static func codes(
    of source: any RowSource, rows: Range<Int>
  ) throws(PipelineError) -> ClassCodes {
    let width = source.layout.targetCount
    var classes = TargetClasses()
    var numbers: [UInt16] = []
    numbers.reserveCapacity(rows.count)
    try RowBlocks.forEach(source, RowSet(runs: [rows]), features: false, targets: true) {
      (block) throws(PipelineError) in
      for row in block.rows {
        let start = (row - block.rows.lowerBound) * width
        let target = UnsafeBufferPointer(rebasing: block.targets[start..<start + width])
        let label = width == 1 ? Self.label(target[0]) : Self.place(of: target)
        guard let label else {
          throw PipelineError(
            "\(source.targetName): row \(row) is "
              + (width == 1 ? "\(target[0])" : "no row of zeros with a one")
              + ", but a stratified split needs classes (whole numbers, or rows of zeros with a one): "
              + "leave stratify out for another target")
        }
        numbers.append(UInt16(try classes.index(of: label, source.targetName)))
      }
    }
    return ClassCodes(numbers, labels: classes.labels)
  }

  /// The number of the class that calls itself `label`, one more than the last for a new one.
  ///
  /// - Throws: `PipelineError` for too many classes.
  mutating func index(of label: Int, _ name: String) throws(PipelineError) -> Int {
    if let index = indices[label] { return index }
    guard labels.count < Self.mostClasses else {
      throw PipelineError(
        "\(name) has more than \(Self.mostClasses) different numbers, too many classes for a stratified "
          + "split: leave stratify out")
    }
    indices[label] = labels.count
    labels.append(label)
    return labels.count - 1
  }

  private static func label(_ value: Float) -> Int? {
    guard abs(value) <= largestLabel else { return nil }  // NaN neither
    return Int(exactly: value)
  }

  private static func place(of target: UnsafeBufferPointer<Float>) -> Int? {
    var place: Int?
    for (index, value) in target.enumerated() where value != 0 {
      guard value == 1, place == nil else { return nil }
      place = index
    }
    return place
  }
}
