public import Configuration

extension Study {
  /// Enqueues a trial; parameters that are left out are chosen by the sampler when its turn comes.
  ///
  /// - Returns: The trial's number.
  /// - Throws: `StudyError` (65) for names that are no parameters of this study, values that a
  ///   parameter cannot take, parameters that are not active beside the others, and combinations
  ///   that are forbidden.
  @discardableResult
  public func enqueue(_ parameters: Assignment) throws(StudyError) -> Int {
    try enqueue(parameters, [:])
  }

  /// Enqueues what a user wrote: names with values as in a job file.
  @discardableResult
  public func enqueue(_ value: Value) throws(StudyError) -> Int {
    try enqueue(history.space.assignment(ofUser: value))
  }

  /// Enqueues what a file has: one map of names to values, or a list of such maps.
  ///
  /// All or none: a wrong one is an error before the first is enqueued.
  /// - Parameter value: The file's content; errors name its lines.
  /// - Returns: The number of trials that were enqueued.
  /// - Throws: `StudyError` (65) as `enqueue` does.
  @discardableResult
  public func enqueueAll(_ value: Value) throws(StudyError) -> Int {
    var assignments: [Assignment] = []
    let space = history.space
    for item in value.items ?? [value] {
      let assignment = try space.assignment(ofUser: item)
      try space.check(enqueued: assignment)
      assignments.append(assignment)
    }
    try stored { () throws(StudyError) in
      for assignment in assignments { try enqueue(assignment) }
    }
    return assignments.count
  }

  /// Enqueues each failed trial that was not enqueued again yet.
  ///
  /// - Returns: The number of trials that were enqueued.
  @discardableResult
  public func retryFailed() throws(StudyError) -> Int {
    try stored { () throws(StudyError) in
      let record = record
      let failed = record.history.finishedTrials.filter {
        $0.state == .failed && !record.retried.contains($0.number)
      }
      for trial in failed {
        try enqueue(trial.parameters, [TrialKey.retryOf: Value(.int(trial.number))], checks: false)
      }
      return failed.count
    }
  }

  /// Ends running trials that nobody runs any more and enqueues them again.
  ///
  /// The new trials go on from the checkpoints of the old ones, where there are any.
  /// - Parameters:
  ///   - numbers: The trials; those that do not run are left alone.
  ///   - reason: Why they ended, in one line.
  /// - Returns: The number of trials that were enqueued again.
  /// - Throws: `StudyError` for an unknown trial, or a journal that cannot be written.
  @discardableResult
  public func requeue(_ numbers: [Int], reason: String) throws(StudyError) -> Int {
    try stored { () throws(StudyError) in
      var count = 0
      for number in numbers {
        let trial = try trial(number)
        guard trial.state == .running else { continue }
        try tell(number, .failed(reason: reason))
        try enqueue(
          trial.parameters,
          [
            TrialKey.retryOf: Value(.int(number)), TrialKey.resumedFrom: Value(.int(number)),
          ], checks: false, reports: trial.reports)
        count += 1
      }
      return count
    }
  }

  /// Puts results of older studies before this one's first trial.
  ///
  /// They are stored in this study's journal, so that it can be replayed without the other files.
  /// - Parameters:
  ///   - studies: The older studies; results whose names and values do not fit are left out.
  ///   - count: How many of the best of each are tried first.
  /// - Returns: The number of results that fit.
  /// - Throws: `StudyError` when the journal cannot be written.
  @discardableResult
  public func warmStart(
    from studies: [Study], enqueuing count: Int = 0
  ) throws(StudyError) -> Int {
    let space = record.history.space
    let directions = record.history.directions
    let older = studies.map { study in
      study.history.complete.filter { $0.isFeasible && $0.values.count == directions.count }
        .compactMap { trial -> History.OlderResult? in
          let fitting = study.translate(trial.parameters, to: space)
          return fitting.map { History.OlderResult(parameters: $0, values: trial.values) }
        }
    }
    try stored { () throws(StudyError) in
      let value = Value(.list(older.map { Value(.list($0.map(\.journalValue))) }))
      journal.add(.studySystemAttribute(study: id, key: StudySettings.olderKey, value: value))
      guard directions.count == 1 else { return }
      for results in older {
        let best = results.sorted {
          ($0.values[0]) * directions[0].sign < $1.values[0] * directions[0].sign
        }
        for result in best.prefix(count) { try enqueue(result.parameters) }
      }
    }
    return older.reduce(0) { $0 + $1.count }
  }

