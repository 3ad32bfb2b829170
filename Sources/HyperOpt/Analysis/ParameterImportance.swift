private import Foundation
private import NN

/// How much a hyperparameter decides whether a trial is among the best.
///
/// PED-ANOVA (Watanabe, Bansal and Hutter, 2023, equation 16, with all trials as the region): the
/// Pearson divergence between a parameter's density among the best trials and its density among all,
///
///     v = mean over x of p_all of (p_best(x) / p_all(x) - 1)^2.
///
/// Densities are kernel estimates on 50 places of the parameter's own scale (frequencies for
/// choices), with a uniform prior that counts like one trial. What as many trials drawn by chance give
/// (the mean of 16 fixed draws) is subtracted, so that few trials do not look decisive. A conditional parameter is judged among
/// the trials in which it is active, and counts by their share. Pruned trials count as not among the
/// best: without them the bad regions that a pruner avoided would be invisible.
public struct ParameterImportance: Sendable, Equatable {
  /// The parameter's name.
  public let name: String
  /// Its share of the sum over all parameters, 0...1.
  public let share: Double

  /// All parameters of a study, the most important first; empty with fewer than four finished trials.
  ///
  /// - Parameters:
  ///   - history: The study.
  ///   - objective: Which objective, from 0.
  /// - Returns: Shares that sum to 1, or are all 0 when nothing made a difference.
  public static func all(of history: History, objective: Int = 0) -> [ParameterImportance] {
    let ranked = rank(history, objective: objective)
    guard ranked.count >= 4 else { return [] }
    let raw = history.space.parameters.map { parameter in
      (parameter.name, divergence(of: parameter, among: ranked))
    }
    let total = raw.reduce(0) { $0 + $1.1 }
    return
      raw.map { ParameterImportance(name: $0.0, share: total > 0 ? $0.1 / total : 0) }
      .sorted { ($0.share, $1.name) > ($1.share, $0.name) }
  }

  /// Parameters of finished trials from the best to the worst; pruned trials are behind complete ones.
  private static func rank(_ history: History, objective: Int) -> [Assignment] {
    guard history.directions.indices.contains(objective) else { return [] }
    let sign = history.directions[objective].sign
    var entries: [(isPruned: Bool, value: Double, number: Int)] = []
    let superseded = history.superseded
    for trial in history.trials where !superseded.contains(trial.number) {
      guard trial.state == .complete || trial.state == .pruned else { continue }
      let value = trial.latestValue(of: objective) ?? .nan
      guard trial.state == .pruned || !value.isNaN else { continue }
      entries.append((trial.state == .pruned, value.isNaN ? .infinity : value * sign, trial.number))
    }
    entries.sort {
      if $0.isPruned != $1.isPruned { return $1.isPruned }
      return ($0.value, $0.number) < ($1.value, $1.number)
    }
    return entries.map { history.trials[$0.number].parameters }
  }

  private static func divergence(of parameter: Parameter, among ranked: [Assignment]) -> Double {
    let places = ranked.compactMap { assignment in
      assignment[parameter.name].map { parameter.distribution.unit(of: $0) }
    }
    // The best tenth, but not so few that a density of them is chance.
    let count = max((places.count + 9) / 10, min(places.count / 3, 8))
    guard count >= 1, places.count > count else { return 0 }
    let all = density(places, parameter.distribution)
    func divergence(_ chosen: [Double]) -> Double {
      zip(density(chosen, parameter.distribution), all).reduce(0) {
        $0 + $1.1 * ($1.0 / $1.1 - 1) * ($1.0 / $1.1 - 1)
      }
    }
    var generator = RandomGenerator(seed: 1)
    var byChance = 0.0
    for _ in 0..<16 {
      byChance += divergence((0..<count).map { _ in places[generator.below(places.count)] })
    }
    let own = max(divergence(Array(places.prefix(count))) - byChance / 16, 0)
    return own * Double(places.count) / Double(ranked.count)
  }

  /// Probabilities of the places of a grid.
  private static func density(_ places: [Double], _ distribution: Distribution) -> [Double] {
    let count = min(distribution.count ?? 50, 50)
    guard count > 1 else { return [1] }
    var weights = [Double](repeating: 1 / Double(count), count: count)
    if distribution.isCategorical {
      for place in places { weights[min(Int(place * Double(count)), count - 1)] += 1 }
    } else {
      // Scott's rule with the smaller of two measures of spread.
      let mean = places.reduce(0, +) / Double(places.count)
      let variance = places.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(places.count)
      let width = max(
        1.06 * variance.squareRoot() * pow(Double(places.count), -0.2), 0.5 / Double(count))
      for place in places {
        let kernel = (0..<count).map { index -> Double in
          let distance = ((Double(index) + 0.5) / Double(count) - place) / width
          return exp(-0.5 * distance * distance)
        }
        // The part of a kernel that is beyond the ends is given to the rest.
        let total = kernel.reduce(0, +)
        guard total > 0 else { continue }
        for index in 0..<count { weights[index] += kernel[index] / total }
      }
    }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}
