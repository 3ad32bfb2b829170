public import Configuration
private import Foundation

/// The rate times `decay_rate` every `decay_steps` steps, smoothly or, with `staircase`, at once:
/// Keras' `ExponentialDecay`.
///
/// initial_learning_rate x decay_rate^(step / decay_steps), the quotient rounded down by
/// `staircase`, which makes it the step schedule. Without `decay_steps`: the whole training's.
public struct ExponentialDecay: Schedule {
  /// `exponential_decay`.
  public static let name = "exponential_decay"
  /// The first rate.
  public let baseRate: Double
  private let span: StepSpan
  private let decayRate: Double
  private let staircase: Bool

  /// Reads `initial_learning_rate`, `decay_steps`, `decay_rate` and `staircase`.
  public init(options: inout Options) throws(ConfigurationError) {
    baseRate = try options.initialRate()
    span = try StepSpan("decay_steps", options: &options)
    decayRate = try options.number("decay_rate", in: 1e-30...1e6)
    staircase = try options.bool("staircase", default: false)
  }

  /// The options.
  public var entries: [Value.Entry] {
    [entry("initial_learning_rate", baseRate)] + span.entries("decay_steps")
      + [entry("decay_rate", decayRate), entry("staircase", staircase)]
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    let part = Double(step) / span.count(of: stepCount)
    return baseRate * pow(decayRate, staircase ? part.rounded(.down) : part)
  }

  /// Keras' `ExponentialDecay`.
  public func kerasConfig(stepCount: Int) -> Value? {
    guard let steps = span.known(of: stepCount) else { return nil }
    return kerasConfig(
      "ExponentialDecay",
      [
        entry("initial_learning_rate", baseRate), .init("decay_steps", Value(.int(steps))),
        entry("decay_rate", decayRate), entry("staircase", staircase),
      ])
  }
}
