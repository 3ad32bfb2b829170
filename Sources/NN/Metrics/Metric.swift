/// One figure that a job file's `metrics` may name beside the loss: sums that are added up over
/// batches and ranks, and what follows from them.
struct Metric: Sendable, Equatable {
  /// What is measured.
  ///
  /// A row is one vector along the outputs' last axis.
  enum Kind: Sendable, Equatable {
    /// The fraction of outputs that lie on the target's side of a probability.
    case binaryAccuracy(threshold: Double)
    /// The fraction of rows whose class is among the k most probable.
    case topK(Int)
    /// The mean of a loss over the rows, times a sign.
    case mean(Loss, sign: Double)
    /// The root of the mean of (p - y)^2.
    case rootMeanSquaredError
    /// exp of the mean cross-entropy.
    case perplexity(Loss)
    /// The coefficient of determination, averaged over the outputs.
    case r2(isVarianceWeighted: Bool)
    /// Precision, recall or F1.
    case counts(CountFigure)
    /// An area under a curve, of one class or of all outputs together.
    case area(ScoreHistogram.Curve, classID: Int?)
  }

  /// The figure's name in results: its kind's, unless the options give another.
  let name: String
  /// The kind's name in a job file.
  let kindName: String
  let kind: Kind

  /// The doubles that the figure is made of, for rows of `columns` outputs.
  func sumCount(columns: Int) -> Int {
    switch kind {
    case .binaryAccuracy, .topK, .mean, .rootMeanSquaredError, .perplexity: 2
    case .r2: 1 + 3 * columns
    case .counts: 3 * columns
    case .area: ScoreHistogram.sumCount
    }
  }

  /// Whether the figure is the likelihood itself, which looks at the outputs and not at means.
  var readsParameters: Bool {
    if case .mean(let loss, _) = kind { return loss.hidesMean }
    return false
  }

  /// Whether two metrics are made of the same sums, which are kept once.
  func sharesSums(with other: Metric) -> Bool {
    switch (kind, other.kind) {
    case (.area(_, let mine), .area(_, let others)): mine == others
    default: false
    }
  }
}
