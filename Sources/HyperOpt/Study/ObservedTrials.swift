internal import Configuration

extension History {
  /// Numbers of the trials that a sampler learns from: those that nothing superseded.
  ///
  /// A trial that another one resumed is the earlier part of that one; counting both would count one
  /// set of parameters twice. Enqueued trials that wait have not begun.
  package var observedNumbers: [Int] {
    var superseded: Set<Int> = []
    for trial in trials where !trial.systemAttributes.isEmpty {
      if let earlier = trial.resumedFrom { superseded.insert(earlier) }
    }
    return trials.indices.filter {
      trials[$0].state != .waiting && (superseded.isEmpty || !superseded.contains($0))
    }
  }

  /// Numbers of finished trials that nothing superseded, in the order in which they finished.
  package var observedFinished: [Int] {
    let observed = Set(observedNumbers)
    return finished.filter { observed.contains($0) }
  }

  /// The values of trial `number` with signs such that less is better, NaN as the worst; nil when it
  /// has none.
  package func losses(of number: Int) -> [Double]? {
    let trial = trials[number]
    guard trial.state == .complete, trial.values.count == directions.count else { return nil }
    return zip(trial.values, directions).map { $0.isNaN ? .infinity : $0 * $1.sign }
  }

  /// The first objective's loss of trial `number`, NaN as the worst; nil when it has none.
  package func loss(of number: Int) -> Double? {
    let trial = trials[number]
    guard trial.state == .complete, let value = trial.values.first else { return nil }
    return value.isNaN ? .infinity : value * directions[0].sign
  }
}

extension Trial {
  /// The sum of all violated outcome constraints; 0 when it is feasible.
  package var violation: Double {
    guard !systemAttributes.isEmpty else { return 0 }
    return constraints.reduce(0) { $0 + ($1.isNaN ? .infinity : max($1, 0)) }
  }
}
