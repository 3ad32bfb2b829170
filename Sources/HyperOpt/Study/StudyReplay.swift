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
        var batches = Batches(trials)
        for trial in trials {
          result.proposalCount += 1
          result.difference = try difference(of: trial, state, byIndex, &batches)
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
    of trial: Trial, _ state: JournalState, _ byIndex: [Int: Proposal], _ batches: inout Batches
  ) throws(StudyError) -> String? {
    guard let record = state.studies[id], let index = trial.systemAttributes[TrialKey.index]?.int
    else { return "trial \(trial.number): the study began after what it knew" }
    let ahead = (trial.systemAttributes[TrialKey.ahead]?.items ?? []).compactMap(\.int)
    var history = record.history
    history.prefix = state.lineCount
    history = Self.history(history, ahead.compactMap { byIndex[$0] })
    let name = trial.systemAttributes[TrialKey.sampler] ?? record.samplerInForce ?? samplerValue
    let sampler = try replaySampler(name)
    let proposal = try batches.proposal(of: trial, index) { first, count throws(StudyError) in
      guard let first else {
        return [try sampler.propose(index, seed: settings.seed, history: history)]
      }
      return try sampler.batch(count, from: first, seed: settings.seed, history: history)
    }
    guard let proposal else {
      return "trial \(trial.number): its batch has become shorter"
    }
    var expected = proposal.parameters
    if case .map(let entries)? = trial.systemAttributes[TrialKey.fixed]?.kind {
      var fixed = Assignment()
      for entry in entries {
        fixed[entry.key] = history.space[entry.key]?.distribution.internalValue(of: entry.value)
      }
      let prepared = PreparedProposal(
        firstIndex: index, index: index, seed: settings.seed, prefix: 0, ahead: [], batch: nil,
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

/// The batches of one prefix: each is computed once, as far as trials have come of it.
private struct Batches {
  private var counts: [Int: Int] = [:]
  private var known: [Int: [Proposal]] = [:]

  init(_ trials: [Trial]) {
    for trial in trials {
      guard let first = trial.systemAttributes[TrialKey.batch]?.int,
        let index = trial.systemAttributes[TrialKey.index]?.int
      else { continue }
      counts[first] = max(counts[first] ?? 0, index - first + 1)
    }
  }

  /// The proposal of a trial, by itself or out of its batch; nil when that has not so many.
  mutating func proposal(
    of trial: Trial, _ index: Int,
    compute: (_ first: Int?, _ count: Int) throws(StudyError) -> [Proposal]
  ) throws(StudyError) -> Proposal? {
    guard let first = trial.systemAttributes[TrialKey.batch]?.int else {
      return try compute(nil, 1).first
    }
    let batch: [Proposal]
    if let computed = known[first] {
      batch = computed
    } else {
      batch = try compute(first, counts[first] ?? 1)
      known[first] = batch
    }
    return batch.indices.contains(index - first) ? batch[index - first] : nil
  }
}
