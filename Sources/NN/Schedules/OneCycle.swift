public import Configuration
private import Foundation

/// Up and down again once (Smith and Topin, "Super-Convergence", 2018): PyTorch's `OneCycleLR`, whose
/// names, defaults and formula it has, since Keras has none.
///
/// From max_lr / div_factor up to max_lr in the first pct_start of the steps, then down to
/// max_lr / div_factor / final_div_factor; `three_phase` goes down as it came up, first. Half cosines
/// or, with `anneal_strategy: linear`, lines. Without `total_steps`: the whole training's.
public struct OneCycle: Schedule {
  /// `one_cycle`.
  public static let name = "one_cycle"
  /// The largest rate.
  public let baseRate: Double
  private let span: StepSpan
  private let rising: Double
  private let strategy: String
  private let divisor: Double
  private let finalDivisor: Double
  private let threePhase: Bool

  /// Reads `max_lr` (or `max_learning_rate`), `total_steps`, `pct_start`, `anneal_strategy`,
  /// `div_factor`, `final_div_factor` and `three_phase`.
  public init(options: inout Options) throws(ConfigurationError) {
    let key = try options.spelling("max_lr", "max_learning_rate")
    baseRate = try options.number(key)
    guard baseRate > 0 else { throw options.error("\(baseRate) must be greater than 0", key) }
    span = try StepSpan("total_steps", options: &options)
    threePhase = try options.bool("three_phase", default: false)
    rising = try options.number("pct_start", default: 0.3, in: 0...1)
    strategy = try options.choice(
      "anneal_strategy", among: ["cos", "linear"], default: "cos")
    divisor = try options.number("div_factor", default: 25, in: 1...1e12)
    finalDivisor = try options.number("final_div_factor", default: 1e4, in: 1...1e12)
    if threePhase, rising > 0.5 {
      throw options.error(
        "\(rising) is above 0.5, and three_phase rises and falls as long", "pct_start")
    }
  }

  /// The options.
  public var entries: [Value.Entry] {
    [entry("max_lr", baseRate)] + span.entries("total_steps") + [
      entry("pct_start", rising), .init("anneal_strategy", Value(.string(strategy))),
      entry("div_factor", divisor), entry("final_div_factor", finalDivisor),
      entry("three_phase", threePhase),
    ]
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    let steps = span.count(of: stepCount)
    let place = min(Double(step), steps - 1)
    let first = baseRate / divisor
    let last = first / finalDivisor
    let top = rising * steps - 1
    if place <= top { return between(first, baseRate, place, 0, top) }
    guard threePhase else { return between(baseRate, last, place, top, steps - 1) }
    let bottom = 2 * rising * steps - 2
    return place <= bottom
      ? between(baseRate, first, place, top, bottom)
      : between(first, last, place, bottom, steps - 1)
  }

  private func between(
    _ from: Double, _ to: Double, _ place: Double, _ begin: Double, _ end: Double
  ) -> Double {
    let part = end > begin ? (place - begin) / (end - begin) : 1
    return strategy == "linear"
      ? from + (to - from) * part : to + (from - to) * 0.5 * (1 + cos(.pi * part))
  }
}
