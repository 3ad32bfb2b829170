public import Configuration

/// The rate falls as 1 / t: Keras' `InverseTimeDecay`.
///
/// initial_learning_rate / (1 + decay_rate x step / decay_steps), the quotient rounded down by
/// `staircase`. Without `decay_steps`: the whole training's.
public struct InverseTimeDecay: Schedule {
  /// `inverse_time_decay`.
  public static let name = "inverse_time_decay"
  /// The first rate.
  public let baseRate: Double
  private let span: StepSpan
  private let decayRate: Double
  private let staircase: Bool

  /// Reads `initial_learning_rate`, `decay_steps`, `decay_rate` and `staircase`.
  public init(options: inout Options) throws(ConfigurationError) {
    baseRate = try options.initialRate()
    span = try StepSpan("decay_steps", options: &options)
    decayRate = try options.number("decay_rate", in: 0...1e12)
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
    return baseRate / (1 + decayRate * (staircase ? part.rounded(.down) : part))
  }

  /// Keras' `InverseTimeDecay`.
  public func kerasConfig(stepCount: Int) -> Value? {
    guard let steps = span.known(of: stepCount) else { return nil }
    return kerasConfig(
      "InverseTimeDecay",
      [
        entry("initial_learning_rate", baseRate), .init("decay_steps", Value(.int(steps))),
        entry("decay_rate", decayRate), entry("staircase", staircase),
      ])
  }
}
