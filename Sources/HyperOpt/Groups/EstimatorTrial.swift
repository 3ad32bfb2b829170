public import Distributed

extension GroupTrial {
  /// Trains an estimator for this trial: its figures are reported after every validation, and it ends when the study
  /// has seen enough.
  ///
  /// Collective over `group`, the trial's ranks, and blocking. No model is kept: fit the best settings once more.
  /// - Returns: The figures of the epoch whose weights the training ended with, by Keras' names; empty for one that
  ///   was ended before.
  /// - Throws: what `TableEstimator.fit` throws.
  public func fit(
    _ estimator: some TableEstimator, to table: Table, on group: borrowing Communicator
  ) throws -> [String: Double] {
    let report = try estimator.report(
      table, on: group, observer: TrialObserver(self, keepsModel: true))
    guard report.outcome == .finished else {
      stopped()
      return [:]
    }
    completed()
    return report.result?.figures ?? [:]
  }
}
