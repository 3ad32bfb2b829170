public import Configuration
private import NN

/// NSGA-II (Deb et al., 2002) for several objectives, one child at a time.
///
/// The population is the best of all complete trials: by non-dominated front, feasible before
/// infeasible (Deb's constrained domination), then by crowding distance. Binary tournaments choose
/// two parents; simulated binary crossover and polynomial mutation make the child. There are no
/// generations to wait for, so any number of trials may run side by side.
public struct NSGA2Sampler: Sampler {
  /// `nsga2`.
  public static let name = "nsga2"
  /// What it is for.
  public static let takesSeveralObjectives = true

  private let population: Int
  private let crossover: Double
  private let mutation: Double?
  private static let spread = 20.0  // Deb et al.'s distribution indices, section IV

  /// Reads `population`, `crossover` (its probability) and `mutation` (of one parameter; the default
  /// is 1 / their number).
  public init(options: inout Options) throws(ConfigurationError) {
    population = try options.int("population", default: 30, in: 2...1_000_000)
    crossover = try options.number("crossover", default: 0.9, in: 0...1)
    let isGiven = options.value("mutation") != nil
    mutation = isGiven ? try options.number("mutation", in: 0...1) : nil
  }

  /// Makes the sampler.
  public init(population: Int = 30, crossover: Double = 0.9, mutation: Double? = nil) {
    self.population = population
    self.crossover = crossover
    self.mutation = mutation
  }

  /// All options.
  public var value: Value {
    [
      "population": Value(.int(population)), "crossover": Value(.number(crossover)),
      "mutation": Value(mutation.map { .number($0) } ?? .null),
    ]
  }

  /// A point of a Sobol sequence until the population is full, then a child.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let parents = Self.best(population, of: history)
    guard parents.count >= population else {
      return try SobolSampler().propose(index, seed: seed, history: history)
    }
    var variation = Variation(
      space: history.space,
      generator: RandomGenerator(seed: RandomGenerator.hash(seed, UInt64(index))))
    let known = history.trials.map { $0.parameters }
    var fallback: Assignment?
    for _ in 0..<50 {
      // The parents are in order: the smaller index wins a tournament.
      let pair = (0..<2).map { _ in
        let winner = min(
          variation.generator.below(parents.count), variation.generator.below(parents.count))
        return history.trials[parents[winner]].parameters.values
      }
      guard let child = child(of: pair[0], pair[1], &variation) else { continue }
      if !known.contains(child) { return Proposal(child) }
      fallback = child
    }
    if let fallback { return Proposal(fallback) }
    return try RandomSampler().propose(index, seed: seed, history: history)
  }

  private func child(
    of first: [String: Double], _ second: [String: Double], _ variation: inout Variation
  ) -> Assignment? {
    var genes = first
    let parameters = variation.space.parameters
    if variation.generator.uniform() < crossover {
      for parameter in parameters {
        guard let other = second[parameter.name] else { continue }
        let distribution = parameter.distribution
        if let own = genes[parameter.name], !distribution.isCategorical {
          // Deb's implementation crosses each variable with probability one half.
          guard variation.generator.uniform() < 0.5 else { continue }
          genes[parameter.name] = distribution.internalValue(
            atUnit: variation.crossed(
              distribution.unit(of: own), distribution.unit(of: other), spread: Self.spread))
        } else if variation.generator.uniform() < 0.5 {
          genes[parameter.name] = other
        }
      }
    }
    let open = parameters.filter { genes[$0.name] != nil && $0.distribution.count != 1 }
    let probability = mutation ?? 1 / Double(max(open.count, 1))
    for parameter in open where variation.generator.uniform() < probability {
      guard let gene = genes[parameter.name] else { continue }
      let distribution = parameter.distribution
      if distribution.isCategorical {
        genes[parameter.name] = variation.neighbour(of: gene, in: parameter, scale: 1)
      } else {
        genes[parameter.name] = distribution.internalValue(
          atUnit: variation.mutated(distribution.unit(of: gene), spread: Self.spread))
      }
    }
    return variation.complete(genes)
  }

  /// The numbers of the best complete trials, best first.
  private static func best(_ count: Int, of history: History) -> [Int] {
    let numbers = history.observedFinished.filter { history.losses(of: $0) != nil }
    let points = numbers.map {
      Domination.Point(
        losses: history.losses(of: $0) ?? [], violation: history.trials[$0].violation)
    }
    let ranks = Domination.ranks(points)
    var result: [Int] = []
    var rank = 0
    while result.count < min(count, numbers.count) {
      let front = numbers.indices.filter { ranks[$0] == rank }
      let crowding = Domination.crowding(front.map { points[$0].losses })
      let order = front.indices.sorted { (-crowding[$0], $0) < (-crowding[$1], $1) }
      result += order.prefix(count - result.count).map { numbers[front[$0]] }
      rank += 1
    }
    return result
  }
}
