public import Configuration
private import Foundation

/// Half a cosine, with a warm-up before it when one is asked for: Keras' `CosineDecay`.
///
/// rate x ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha) (Loshchilov and Hutter, "SGDR",
/// 2017). With `warmup_target` the rate first goes in a line from initial_learning_rate to it in
/// warmup_steps steps; the decay counts from there. Without `decay_steps`: what the warm-up leaves of
/// the whole training.
public struct CosineDecay: Schedule {
  /// `cosine_decay`.
  public static let name = "cosine_decay"
  /// The short name.
  public static let aliases = ["cosine"]
  private let initialRate: Double
  private let span: StepSpan
  private let alpha: Double
  private let warmupTarget: Double?
  private let warmupSteps: Int

  /// Reads `initial_learning_rate`, `decay_steps`, `alpha`, `warmup_target` and `warmup_steps`.
  ///
  /// A warm-up may begin at 0.
  public init(options: inout Options) throws(ConfigurationError) {
    let warms = options.value("warmup_target") != nil
    initialRate =
      warms
      ? try options.number("initial_learning_rate", in: 0...1e6) : try options.initialRate()
    span = try StepSpan("decay_steps", options: &options)
    alpha = try options.number("alpha", default: 0, in: 0...1)
    warmupTarget = warms ? try options.positive("warmup_target", default: 1) : nil
    warmupSteps = try options.int("warmup_steps", default: 0, in: 0...Int.max / 2)
    if warms != (warmupSteps > 0) {
      throw options.error(
        "needs \(warms ? "warmup_steps above 0" : "a warmup_target") beside it",
        warms ? "warmup_target" : "warmup_steps")
    }
  }

  /// The rate that the decay begins with.
  public var baseRate: Double { warmupTarget ?? initialRate }

  private var tail: [Value.Entry] {
    let warmup: [Value.Entry] =
      warmupTarget.map {
        [entry("warmup_target", $0), .init("warmup_steps", Value(.int(warmupSteps)))]
      } ?? []
    return [entry("alpha", alpha)] + warmup
  }

  /// The options.
  public var entries: [Value.Entry] {
    [entry("initial_learning_rate", initialRate)] + span.entries("decay_steps") + tail
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    if step < warmupSteps {
      return initialRate + (baseRate - initialRate) * Double(step) / Double(warmupSteps)
    }
    let steps = span.count(of: max(1, stepCount - warmupSteps))
    let part = min(Double(step - warmupSteps), steps) / steps
    return baseRate * ((1 - alpha) * 0.5 * (1 + cos(.pi * part)) + alpha)
  }

  /// Keras' `CosineDecay`.
  public func kerasConfig(stepCount: Int) -> Value? {
    guard let steps = span.known(of: stepCount > 0 ? max(1, stepCount - warmupSteps) : 0) else {
      return nil
    }
    return kerasConfig(
      "CosineDecay",
      [entry("initial_learning_rate", initialRate), .init("decay_steps", Value(.int(steps)))]
        + tail)
  }
}
