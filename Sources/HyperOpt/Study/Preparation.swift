internal import Configuration

/// All that a proposal depends on: compute it on any thread while the study goes on.
public struct Preparation: Sendable {
  /// The number k of the proposal.
  public let index: Int
  let seed: UInt64
  let sampler: any Sampler
  let samplerValue: Value
  let samplerInForce: Value?
  let history: History
  let prefix: Int
  let ahead: [Int]
  let accepts: (@Sendable (Assignment) -> Bool)?
  let generation: Int
  /// How many proposals `runAll` asks the sampler for.
  let count: Int

  /// How many proposals of the sampler may be rejected before random ones are tried.
  private static let sampledTries = 8
  private static let randomTries = 2000

  /// Computes up to `count` proposals in one go: they must be asked for in this order.
  ///
  /// Those that `Study.accepts` rejects are left out, but the later ones count them as running, so
  /// that a replay needs no rule. When all are, `run` goes on behind them.
  /// - Throws: As `run`.
  public func runAll() throws(StudyError) -> [PreparedProposal] {
    guard count > 1 else { return [try run()] }
    let proposals = try sampler.batch(count, from: index, seed: seed, history: history)
    var result: [PreparedProposal] = []
    var first = index
    for (k, proposal) in proposals.enumerated() {
      if let accepts, !accepts(proposal.parameters) { continue }
      result.append(prepared(proposal, index + k, first: first, batch: index, samplerValue))
      first = index + k + 1
    }
    return result.isEmpty ? [try run(skipping: proposals.count)] : result
  }

  /// Computes the proposal.
  ///
  /// A proposal that `Study.accepts` rejects is skipped, with its number; after eight of them random
  /// ones are tried. So the number says all that a replay needs.
  /// - Throws: `StudyError` of the sampler, or when no acceptable parameters are found.
  public func run() throws(StudyError) -> PreparedProposal { try run(skipping: 0) }

  private func run(skipping skipped: Int) throws(StudyError) -> PreparedProposal {
    for attempt in skipped..<skipped + Self.sampledTries + Self.randomTries {
      let isRandom = attempt >= skipped + Self.sampledTries
      let chosen: any Sampler = isRandom ? RandomSampler() : sampler
      let proposal = try chosen.propose(index + attempt, seed: seed, history: history)
      if let accepts, !accepts(proposal.parameters) { continue }
      return prepared(
        proposal, index + attempt, first: index, batch: nil,
        isRandom ? chosen.namedValue : samplerValue)
    }
    throw StudyError(
      "the constraints reject every proposal (\(Self.sampledTries + Self.randomTries) were tried): "
        + "loosen `constraints:` or change the search space")
  }

  private func prepared(
    _ proposal: Proposal, _ index: Int, first: Int, batch: Int?, _ used: Value
  ) -> PreparedProposal {
    // A `nil` beside a Value would be JSON's null.
    let noted: Value? = used == samplerInForce ? Value?.none : .some(used)
    return PreparedProposal(
      firstIndex: first, index: index, seed: seed, prefix: prefix, ahead: ahead, batch: batch,
      proposal: proposal, sampler: noted, generation: generation)
  }
}

/// A proposal that was computed and that no trial has yet.
public struct PreparedProposal: Sendable {
  /// The number that the study gave.
  let firstIndex: Int
  /// The proposal's number; beyond the first one when others were rejected.
  public let index: Int
  let seed: UInt64
  /// The number of journal lines that it knows.
  public let prefix: Int
  /// Numbers of earlier proposals that were not in the journal yet.
  let ahead: [Int]
  /// The number of the first proposal of its batch; nil for one that was computed by itself.
  let batch: Int?
  /// The parameters.
  public let proposal: Proposal
  let sampler: Value?
  let generation: Int

  /// What a replay needs, as attributes of the trial.
  var attributes: [String: Value] {
    var result: [String: Value] = [
      TrialKey.index: Value(.int(index)), TrialKey.prefix: Value(.int(prefix)),
    ]
    if !ahead.isEmpty { result[TrialKey.ahead] = Value(.list(ahead.map { Value(.int($0)) })) }
    if let batch { result[TrialKey.batch] = Value(.int(batch)) }
    if let sampler { result[TrialKey.sampler] = sampler }
    return result
  }
}
