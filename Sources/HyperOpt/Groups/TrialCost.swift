internal import Configuration

/// What a trial's runs have taken in this coordinator, and how far that brought them.
struct TrialCost {
  private var seconds = 0.0
  private var steps = 0

  /// Counts a run that is over.
  mutating func add(_ run: ActiveTrial.Run, now: Double) {
    seconds += now - run.start
    if let last = run.step, let before = run.stepBefore { steps += last - before }
  }

  /// The seconds that the whole trial would take at this pace; nil before anything is known.
  func whole(_ trial: ActiveTrial, runCount: Int) -> Double? {
    guard seconds > 0 else { return nil }
    if runCount > 1 {
      return trial.results.isEmpty
        ? nil : seconds * Double(runCount) / Double(trial.results.count)
    }
    guard let last = trial.lastStep, steps > 0 else { return seconds }
    return seconds * Double(last) / Double(steps)
  }

  /// The trial's attribute with these seconds.
  static let attribute = "sounder:cost_seconds"
}

extension SearchPlan {
  /// The trial's attribute with the figures of a run, where it has several: a trial that is gone on
  /// with does not repeat those that are done, unless folds or repeats are others by then.
  func resultKey(_ run: Int) -> String { "sounder:run_\(run)_of_\(foldCount)x\(repeatCount)" }
}
