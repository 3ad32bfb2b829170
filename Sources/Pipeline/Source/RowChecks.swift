import CKernels

/// What must hold for values as a file has them, checked when a window is loaded.
public struct RowChecks: Sendable, Equatable {
  /// Targets must be class numbers below this; nil when they may be any finite numbers.
  public var classCount: Int?

  /// Makes the rules.
  public init(classCount: Int? = nil) {
    self.classCount = classCount
  }

  /// Throws for the first value of features that is NaN or infinite.
  func checkFeatures(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String
  ) throws(PipelineError) {
    try checkFinite(values, width: width, firstRow: firstRow, of: name)
  }

  /// Throws for the first value of targets that is no class, NaN or infinite.
  func checkTargets(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String
  ) throws(PipelineError) {
    try checkFinite(values, width: width, firstRow: firstRow, of: name)
    guard let classCount, let start = values.baseAddress else { return }
    let index = ck_first_no_class(start, values.count, UInt32(classCount))
    guard index < values.count else { return }
    throw PipelineError(
      "\(name): row \(firstRow + index / width) has the label \(Self.text(values[index])), but the "
        + "classes are 0 to \(classCount - 1): mend the label, or give the last layer more units")
  }

  private func checkFinite(
    _ values: UnsafeBufferPointer<Float>, width: Int, firstRow: Int, of name: String
  ) throws(PipelineError) {
    guard let start = values.baseAddress else { return }
    let index = ck_first_not_finite(start, values.count)
    guard index < values.count else { return }
    let column = width > 1 ? ", value \(index % width)" : ""
    throw PipelineError(
      "\(name): row \(firstRow + index / width)\(column) is "
        + (values[index].isNaN ? "NaN (not a number)" : "infinite")
        + ": mend or remove the row")
  }

  private static func text(_ value: Float) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
