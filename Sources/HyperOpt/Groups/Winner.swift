internal import Configuration

/// The best trial of a study whose trials are repeated.
///
/// The winner has the best mean that it keeps by one standard error: a lucky run among bad ones does
/// not win. With n runs of variance s² the standard error is s / √n; s² is moderated towards the
/// pooled variance s₀² of all trials, because n is small:
/// s² = (d₀ s₀² + (n - 1) s²) / (d₀ + n - 1) with d₀ = 2 (Smyth 2004, equation of section 3; there d₀
/// is estimated).
enum Winner {
  private static let priorFreedom = 2.0

  /// The feasible complete trials, the best first; `runs` gives the values of a trial's runs.
  ///
  /// Of several objectives: those that no other trial dominates, by the first objective.
  static func ranking(_ history: History, runs: (Trial) -> [Double]) -> [Trial] {
    let sign = history.directions[0].sign
    if history.directions.count > 1 {
      return history.paretoFront.sorted {
        ($0.values[0] * sign, $0.number) < ($1.values[0] * sign, $1.number)
      }
    }
    let candidates = history.complete.filter { trial in
      trial.isFeasible && trial.values.first?.isNaN == false
    }
    let values = candidates.map { trial in
      let single = runs(trial)
      return single.isEmpty ? [trial.values[0]] : single
    }
    let means = values.map { $0.reduce(0, +) / Double($0.count) }
    let squares = zip(values, means).map { own, mean in
      own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    let freedom = values.reduce(0) { $0 + $1.count - 1 }
    let pooled = freedom > 0 ? squares.reduce(0, +) / Double(freedom) : 0
    let scores = candidates.indices.map { index in
      let own = Double(values[index].count)
      let variance =
        (priorFreedom * pooled + squares[index]) / (priorFreedom + own - 1)
      return means[index] * sign + (variance / own).squareRoot()
    }
    return candidates.indices
      .sorted { (scores[$0], candidates[$0].number) < (scores[$1], candidates[$1].number) }
      .map { candidates[$0] }
  }
}

extension History {
  /// The trial that a search ends with: the best one, with regard to the noise where trials are
  /// repeated, and of several objectives the best of the first among those that none dominates.
  package var winner: Trial? {
    // Without repetitions that is the best one, found without sorting.
    if directions.count == 1, !complete.contains(where: { $0.userAttributes["runs"] != nil }) {
      return best
    }
    return ranking.first
  }

  /// All trials that could be chosen, the winner first.
  package var ranking: [Trial] {
    Winner.ranking(self) { trial in
      guard case .list(let items)? = trial.userAttributes["runs"]?.kind else { return [] }
      return items.compactMap(\.number)
    }
  }
}
