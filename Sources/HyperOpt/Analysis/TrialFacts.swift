internal import Configuration

extension Trial {
  /// The name of the trial's state: Optuna's words in lower case.
  package var stateName: String {
    switch state {
    case .running: "running"
    case .complete: "complete"
    case .pruned: "pruned"
    case .failed: "failed"
    case .waiting: "waiting"
    }
  }

  /// Seconds from start to end; nil while the trial runs.
  package var seconds: Double? {
    guard let startTime, let endTime, endTime >= startTime else { return nil }
    return endTime - startTime
  }

  /// The last value that the trial reported, or for a complete one its value.
  func latestValue(of objective: Int) -> Double? {
    if values.indices.contains(objective) { return values[objective] }
    return objective == 0 ? reports.last?.value : nil
  }

  /// A user attribute as a number.
  func number(_ key: String) -> Double? { userAttributes[key]?.number }

  /// A user attribute in words.
  func text(_ key: String) -> String? { userAttributes[key]?.label }
}

extension Value {
  /// The value in a few words: a text as it is, a choice with options by its name.
  package var label: String {
    switch kind {
    case .null: "none"
    case .string(let text): text
    case .number(let number): number.brief
    case .map(let entries) where entries.count == 1: entries[0].key
    default: json
    }
  }

  /// The value without loss: a text as it is, numbers in full, lists and maps as JSON.
  var fullText: String {
    switch kind {
    case .null: ""
    case .string(let text): text
    case .number(let number): "\(number)"
    default: json
    }
  }
}

extension Distribution {
  /// A name for each choice: that of its only key where no other choice has it, else all of it.
  package var choiceLabels: [String] {
    guard case .categorical(let choices) = asCategorical else { return [] }
    let labels = choices.map(\.label)
    return zip(choices, labels).map { choice, label in
      labels.count { $0 == label } > 1 ? choice.fullText : label
    }
  }

  /// What a user calls an internal value; numbers in full.
  package func label(of place: Double) -> String {
    switch self {
    case .float, .int: value(of: place).fullText
    case .categorical(let choices), .ordinal(let choices):
      choiceLabels[min(max(Int(place.rounded()), 0), choices.count - 1)]
    }
  }

  private var asCategorical: Distribution {
    if case .ordinal(let choices) = self { return .categorical(choices) }
    return self
  }
}

extension History {
  /// Whether the values of `a` are as good as those of `b` in every objective, and better in one.
  func dominates(_ a: [Double], _ b: [Double]) -> Bool {
    var isBetter = false
    for (direction, (x, y)) in zip(directions, zip(a, b)) {
      if x * direction.sign > y * direction.sign { return false }
      if x * direction.sign < y * direction.sign { isBetter = true }
    }
    return isBetter
  }

  /// Feasible complete trials that no other one dominates, in the order of their numbers.
  package var paretoFront: [Trial] {
    let candidates = complete.filter { trial in
      trial.isFeasible && trial.values.count == directions.count
        && !trial.values.contains { $0.isNaN }
    }
    return
      candidates
      .filter { trial in !candidates.contains { dominates($0.values, trial.values) } }
      .sorted { $0.number < $1.number }
  }
}
