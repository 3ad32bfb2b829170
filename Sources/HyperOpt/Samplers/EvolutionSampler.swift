public import Configuration
private import NN

/// Regularized evolution (Real et al., 2019, algorithm 1): the oldest die, not the worst.
///
/// The population is the newest finished trials. The best of a random few of them is the parent; the
/// child differs in one parameter. What is old leaves however good it was, so that a lucky noisy
/// result does not breed for ever.
public struct EvolutionSampler: Sampler {
  /// `evolution`.
  public static let name = "evolution"
  /// One objective only.
  public static let takesSeveralObjectives = false

  private let population: Int
  private let tournament: Int
  private let scale: Double

  /// Reads `population`, `tournament`, and `scale`, the standard deviation of a number's step.
  public init(options: inout Options) throws(ConfigurationError) {
    population = try options.int("population", default: 20, in: 2...1_000_000)
    tournament = try options.int("tournament", default: 5, in: 1...1_000_000)
    scale = try options.number("scale", default: 0.1, in: 1e-6...1)
  }

  /// Makes the sampler.
  public init(population: Int = 20, tournament: Int = 5, scale: Double = 0.1) {
    self.population = population
    self.tournament = tournament
    self.scale = scale
  }

  /// All options.
  public var value: Value {
    [
      "population": Value(.int(population)), "tournament": Value(.int(tournament)),
      "scale": Value(.number(scale)),
    ]
  }

  /// A point of a Sobol sequence until the population is full, then a child.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let alive = history.rankedFinished.suffix(population)
    guard alive.count >= population else {
      return try SobolSampler().propose(index, seed: seed, history: history)
    }
    var variation = Variation(
      space: history.space,
      generator: RandomGenerator(seed: RandomGenerator.hash(seed, UInt64(index))))
    let known = history.trials.map { $0.parameters }
    var fallback: Assignment?
    for _ in 0..<50 {
      let contestants = (0..<tournament).map { _ in
        alive[alive.startIndex + variation.generator.below(alive.count)]
      }
      guard let parent = contestants.min() else { continue }
      guard let child = child(of: history.trials[parent.number].parameters, &variation) else {
        continue
      }
      if !known.contains(child) { return Proposal(child) }
      fallback = child
    }
    if let fallback { return Proposal(fallback) }
    return try RandomSampler().propose(index, seed: seed, history: history)
  }

  private func child(of parent: Assignment, _ variation: inout Variation) -> Assignment? {
    var genes = parent.values
    let open = variation.space.parameters.filter {
      genes[$0.name] != nil && $0.distribution.count != 1
    }
    guard !open.isEmpty else { return variation.complete(genes) }
    let parameter = open[variation.generator.below(open.count)]
    if let gene = genes[parameter.name] {
      genes[parameter.name] = variation.neighbour(of: gene, in: parameter, scale: scale)
    }
    return variation.complete(genes)
  }
}
