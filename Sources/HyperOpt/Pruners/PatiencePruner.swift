public import Configuration

/// Stops a trial whose latest reports are all worse than what it had before.
///
/// With b the best value of all but the last n + 1 reports and r the best of those n + 1, a trial
/// that minimises is stopped when b + min_delta < r (Optuna's `PatientPruner`); a plateau is not
/// worse. With a wrapped pruner that one decides, once patience has ended.
public struct PatiencePruner: Pruner {
  /// `patience`.
  public static let name = "patience"

  let patience: Int
  let minDelta: Double
  let wrapped: (any Pruner)?

  /// Reads `patience`, `min_delta`, and `pruner`: a pruner with its options.
  public init(options: inout Options) throws(ConfigurationError) {
    patience = try options.int("patience", default: 5, in: 0...Int.max)
    minDelta = try options.number(
      "min_delta", default: 0, in: 0...Double.greatestFiniteMagnitude)
    if let inner = options.value("pruner") {
      wrapped = try PrunerRegistry.pruner(inner, at: options.keyPath + ["pruner"])
    } else {
      wrapped = nil
    }
  }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("patience", Value(.int(patience))), .init("min_delta", Value(.number(minDelta))),
    ]
    if let wrapped { entries.append(.init("pruner", wrapped.namedValue)) }
    return Value(.map(entries))
  }

  /// Says since when the trial has not come near its own best.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    let reports = history.curve(of: trial)
    guard reports.count - 1 > patience else { return nil }
    let cut = reports.count - patience - 1
    func best(_ part: ArraySlice<Trial.Report>) -> Double? {
      part.lazy.map { $0.value * history.sign }.filter { !$0.isNaN }.min()
    }
    guard let before = best(reports[..<cut]) else { return nil }
    let after = best(reports[cut...])
    if let after, before + minDelta >= after { return nil }
    if let wrapped { return wrapped.reasonToPrune(trial, lastStep: lastStep, history: history) }
    return """
      its last \(patience + 1) reports are all worse than its best, \
      \((before * history.sign).brief), at step \(reports[cut - 1].step) or before
      """
  }

  /// What the wrapped pruner promotes.
  public func promotion(history: History) -> Int? { wrapped?.promotion(history: history) }
}
