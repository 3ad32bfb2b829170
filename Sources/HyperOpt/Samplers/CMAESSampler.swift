public import Configuration
private import NN

/// CMA-ES (Hansen, 2016) on all numbers at once, with a margin for grids (Hamano et al., 2022).
///
/// The state is learned anew from the history: each lambda finished trials, in the order in which
/// they finished, are one generation, whoever proposed them. What the current distribution did not
/// draw itself (it finished late, or a user enqueued it) is shortened first as an injected point.
/// A distribution that has shrunk to a point starts again with twice the population (Auger and
/// Hansen, 2005). Categories are drawn independently from the Parzen density of good trials.
public struct CMAESSampler: Sampler {
  /// `cmaes`.
  public static let name = "cmaes"
  /// One objective only.
  public static let takesSeveralObjectives = false

  private let population: Int?
  private let sigma: Double
  private let memory = GenerationMemory()

  /// Reads `population` (the default grows with the dimensions) and `sigma`, the first step size on
  /// the unit cube.
  public init(options: inout Options) throws(ConfigurationError) {
    let isGiven = options.value("population") != nil
    population = isGiven ? try options.int("population", in: 4...1_000_000) : nil
    sigma = try options.number("sigma", default: 1.0 / 6, in: 1e-6...10)
  }

  /// Makes the sampler.
  public init(population: Int? = nil, sigma: Double = 1.0 / 6) {
    self.population = population
    self.sigma = sigma
  }

  /// All options.
  public var value: Value {
    [
      "population": Value(population.map { .int($0) } ?? .null), "sigma": Value(.number(sigma)),
    ]
  }

  /// A draw from the distribution after all whole generations.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let space = history.space
    let axes = space.parameters.map { UnitAxis($0) }
    let isMixed = axes.contains { $0.distribution.isCategorical }
    let split = isMixed ? ParzenSplit(history) : nil
    let categories = axes.map { axis -> ParzenEstimator? in
      axis.distribution.isCategorical ? split?.estimator(of: [axis], good: true) : nil
    }
    let numbers = axes.indices.filter { categories[$0] == nil && axes[$0].distribution.count != 1 }
    guard !numbers.isEmpty else {
      return try RandomSampler().propose(index, seed: seed, history: history)
    }
    let start = MarginAdaptation(
      numbers.map { axes[$0] }, population: population, sigma: sigma)
    let state = GenerationReplay(history, seed: seed, start: start).latest(memory)
    for attempt in 0..<1000 {
      let point = state.draw(
        seed: GenerationReplay.drawSeed(seed, index: index, attempt: attempt))
      var generator = RandomGenerator(
        seed: RandomGenerator.hash(seed, UInt64(index), UInt64(attempt), 1))
      var place = 0
      var assignment = Assignment()
      for (i, parameter) in space.parameters.enumerated() {
        var value = parameter.distribution.internalValue(atUnit: 0.5)
        if let density = categories[i] {
          value = density.sample(1, using: &generator)[0]
        } else if place < numbers.count, numbers[place] == i {
          value = state.value(place, of: point)
          place += 1
        }
        if space.isActive(parameter, in: assignment) { assignment[parameter.name] = value }
      }
      if !space.isForbidden(assignment) { return Proposal(assignment) }
    }
    return try RandomSampler().propose(index, seed: seed, history: history)
  }
}
