public import Configuration
private import Foundation
private import NN

/// Bayesian optimisation of one objective with a Gaussian process.
///
/// After a Sobol start, each proposal maximises the logarithm of the expected improvement under a
/// Matern-5/2 model of main effects and interactions (`MaternKernel`) whose hyperparameters are the
/// most probable ones (`LogPosterior`), of values on a scale that the evidence chose
/// (`OutputTransform`). Running trials are integrated out (`LogEI`), pruned and failed trials,
/// constraints and older studies are used (`Observations`), and conditional and discrete parameters
/// are part of the model (`SpaceEncoding`). The method's parts and their sources stand with these types.
public struct GPSampler: Sampler {
  /// `gp`.
  public static let name = "gp"
  /// `gp-ehvi` does.
  public static let takesSeveralObjectives = false

  /// True: models are fitted, and hundreds of results make a factorization of milliseconds.
  public static let takesLong = true

  /// The number of Sobol points at the start; nil: by the number of parameters.
  public let start: Int?
  /// The number of joint draws of what the running trials will give.
  public let draws: Int
  /// Whether improvement per second is looked for, rather than per trial.
  public let perSecond: Bool
  private let chain: ModelChain

  /// Reads `start`, `draws` and `per_second`.
  public init(options: inout Options) throws(ConfigurationError) {
    start = options.value("start") != nil ? try options.int("start", in: 1...1_000_000) : nil
    draws = try options.int("draws", default: 64, in: 1...4096)
    perSecond = try options.bool("per_second", default: false)
    chain = ModelChain(withCosts: perSecond)
  }

  /// Makes the sampler.
  public init(start: Int? = nil, draws: Int = 64, perSecond: Bool = false) {
    self.start = start
    self.draws = draws
    self.perSecond = perSecond
    chain = ModelChain(withCosts: perSecond)
  }

  /// The options; `start` only when it was given.
  public var value: Value {
    var entries: [Value.Entry] = []
    if let start { entries.append(.init("start", Value(.int(start)))) }
    entries.append(.init("draws", Value(.int(draws))))
    if perSecond { entries.append(.init("per_second", Value(.bool(true)))) }
    return Value(.map(entries))
  }

  /// The point where most improvement is expected.
  ///
  /// Throws `exhausted` once every combination of a finite space has been tried.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let search = PointSearch(
      SpaceEncoding(history.space), history, index: index, seed: seed)
    guard let (observations, models) = knowledge(search, index, history),
      let point = search.bestPoint(observations, models, draws: draws)
    else { return try search.startProposal() }
    return Proposal(search.encoding.assignment(at: point))
  }

  /// Points that share what costs most; see `PointSearch.bestPoints`.
  public func batch(
    _ count: Int, from index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> [Proposal] {
    let search = PointSearch(
      SpaceEncoding(history.space), history, index: index, seed: seed)
    if let (observations, models) = knowledge(search, index, history) {
      let points = search.bestPoints(count, observations, models, draws: draws)
      if !points.isEmpty { return points.map { Proposal(search.encoding.assignment(at: $0)) } }
    }
    return try oneByOne(count, from: index, seed: seed, history: history)
  }

  // Results and models; nil at the start.
  private func knowledge(
    _ search: PointSearch, _ index: Int, _ history: History
  ) -> (Observations, ModelChain.Models)? {
    let starting = start ?? search.startCount
    let least = min(starting, max(4, starting / 2))
    let observations = Observations(history, search.encoding, withCosts: perSecond)
    guard index >= starting, observations.objectives[0].count >= least,
      let models = chain.models(history, search.encoding)
    else { return nil }
    return (observations, models)
  }
}