  /// An assignment of this study as one of `space`; nil where a name or a value does not fit.
  private func translate(_ parameters: Assignment, to space: SearchSpace) -> Assignment? {
    var result = Assignment()
    for (name, value) in parameters.values {
      guard let own = history.space[name], let other = space[name]?.distribution,
        let place = other.internalValue(of: own.distribution.value(of: value))
      else { return nil }
      result[name] = place
    }
    return space.contains(result) ? result : nil
  }

  @discardableResult
  func enqueue(
    _ parameters: Assignment, _ attributes: [String: Value], checks: Bool = true,
    reports: [Trial.Report] = []
  ) throws(StudyError) -> Int {
    try stored { () throws(StudyError) in
      let space = record.history.space
      if checks { try space.check(enqueued: parameters) }
      var template = TrialTemplate()
      template.state = .waiting
      template.systemAttributes = attributes
      template.reports = reports
      // As Optuna enqueues: it can run our trials, and we its.
      let entries = space.parameters.compactMap { parameter in
        parameters[parameter.name].map {
          Value.Entry(parameter.name, parameter.distribution.value(of: $0))
        }
      }
      template.systemAttributes[TrialKey.fixed] = Value(.map(entries))
      return create(template).number
    }
  }
}

extension History.OlderResult {
  fileprivate var journalValue: Value {
    let entries = parameters.values.sorted { $0.key < $1.key }
      .map { Value.Entry($0.key, Value(.number($0.value))) }
    return [
      "parameters": Value(.map(entries)),
      "values": Value(.list(values.map { Value(.number($0)) })),
    ]
  }
}

extension SearchSpace {
  /// The internal values of what a user wrote: a map of names to values, not necessarily of all.
  public func assignment(ofUser value: Value) throws(StudyError) -> Assignment {
    func wrong(_ message: String, _ value: Value) -> StudyError {
      StudyError(ConfigurationError(message, origin: value.origin).description)
    }
    guard case .map(let entries) = value.kind else {
      throw wrong("expected a map of parameter names to values, found \(value.summary)", value)
    }
    var result = Assignment()
    for entry in entries {
      guard let parameter = self[entry.key] else {
        let advice = Spelling.advice(for: entry.key, among: parameters.map(\.name))
        throw wrong("there is no parameter '\(entry.key)': \(advice)", entry.value)
      }
      guard let place = parameter.distribution.internalValue(of: entry.value) else {
        throw wrong(
          "\(entry.value.summary) is no value of the parameter '\(entry.key)', which takes "
            + parameter.distribution.words, entry.value)
      }
      result[entry.key] = place
    }
    return result
  }

  /// Throws where no assignment of this space has these values.
  fileprivate func check(enqueued fixed: Assignment) throws(StudyError) {
    for (name, value) in fixed.values.sorted(by: { $0.key < $1.key }) {
      guard let parameter = self[name] else {
        throw StudyError(
          "there is no parameter '\(name)': "
            + Spelling.advice(for: name, among: parameters.map(\.name)))
      }
      guard parameter.distribution.contains(value) else {
        throw StudyError(
          "\(value) is no value of the parameter '\(name)', which takes "
            + parameter.distribution.words)
      }
      // A parent that the sampler will choose may wake it.
      let decided = parameter.conditions.filter { fixed[$0.parameter] != nil }
      guard decided.allSatisfy({ $0.holds(in: fixed) }) else {
        throw StudyError(
          "the parameter '\(name)' is not active with the other values: leave it out")
      }
    }
    guard !isForbidden(fixed) else {
      throw StudyError("this combination is forbidden by `forbid:`")
    }
  }
}
