public import Configuration
private import Foundation
private import NN

/// The tree-structured Parzen estimator (Bergstra et al., 2011), multivariate and asynchronous.
///
/// The best ceil(n / 10), at most 25, trials make a density l of good parameters, all others g of bad
/// ones; of 24 draws from l the one with the largest l/g is proposed. Parameters that are always
/// active together share one density, so interactions survive and conditional spaces work; running
/// trials count as bad ("constant liar"); pruned trials stand behind complete ones, those that came
/// further first; infeasible ones last (Watanabe and Hutter, "c-TPE", 2023). As Optuna's, except that
/// the start is a Sobol sequence in place of random draws: the first densities rest on ten points
/// only, and those should not lie on top of each other.
public struct TPESampler: Sampler {
  /// `tpe`.
  public static let name = "tpe"
  /// Several objectives are ranked by domination.
  public static let takesSeveralObjectives = true

  private let startup: Int
  private let candidates: Int

  /// Reads `startup` (proposals before the densities are used) and `candidates` (draws).
  public init(options: inout Options) throws(ConfigurationError) {
    startup = try options.int("startup", default: 10, in: 0...1_000_000)
    candidates = try options.int("candidates", default: 24, in: 1...1_000_000)
  }

  /// Makes the sampler.
  public init(startup: Int = 10, candidates: Int = 24) {
    self.startup = startup
    self.candidates = candidates
  }

  /// All options.
  public var value: Value {
    ["startup": Value(.int(startup)), "candidates": Value(.int(candidates))]
  }

  /// The draw with the best ratio, of each group of parameters in turn.
  public func propose(
    _ index: Int, seed: UInt64, history: History
  ) throws(StudyError) -> Proposal {
    let split = ParzenSplit(history)
    guard split.count >= max(startup, 1) else {
      return try SobolSampler().propose(index, seed: seed, history: history)
    }
    var generator = RandomGenerator(seed: RandomGenerator.hash(seed, UInt64(index)))
    if let assignment = draw(split, history.space, &generator) { return Proposal(assignment) }
    return try RandomSampler().propose(index, seed: seed, history: history)
  }

  // Nil when all draws were forbidden.
  private func draw(
    _ split: ParzenSplit, _ space: SearchSpace, _ generator: inout RandomGenerator
  ) -> Assignment? {
    var assignment = Assignment()
    for group in space.parametersActiveTogether where space.isActive(group[0], in: assignment) {
      for parameter in group where parameter.distribution.count == 1 {
        assignment[parameter.name] = parameter.distribution.internalValue(atUnit: 0.5)
      }
      let axes = group.filter { $0.distribution.count != 1 }.map { UnitAxis($0) }
      guard !axes.isEmpty else { continue }
      let good = split.estimator(of: axes, good: true)
      let bad = split.estimator(of: axes, good: false)
      var chosen: Assignment?
      for _ in 0..<(space.forbidden.isEmpty ? 1 : 20) where chosen == nil {
        let points = good.sample(candidates, using: &generator)
        let ratios = zip(
          good.logDensities(points, size: candidates), bad.logDensities(points, size: candidates)
        ).map { $0 - $1 }
        for candidate in ratios.indices.sorted(by: { (-ratios[$0], $0) < (-ratios[$1], $1) }) {
          var complete = assignment
          for (i, axis) in axes.enumerated() {
            let place = points[i * candidates + candidate]
            complete[axis.name] = axis.value(at: place)
          }
          if space.isForbidden(complete) { continue }
          chosen = complete
          break
        }
      }
      guard let chosen else { return nil }
      assignment = chosen
    }
    return space.isForbidden(assignment) ? nil : assignment
  }
}

extension SearchSpace {
  /// The parameters in groups with the same conditions, in order: the members of one are active
  /// together or not at all.
  package var parametersActiveTogether: [[Parameter]] {
    var groups: [[Parameter]] = []
    for parameter in parameters {
      if let known = groups.firstIndex(where: { $0[0].conditions == parameter.conditions }) {
        groups[known].append(parameter)
      } else {
        groups.append([parameter])
      }
    }
    return groups
  }
}
