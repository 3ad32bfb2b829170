public import Configuration
private import Foundation

/// From one rate to another along a power: Keras' `PolynomialDecay`.
///
/// (initial_learning_rate - end_learning_rate) (1 - step / decay_steps)^power + end_learning_rate.
/// `cycle` takes the next multiple of decay_steps when the step has passed it. Without `decay_steps`:
/// the whole training's.
public struct PolynomialDecay: Schedule {
  /// `polynomial_decay`.
  public static let name = "polynomial_decay"
  /// The first rate.
  public let baseRate: Double
  private let span: StepSpan
  private let endRate: Double
  private let power: Double
  private let cycle: Bool

  /// Reads `initial_learning_rate`, `decay_steps`, `end_learning_rate`, `power` and `cycle`.
  public init(options: inout Options) throws(ConfigurationError) {
    baseRate = try options.initialRate()
    span = try StepSpan("decay_steps", options: &options)
    endRate = try options.notNegative("end_learning_rate", default: 0.0001)
    power = try options.number("power", default: 1, in: 0...1e6)
    cycle = try options.bool("cycle", default: false)
  }

  private var tail: [Value.Entry] {
    [entry("end_learning_rate", endRate), entry("power", power), entry("cycle", cycle)]
  }

  /// The options.
  public var entries: [Value.Entry] {
    [entry("initial_learning_rate", baseRate)] + span.entries("decay_steps") + tail
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    var steps = span.count(of: stepCount)
    if cycle { steps *= max(1, (Double(step) / steps).rounded(.up)) }
    let part = min(Double(step), steps) / steps
    return (baseRate - endRate) * pow(1 - part, power) + endRate
  }

  /// Keras' `PolynomialDecay`.
  public func kerasConfig(stepCount: Int) -> Value? {
    guard let steps = span.known(of: stepCount) else { return nil }
    return kerasConfig(
      "PolynomialDecay",
      [entry("initial_learning_rate", baseRate), .init("decay_steps", Value(.int(steps)))] + tail)
  }
}
