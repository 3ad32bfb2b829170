import CKernels

/// What must hold for values as a file has them, checked when a window is loaded.
public struct RowChecks: Sendable, Equatable {
  /// Targets must be class numbers below this; nil when they may be any finite numbers.
  public var classCount: Int?
  /// The same for columns of a row of targets: of several outputs some may be class numbers.
  public var labels: [LabelColumns]
  /// Whether NaN in features is a missing value, which a stage fills in.
  public var acceptsMissingFeatures: Bool
  /// Whether NaN in targets is a missing value, which a stage fills in.
  public var acceptsMissingTargets: Bool

  /// Columns of a row that hold class numbers.
  public struct LabelColumns: Sendable, Equatable {
    /// The columns.
    public var columns: Range<Int>
    /// How many classes there are.
    public var classCount: Int

    /// Names the columns.
    public init(_ columns: Range<Int>, classCount: Int) {
      self.columns = columns
      self.classCount = classCount
    }
  }

  /// Makes the rules.
  public init(
    classCount: Int? = nil, labels: [LabelColumns] = [], acceptsMissingFeatures: Bool = false,
    acceptsMissingTargets: Bool = false
  ) {
    self.classCount = classCount
    self.labels = labels
    self.acceptsMissingFeatures = acceptsMissingFeatures
    self.acceptsMissingTargets = acceptsMissingTargets
  }

  /// Throws for the first value of features that is infinite, or NaN unless that is accepted.
  func checkFeatures(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String
  ) throws(PipelineError) {
    try checkFinite(
      values, width: width, firstRow: firstRow, of: name, acceptsMissing: acceptsMissingFeatures)
  }

  /// Throws for the first value of targets that is no class, infinite, or NaN unless that is accepted.
  func checkTargets(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String
  ) throws(PipelineError) {
    try checkFinite(
      values, width: width, firstRow: firstRow, of: name, acceptsMissing: acceptsMissingTargets)
    for part in labels {
      for row in 0..<values.count / width {
        for column in part.columns {
          let label = values[row * width + column]
          let isClass = label >= 0 && label < Float(part.classCount) && label.rounded() == label
          if !isClass { throw noClass(label, row: firstRow + row, part.classCount, name) }
        }
      }
    }
    guard let classCount, let start = values.baseAddress else { return }
    let index = ck_first_no_class(start, values.count, UInt32(classCount))
    guard index < values.count else { return }
    throw noClass(values[index], row: firstRow + index / width, classCount, name)
  }

  private func noClass(
    _ label: Float, row: Int, _ classCount: Int, _ name: String
  ) -> PipelineError {
    PipelineError(
      "\(name): row \(row) has the label \(Self.text(label)), but the classes are 0 to "
        + "\(classCount - 1): mend the label, or give the last layer more units")
  }

  /// Throws for the first weight that is below 0, NaN or infinite.
  func checkWeights(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String
  ) throws(PipelineError) {
    try checkFinite(values, width: width, firstRow: firstRow, of: name, acceptsMissing: nil)
    guard let index = values.firstIndex(where: { $0 < 0 }) else { return }
    throw PipelineError(
      "\(name): row \(firstRow + index / width) has the weight \(Self.text(values[index])): a weight "
        + "is at least 0")
  }

  /// Missing values are accepted, or not accepted, or nothing that a pipeline could fill in (nil).
  private func checkFinite(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String,
    acceptsMissing: Bool?
  ) throws(PipelineError) {
    guard let start = values.baseAddress else { return }
    var index = ck_first_not_finite(start, values.count)
    if acceptsMissing == true, index < values.count {
      index = values[index...].firstIndex(where: \.isInfinite) ?? values.count
    }
    guard index < values.count else { return }
    let column = width > 1 ? ", value \(index % width)" : ""
    throw PipelineError(
      "\(name): row \(firstRow + index / width)\(column) is "
        + (values[index].isNaN ? "NaN (not a number)" : "infinite")
        + ": mend or remove the row"
        + (values[index].isNaN && acceptsMissing != nil
          ? ", or begin its pipeline with 'impute'" : ""))
  }

  private static func text(_ value: Float) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
