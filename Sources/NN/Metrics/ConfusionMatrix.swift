/// How often each class was predicted as each: counts that merge by addition.
public struct ConfusionMatrix: Sendable {
  /// The number of classes.
  public let classCount: Int
  /// classCount x classCount counts, a row for each true class, a column for each predicted one.
  public var counts: [Double]

  /// An empty matrix.
  public init(classCount: Int) {
    precondition(classCount > 0, "a confusion matrix of \(classCount) classes")
    self.classCount = classCount
    counts = [Double](repeating: 0, count: classCount * classCount)
  }

  /// Adds `rowCount` rows of classCount probabilities each.
  ///
  /// `targets` holds a class number for each row when `isSparse`, otherwise classCount numbers of
  /// which the largest counts. Rows with a class number outside the classes are not counted. With
  /// `weights`, one for each row, a row counts as much as it weighs.
  public mutating func add(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>, rowCount: Int,
    isSparse: Bool, weights: UnsafePointer<Float>? = nil
  ) {
    guard let outputs = outputs.baseAddress, let targets = targets.baseAddress else { return }
    for row in 0..<rowCount {
      let predicted = Self.largest(outputs + row * classCount, classCount)
      let label =
        isSparse
        ? Int(exactly: targets[row]) ?? -1
        : Self.largest(targets + row * classCount, classCount)
      guard label >= 0, label < classCount else { continue }
      counts[label * classCount + predicted] += weights.map { Double($0[row]) } ?? 1
    }
  }

  /// How often the class `label` was predicted as `predicted`.
  public subscript(label: Int, predicted: Int) -> Double { counts[label * classCount + predicted] }

  /// The fraction on the diagonal; not a number when nothing was added.
  public var accuracy: Double {
    var right = 0.0
    for i in 0..<classCount { right += self[i, i] }
    return right / counts.reduce(0, +)
  }

  /// The place of the largest value, the first among equals.
  package static func largest(_ values: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for i in 1..<max(1, count) where values[i] > values[best] { best = i }
    return best
  }
}
