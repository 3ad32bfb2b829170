public import Configuration
private import NN

/// Population-based training (Jaderberg et al., 2017): members inherit weights and change parameters.
///
/// A trial is one segment of a member's training. The first proposals of a population are points of a
/// Sobol sequence. Where `PBTPruner` has stopped a member of the bottom quantile, the next proposal
/// replaces it: it resumes the checkpoint of a random member of the top quantile that still runs
/// ("exploit") with its parameters multiplied by 0.8 or 1.2, or drawn anew ("explore"). What shapes
/// the weights is inherited.
public struct PBTSampler: Sampler {
  /// `pbt`.
  public static let name = "pbt"
  /// One objective only.
  public static let takesSeveralObjectives = false
  /// A member that is about to end is not copied.
  public static let usesLastSteps = true

  private let settings: PBTOptions

  /// Reads `population`, `interval`, `quantile`, `resample` and `fixed`.
  public init(options: inout Options) throws(ConfigurationError) {
    settings = try PBTOptions(options: &options)
  }

  /// Makes the sampler with the defaults.
  public init() { settings = PBTOptions() }

  /// All options.
  public var value: Value { settings.value }

  /// A copy of a good member for each one that was stopped, else a new member.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let stopped = history.trials.count { $0.state == .pruned }
    let replaced = history.trials.count { $0.resumedFrom != nil && $0.state != .waiting }
    let best = stopped > replaced ? leaders(of: history) : []
    guard !best.isEmpty else {
      return try SobolSampler().propose(index, seed: seed, history: history)
    }
    var variation = Variation(
      space: history.space,
      generator: RandomGenerator(seed: RandomGenerator.hash(seed, UInt64(index))))
    for _ in 0..<100 {
      let leader = best[variation.generator.below(best.count)]
      if let explored = explore(history.trials[leader].parameters, &variation) {
        return Proposal(explored, resuming: leader)
      }
    }
    return Proposal(history.trials[best[0]].parameters, resuming: best[0])
  }

  /// Numbers of the running members that are in the top quantile of all that have come as far.
  ///
  /// One that is complete has nothing left to train: a copy of it would gain nothing. Nor would a copy of
  /// one that has reported its last step and is about to end; it may not even have a checkpoint, where
  /// that step was the first behind its own take-over.
  private func leaders(of history: History) -> [Int] {
    let members = history.trials.filter {
      ($0.state == .running || $0.state == .complete) && $0.isFeasible
    }
    return members.filter { member in
      guard member.state == .running,
        let own = member.reports.last(where: { $0.step.isMultiple(of: settings.interval) }),
        own.value.isFinite, member.reports.last?.step != member.lastStep
      else { return false }
      let place = (own.value * history.sign, member.number)
      let others = members.compactMap { other -> (Double, Int)? in
        guard other.number != member.number, let value = other.reports.value(at: own.step),
          !value.isNaN
        else { return nil }
        return (value * history.sign, other.number)
      }
      return others.count { $0 < place } < max(settings.share(of: others.count + 1), 1)
    }.map(\.number)
  }

  private func explore(_ parent: Assignment, _ variation: inout Variation) -> Assignment? {
    var genes = parent.values
    for parameter in variation.space.parameters where !settings.isFixed(parameter.name) {
      guard let gene = genes[parameter.name], parameter.distribution.count != 1 else { continue }
      let isNew = variation.generator.uniform() < settings.resample
      let isUp = variation.generator.uniform() < 0.5
      let place = variation.generator.uniform()
      genes[parameter.name] =
        isNew
        ? parameter.distribution.internalValue(atUnit: place)
        : stepped(gene, parameter.distribution, isUp)
    }
    return variation.complete(genes)
  }

  // A fifth more or less; the next value of a grid when that is no step; choices stay.
  private func stepped(_ value: Double, _ distribution: Distribution, _ isUp: Bool) -> Double {
    if distribution.isCategorical { return value }
    let lowest = distribution.internalValue(atUnit: 0)
    let highest = distribution.internalValue(atUnit: 1)
    let wanted = min(max(value * (isUp == (value >= 0) ? 1.2 : 0.8), lowest), highest)
    guard let count = distribution.count else {
      // Nothing times 1.2 is nothing.
      if wanted != value { return wanted }
      let unit = distribution.unit(of: value) + (isUp ? 0.1 : -0.1)
      return distribution.internalValue(atUnit: abs(unit))
    }
    let nearest = distribution.internalValue(atUnit: distribution.unit(of: wanted))
    if nearest != value { return nearest }
    if case .int(_, _, log: true, _) = distribution {
      return min(max(value + (isUp ? 1 : -1), lowest), highest)
    }
    let step = (isUp ? 1.0 : -1.0) / Double(count)
    return distribution.internalValue(atUnit: distribution.unit(of: value) + step)
  }
}
