/// A finished trial's place in the order of a study with one objective: less is better.
///
/// Complete before pruned, feasible before infeasible, pruned ones that came further first; failed
/// trials have no place.
package struct RankedTrial: Comparable, Sendable {
  /// The trial.
  package let number: Int
  private let key: [Double]

  /// Nil when the trial taught nothing.
  package init?(_ number: Int, in history: History) {
    self.number = number
    let trial = history.trials[number]
    switch trial.state {
    case .complete:
      guard let loss = history.loss(of: number) else { return nil }
      let violation = trial.violation
      key = violation > 0 ? [2, violation, loss] : [0, loss, 0]
    case .pruned:
      let report = trial.reports.last
      let loss = (report?.value ?? .infinity) * history.directions[0].sign
      key = [1, -Double(report?.step ?? 0), loss.isNaN ? .infinity : loss]
    case .running, .waiting, .failed: return nil
    }
  }

  /// Whether `left` is better; the earlier of equals.
  package static func < (left: RankedTrial, right: RankedTrial) -> Bool {
    for (a, b) in zip(left.key, right.key) where a != b { return a < b }
    return left.number < right.number
  }
}

extension History {
  /// Finished trials that have a place, nothing superseded, in the order in which they finished.
  package var rankedFinished: [RankedTrial] {
    observedFinished.compactMap { RankedTrial($0, in: self) }
  }
}
