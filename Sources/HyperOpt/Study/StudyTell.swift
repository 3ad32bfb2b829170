public import Configuration

/// How a trial ended.
public enum Outcome: Sendable, Equatable {
  /// With one value for each objective.
  case complete([Double])
  /// Early, because others do better.
  case pruned
  /// Without a value.
  case failed(reason: String)
}

extension Study {
  /// The trial of that number.
  public func trial(_ number: Int) throws(StudyError) -> Trial {
    let trials = record.history.trials
    guard trials.indices.contains(number) else {
      let there = trials.isEmpty ? "it has none yet" : "it has 0 to \(trials.count - 1)"
      throw StudyError("the study '\(settings.name)' has no trial \(number): \(there)")
    }
    return trials[number]
  }

  /// Notes a value on the way to the result, to be pruned by; a step's later value replaces the first.
  public func report(_ number: Int, step: Int, value: Double) throws(StudyError) {
    try stored { () throws(StudyError) in
      let trial = try runningID(number, "reports")
      guard step >= 0 else {
        throw StudyError("trial \(number) reports step \(step): steps begin at 0 or 1")
      }
      journal.add(.report(trial: trial, Trial.Report(step: step, value: value)))
    }
  }

  /// Why the pruner would end the trial after its latest report; nil when it goes on.
  public func reasonToPrune(_ number: Int, lastStep: Int? = nil) -> String? {
    let history = history
    guard history.directions.count == 1, history.trials.indices.contains(number) else { return nil }
    let trial = history.trials[number]
    guard trial.state == .running, !trial.reports.isEmpty else { return nil }
    return pruner.reasonToPrune(trial, lastStep: lastStep, history: history)
  }

  /// Ends a trial.
  ///
  /// A value that is infinite or not a number is a failure. A pruned trial of one objective keeps
  /// its last finite report as its value, as in Optuna.
  /// - Throws: `StudyError` (65) for a trial that is unknown, waiting or finished, or for too many
  ///   or too few values.
  public func tell(_ number: Int, _ outcome: Outcome) throws(StudyError) {
    try stored { () throws(StudyError) in
      let id = try runningID(number, "is told a result")
      switch outcome {
      case .complete(let values):
        let directions = record.history.directions
        guard values.count == directions.count else {
          throw StudyError(
            "trial \(number) is told \(values.count) values: the study '\(settings.name)' has "
              + "\(directions.count) objective\(directions.count == 1 ? "" : "s")")
        }
        if let bad = values.first(where: { !$0.isFinite }) {
          finish(id, .failed, nil, "the value is \(bad), not a finite number")
        } else {
          finish(id, .complete, values, nil)
        }
      case .pruned:
        let trial = record.history.trials[number]
        let last = trial.reports.last { $0.value.isFinite }
        finish(
          id, .pruned, record.history.directions.count == 1 ? last.map { [$0.value] } : nil, nil)
      case .failed(let reason): finish(id, .failed, nil, reason)
      }
    }
  }

  /// Ends a trial as pruned, with a value that is not that of its last report.
  func prune(_ number: Int, value: Double?) throws(StudyError) {
    guard let value, value.isFinite, history.directions.count == 1 else {
      return try tell(number, .pruned)
    }
    try stored { () throws(StudyError) in
      finish(try runningID(number, "is told a result"), .pruned, [value], nil)
    }
  }

  /// Notes something about a trial that has not ended: `reason`, `ranks`, `model` ….
  public func setUserAttribute(
    _ number: Int, _ key: String, _ value: Value
  ) throws(StudyError) {
    try stored { () throws(StudyError) in
      let trial = try openID(number, "gets the attribute '\(key)'")
      journal.add(.trialUserAttribute(trial: trial, key: key, value: value))
    }
  }

  /// Notes something for samplers and tools about a trial that has not ended: `constraints` ….
  public func setSystemAttribute(
    _ number: Int, _ key: String, _ value: Value
  ) throws(StudyError) {
    try stored { () throws(StudyError) in
      let trial = try openID(number, "gets the attribute '\(key)'")
      journal.add(.trialSystemAttribute(trial: trial, key: key, value: value))
    }
  }

  /// Notes something about the study.
  public func setUserAttribute(_ key: String, _ value: Value) throws(StudyError) {
    try stored { () throws(StudyError) in
      journal.add(.studyUserAttribute(study: self.id, key: key, value: value))
    }
  }

  /// Notes something about the study for programs; the key should begin with `sounder:`.
  public func setSystemAttribute(_ key: String, _ value: Value) throws(StudyError) {
    try stored { () throws(StudyError) in
      journal.add(.studySystemAttribute(study: self.id, key: key, value: value))
    }
  }

  private func finish(_ trial: Int, _ state: Trial.State, _ values: [Double]?, _ reason: String?) {
    // Before the state: nothing can be noted about a trial that has ended.
    if let reason {
      let line = String(reason.map { $0.isNewline ? " " : $0 })
      journal.add(.trialUserAttribute(trial: trial, key: "reason", value: Value(.string(line))))
    }
    journal.add(.state(trial: trial, state, values: values, time: Timestamp.now()))
  }

  /// The number in the journal of a trial that runs.
  private func runningID(_ number: Int, _ what: String) throws(StudyError) -> Int {
    let id = try openID(number, what)
    guard record.history.trials[number].state == .running else {
      throw StudyError("trial \(number) \(what), but it is waiting: ask for it first")
    }
    return id
  }

  /// The number in the journal of a trial that has not ended.
  private func openID(_ number: Int, _ what: String) throws(StudyError) -> Int {
    let trial = try trial(number)
    guard !trial.state.isFinished else {
      throw StudyError("trial \(number) \(what), but it has ended already (\(trial.state.word))")
    }
    return record.ids[number]
  }
}

extension Trial.State {
  /// The state in a user's words.
  public var word: String {
    switch self {
    case .running: "running"
    case .complete: "complete"
    case .pruned: "pruned"
    case .failed: "failed"
    case .waiting: "waiting"
    }
  }
}
