public import Configuration
private import NN

/// Bayesian optimisation of several objectives: expected hypervolume improvement under one Gaussian
/// process for each objective.
///
/// Everything that `GPSampler` knows holds here too: the start, the model, running trials as joint
/// draws, constraints, failures, conditions. The acquisition is `LogEHVI`.
public struct GPHypervolumeSampler: Sampler {
  /// `gp-ehvi`.
  public static let name = "gp-ehvi"
  /// It is made for them.
  public static let takesSeveralObjectives = true

  /// True: models are fitted, and hundreds of results make a factorization of milliseconds.
  public static let takesLong = true

  /// The number of Sobol points at the start; nil: by the number of parameters.
  public let start: Int?
  /// The number of joint draws of what the running trials will give.
  public let draws: Int
  // A strong warp would move the weight of the front to one of its ends.
  private let chain = ModelChain(shapes: [.identity, .yeoJohnson(0)])

  /// Reads `start` and `draws`.
  public init(options: inout Options) throws(ConfigurationError) {
    start = options.value("start") != nil ? try options.int("start", in: 1...1_000_000) : nil
    draws = try options.int("draws", default: 16, in: 1...1024)
  }

  /// Makes the sampler.
  public init(start: Int? = nil, draws: Int = 16) {
    self.start = start
    self.draws = draws
  }

  /// The options; `start` only when it was given.
  public var value: Value {
    var entries: [Value.Entry] = []
    if let start { entries.append(.init("start", Value(.int(start)))) }
    entries.append(.init("draws", Value(.int(draws))))
    return Value(.map(entries))
  }

  /// The point where the front is expected to grow most.
  ///
  /// Throws `exhausted` once every combination of a finite space has been tried.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let encoding = SpaceEncoding(history.space)
    let search = PointSearch(encoding, history, index: index, seed: seed)
    let starting = start ?? search.startCount
    let least = min(starting, max(4, starting / 2))
    let observations = Observations(history, encoding)
    guard index >= starting,
      observations.objectives.allSatisfy({ $0.count >= least }),
      let models = chain.models(history, encoding),
      let point = search.bestFrontPoint(observations, models, draws: draws)
    else { return try search.startProposal() }
    return Proposal(encoding.assignment(at: point))
  }
}
