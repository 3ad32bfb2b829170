// A trial that was resumed is a chain of trials in the journal: each part but the last is the
// `resumedFrom` of the next. Pruners count a chain once, by its last part, with all its reports.

extension History {
  /// 1 to minimise the first objective, -1 to maximise it.
  var sign: Double { directions.first?.sign ?? 1 }

  /// The numbers of the trials that were resumed by later ones.
  var superseded: Set<Int> {
    var numbers: Set<Int> = []
    for trial in trials where !trial.systemAttributes.isEmpty {
      if let earlier = trial.resumedFrom, earlier < trial.number { numbers.insert(earlier) }
    }
    return numbers
  }

  /// The first part of the chain that ends with `trial`.
  func root(of trial: Trial) -> Int {
    var number = trial.number
    var earlier = trial.resumedFrom
    while let next = earlier, next < number, trials.indices.contains(next) {
      number = next
      earlier = trials[next].resumedFrom
    }
    return number
  }

  /// The reports of `trial` and, before its first one, those of the trials it was resumed from.
  func curve(of trial: Trial) -> [Trial.Report] {
    guard var earlier = trial.resumedFrom else { return trial.reports }
    var reports = trial.reports
    var number = trial.number
    while earlier < number, trials.indices.contains(earlier) {
      let first = reports.first?.step ?? Int.max
      reports = trials[earlier].reports.filter { $0.step < first } + reports
      number = earlier
      guard let next = trials[number].resumedFrom else { break }
      earlier = next
    }
    return reports
  }

  /// The last parts of all chains, with `trial` in the state it was given in.
  func lastParts(with trial: Trial? = nil) -> [Trial] {
    let superseded = superseded
    var parts = trials.filter { $0.number != trial?.number && !superseded.contains($0.number) }
    if let trial { parts.append(trial) }
    return parts
  }

  /// Number and value of the best feasible complete trial, as `best`, without copying trials.
  var bestFinished: (number: Int, value: Double)? {
    var best: (number: Int, value: Double)?
    for number in finished where trials[number].state == .complete {
      guard let value = trials[number].values.first, !value.isNaN else { continue }
      if let found = best, (found.value * sign, found.number) <= (value * sign, number) { continue }
      if trials[number].isFeasible { best = (number, value) }
    }
    return best
  }

  /// The last step that a complete trial has reported; nil while there is none.
  var longestCompleteStep: Int? {
    var longest: Int?
    for number in finished where trials[number].state == .complete {
      guard let step = trials[number].reports.last?.step else { continue }
      longest = max(longest ?? step, step)
    }
    return longest
  }
}

extension [Trial.Report] {
  /// The first report at `step` or later; reports are in the order of their steps.
  func first(atOrAfter step: Int) -> Trial.Report? {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if self[middle].step < step { low = middle + 1 } else { high = middle }
    }
    return low < endIndex ? self[low] : nil
  }

  /// The value at exactly `step`.
  func value(at step: Int) -> Double? {
    first(atOrAfter: step).flatMap { $0.step == step ? $0.value : nil }
  }
}
