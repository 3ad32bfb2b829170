internal import Configuration

/// What a replay found.
public struct ReplayResult: Sendable, Equatable {
  /// Proposals that were computed again.
  public var proposalCount = 0
  /// Trials that no sampler proposed: enqueued, promoted, or another program's.
  public var otherCount = 0
  /// The number of the first trial that came out differently, and how; nil when all are the same.
  public var difference: String?

  /// Makes a result.
  public init(proposalCount: Int = 0, otherCount: Int = 0, difference: String? = nil) {
    self.proposalCount = proposalCount
    self.otherCount = otherCount
    self.difference = difference
  }
}

extension Study {
  /// Computes every proposal again from the part of the journal that it knew, and compares bits.
  ///
  /// The journal is only read. Proposals are the same on the same binary, libraries and CPU type.
  public func replay() throws(StudyError) -> ReplayResult {
    let lines = try journal.allLines()
    var result = ReplayResult()
    let recorded = history
    var byPrefix: [Int: [Trial]] = [:]
    var byIndex: [Int: Proposal] = [:]
    for trial in recorded.trials where trial.state != .waiting {
      guard let index = trial.systemAttributes[TrialKey.index]?.int,
        let prefix = trial.systemAttributes[TrialKey.prefix]?.int
      else {
        result.otherCount += 1
        continue
      }
      byPrefix[prefix, default: []].append(trial)
      byIndex[index] = Proposal(trial.parameters, resuming: trial.resumedFrom)
    }
    var state = JournalState()
    var begin = 0
    while true {
      if let trials = byPrefix[state.lineCount] {
        for trial in trials {
          result.proposalCount += 1
          result.difference = try difference(of: trial, state, byIndex)
          if result.difference != nil { return result }
        }
      }
      guard begin < lines.count else { return result }
      let end = lines[begin...].firstIndex(of: 0x0a) ?? lines.count
      try state.apply(line: lines, begin..<end, of: path ?? "the journal")
      begin = end + 1
    }
  }

  /// How a proposal comes out differently; nil when it is the same.
  private func difference(
    of trial: Trial, _ state: JournalState, _ byIndex: [Int: Proposal]
  ) throws(StudyError) -> String? {
    guard let record = state.studies[id], let index = trial.systemAttributes[TrialKey.index]?.int
    else { return "trial \(trial.number): the study began after what it knew" }
    let ahead = (trial.systemAttributes[TrialKey.ahead]?.items ?? []).compactMap(\.int)
    var history = record.history
    history.prefix = state.lineCount
    history = Self.history(history, ahead.compactMap { byIndex[$0] })
    let name = trial.systemAttributes[TrialKey.sampler] ?? record.samplerInForce ?? samplerValue
    let sampler = try replaySampler(name)
    let proposal = try sampler.propose(index, seed: settings.seed, history: history)
    var expected = proposal.parameters
    if case .map(let entries)? = trial.systemAttributes[TrialKey.fixed]?.kind {
      var fixed = Assignment()
      for entry in entries {
        fixed[entry.key] = history.space[entry.key]?.distribution.internalValue(of: entry.value)
      }
      let prepared = PreparedProposal(
        firstIndex: index, index: index, seed: settings.seed, prefix: 0, ahead: [],
        proposal: proposal, sampler: nil, generation: 0)
      expected = history.space.assignment(fixed, else: prepared) ?? expected
    }
    if trial.systemAttributes[TrialKey.fixed] == nil, proposal.resumes != trial.resumedFrom {
      func text(_ number: Int?) -> String { number.map { "trial \($0)" } ?? "none" }
      return
        "trial \(trial.number): it resumed \(text(trial.resumedFrom)), is \(text(proposal.resumes))"
    }
    let names = Set(expected.values.keys).union(trial.parameters.values.keys).sorted()
    for name in names {
      let (new, old) = (expected[name], trial.parameters[name])
      if new?.bitPattern != old?.bitPattern {
        return "trial \(trial.number): '\(name)' was \(Self.text(old)), is \(Self.text(new))"
      }
    }
    return nil
  }

  private func replaySampler(_ name: Value) throws(StudyError) -> any Sampler {
    if name == samplerValue { return try usableSampler() }
    do { return try SamplerRegistry.sampler(name) } catch { throw StudyError(error.description) }
  }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "not active" }
}
