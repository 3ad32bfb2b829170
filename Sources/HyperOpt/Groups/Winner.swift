/// The best trial of a study whose trials are repeated.
///
/// The winner has the best mean that it keeps by one standard error: a lucky run among bad ones does
/// not win. With n runs of variance s² the standard error is s / √n; s² is moderated towards the
/// pooled variance s₀² of all trials, because n is small:
/// s² = (d₀ s₀² + (n - 1) s²) / (d₀ + n - 1) with d₀ = 2 (Smyth 2004, equation of section 3; there d₀
/// is estimated).
enum Winner {
  private static let priorFreedom = 2.0

  /// The best feasible complete trial; `runs` gives the values of a trial's runs.
  static func choose(_ history: History, runs: (Trial) -> [Double]) -> Trial? {
    let candidates = history.complete.filter { trial in
      trial.isFeasible && trial.values.first?.isFinite == true
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
    guard freedom > 0 else { return history.best }
    let pooled = squares.reduce(0, +) / Double(freedom)
    let sign = history.directions[0].sign
    let scores = candidates.indices.map { index in
      let own = Double(values[index].count)
      let variance =
        (priorFreedom * pooled + squares[index]) / (priorFreedom + own - 1)
      return means[index] * sign + (variance / own).squareRoot()
    }
    let best = scores.indices.min {
      (scores[$0], candidates[$0].number) < (scores[$1], candidates[$1].number)
    }
    return best.map { candidates[$0] }
  }
}
