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

  /// How many proposals of the sampler may be rejected before random ones are tried.
  private static let sampledTries = 8
  private static let randomTries = 2000

  /// Computes the proposal.
  ///
  /// A proposal that `Study.accepts` rejects is skipped, with its number; after eight of them random
  /// ones are tried. So the number says all that a replay needs.
  /// - Throws: `StudyError` of the sampler, or when no acceptable parameters are found.
  public func run() throws(StudyError) -> PreparedProposal {
    for attempt in 0..<Self.sampledTries + Self.randomTries {
      let isRandom = attempt >= Self.sampledTries
      let chosen: any Sampler = isRandom ? RandomSampler() : sampler
      let proposal = try chosen.propose(index + attempt, seed: seed, history: history)
      if let accepts, !accepts(proposal.parameters) { continue }
      let used = isRandom ? chosen.namedValue : samplerValue
      // A `nil` beside a Value would be JSON's null.
      let noted: Value? = used == samplerInForce ? Value?.none : .some(used)
      return PreparedProposal(
        firstIndex: index, index: index + attempt, seed: seed, prefix: prefix, ahead: ahead,
        proposal: proposal, sampler: noted, generation: generation)
    }
    throw StudyError(
      "the constraints reject every proposal (\(Self.sampledTries + Self.randomTries) were tried): "
        + "loosen `constraints:` or change the search space")
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
  let ahead: [Int]
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
    if let sampler { result[TrialKey.sampler] = sampler }
    return result
  }
}
