private import Configuration
private import NN

extension Study {
  /// The next trial: an enqueued one, else one that the pruner promotes, else the sampler's.
  ///
  /// - Throws: `StudyError`; `StudyError.exhausted` when the sampler has nothing left.
  public func ask() throws(StudyError) -> Trial {
    try stored { () throws(StudyError) in
      if let trial = try askKnown() { return trial }
      let prepared = try prepare().run()
      return add(prepared)
    }
  }

  /// The next trial that needs no sampler: an enqueued one, else a promoted one; nil for neither.
  ///
  /// Where an enqueued trial fixes only some of the parameters, the sampler chooses the others.
  public func askKnown() throws(StudyError) -> Trial? {
    try stored { () throws(StudyError) in
      if let number = record.waiting.first { return try claim(number) }
      guard history.directions.count == 1, let number = pruner.promotion(history: history) else {
        return nil
      }
      return try resume(number)
    }
  }

  /// A trial with parameters that were prepared; nil when another process has taken their turn.
  public func ask(with prepared: PreparedProposal) throws(StudyError) -> Trial? {
    try stored { () throws(StudyError) in
      guard prepared.firstIndex == record.nextIndex, prepared.generation == journal.generation
      else { return nil }
      return add(prepared)
    }
  }

  /// A new trial with the parameters of an ended one, which goes on from that one's checkpoint.
  public func resume(_ number: Int) throws(StudyError) -> Trial {
    try stored { () throws(StudyError) in
      let origin = try trial(number)
      var template = template(origin.parameters)
      template.systemAttributes[TrialKey.resumedFrom] = Value(.int(number))
      template.reports = origin.reports
      return create(template)
    }
  }

  /// What is needed to compute the next proposal on any thread while the study goes on.
  ///
  /// - Parameters:
  ///   - ahead: Proposals that were prepared and not asked for yet, in order: they count as running
  ///     trials. They must be asked for in the same order.
  ///   - count: How many proposals `runAll()` computes in one go.
  /// - Returns: A value to `run()` anywhere.
  /// - Throws: `StudyError` where the study has no parameters or its sampler is not known here.
  public func prepare(
    after ahead: [PreparedProposal] = [], count: Int = 1
  ) throws(StudyError) -> Preparation {
    let sampler = try usableSampler()
    let history = history
    guard !history.space.parameters.isEmpty else {
      throw StudyError(
        "\(path ?? "the study"): no trial of this study has shown a parameter yet: nothing can be "
          + "proposed")
    }
    return Preparation(
      index: ahead.last.map { $0.index + 1 } ?? record.nextIndex, seed: settings.seed,
      sampler: sampler, samplerValue: samplerValue, samplerInForce: record.samplerInForce,
      history: Self.history(history, ahead.map(\.proposal)), prefix: history.prefix,
      ahead: ahead.map(\.index), accepts: accepts, generation: journal.generation, count: count)
  }

  /// The history with proposals that are not in it yet, as running trials.
  static func history(_ history: History, _ ahead: [Proposal]) -> History {
    var history = history
    for proposal in ahead {
      history.trials.append(running(proposal, number: history.trials.count))
    }
    return history
  }

  /// A proposal as the running trial that it will be.
  static func running(_ proposal: Proposal, number: Int) -> Trial {
    var trial = Trial(number: number, state: .running, parameters: proposal.parameters)
    if let origin = proposal.resumes {
      trial.systemAttributes[TrialKey.resumedFrom] = Value(.int(origin))
    }
    return trial
  }

  private func add(_ prepared: PreparedProposal) -> Trial {
    var template = template(prepared.proposal.parameters)
    template.systemAttributes.merge(prepared.attributes) { _, new in new }
    if let origin = prepared.proposal.resumes {
      template.systemAttributes[TrialKey.resumedFrom] = Value(.int(origin))
    }
    return create(template)
  }

  /// A running trial with these parameters.
  func template(_ parameters: Assignment) -> TrialTemplate {
    var template = TrialTemplate()
    template.startTime = Timestamp.now()
    for parameter in record.history.space.parameters {
      guard let value = parameters[parameter.name] else { continue }
      template.parameters[parameter.name] = value
      template.distributions[parameter.name] = text(of: parameter)
    }
    return template
  }

  func create(_ template: TrialTemplate) -> Trial {
    let number = record.trialCount
    journal.add(.createTrial(study: id, template))
    return record.history.trials[number]
  }

  /// Starts an enqueued trial.
  private func claim(_ number: Int) throws(StudyError) -> Trial {
    let waiting = record.history.trials[number]
    let trial = record.ids[number]
    let space = record.history.space
    var fixed = Assignment()
    if case .map(let entries)? = waiting.systemAttributes[TrialKey.fixed]?.kind {
      for entry in entries {
        fixed[entry.key] = space[entry.key]?.distribution.internalValue(of: entry.value)
      }
    }
    for (name, value) in waiting.parameters.values { fixed[name] = value }
    var parameters = space.assignment(fixed, else: nil)
    if parameters == nil {
      let prepared = try prepare().run()
      parameters = space.assignment(fixed, else: prepared)
      for (key, value) in prepared.attributes.sorted(by: { $0.key < $1.key }) {
        journal.add(.trialSystemAttribute(trial: trial, key: key, value: value))
      }
    }
    let chosen = parameters ?? fixed
    // The claim comes last: a trial that runs has all its parameters, wherever the file ends.
    for parameter in space.parameters {
      guard let value = chosen[parameter.name], waiting.parameters[parameter.name] == nil else {
        continue
      }
      journal.add(
        .parameter(
          trial: trial, name: parameter.name, value: value,
          distribution: text(of: parameter)))
    }
    journal.add(.state(trial: trial, .running, values: nil, time: Timestamp.now()))
    return record.history.trials[number]
  }
}

extension SearchSpace {
  /// The fixed values, and for the other active parameters those of a proposal.
  ///
  /// Where that has none either (a fixed parent has woken the parameter), a draw that depends on
  /// the proposal's number. Nil when `prepared` is nil and would be needed.
  func assignment(_ fixed: Assignment, else prepared: PreparedProposal?) -> Assignment? {
    var generator = RandomGenerator(
      seed: RandomGenerator.hash(prepared?.seed ?? 0, UInt64(prepared?.index ?? 0), 0xf17))
    var isComplete = true
    let result = assignment { parameter in
      let draw = generator.uniform()
      if let value = fixed[parameter.name] { return value }
      guard let prepared else {
        isComplete = false
        return parameter.distribution.internalValue(atUnit: 0.5)
      }
      return prepared.proposal.parameters[parameter.name]
        ?? parameter.distribution.internalValue(atUnit: draw)
    }
    return isComplete ? result : nil
  }
}
