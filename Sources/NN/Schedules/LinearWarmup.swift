public import Configuration

/// A line from a small rate to the first rate of what follows: a number, or any other schedule, which
/// then counts its steps from the end of the warm-up.
///
/// Goyal et al., "Accurate, Large Minibatch SGD" (2017), section 2.2. Keras has a warm-up of its own
/// only in `cosine_decay`.
public struct LinearWarmup: Schedule {
  /// `linear_warmup`.
  public static let name = "linear_warmup"
  private let initialRate: Double
  private let warmupSteps: Int
  private var rest: LearningRate

  /// Reads `warmup_steps`, `initial_learning_rate` (0 unless said otherwise) and `learning_rate`.
  public init(options: inout Options) throws(ConfigurationError) {
    warmupSteps = try options.int("warmup_steps", in: 1...Int.max / 2)
    initialRate = try options.notNegative("initial_learning_rate", default: 0)
    rest = try LearningRate(options: &options, default: nil)
  }

  /// The base rate of what follows.
  public var baseRate: Double { rest.base }

  /// The options.
  public var entries: [Value.Entry] {
    [
      .init("warmup_steps", Value(.int(warmupSteps))),
      entry("initial_learning_rate", initialRate), .init("learning_rate", rest.value),
    ]
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    let left = stepCount > 0 ? max(1, stepCount - warmupSteps) : 0
    if step >= warmupSteps { return rest.rate(at: step - warmupSteps, of: left) }
    let goal = rest.rate(at: 0, of: left)
    return initialRate + (goal - initialRate) * Double(step) / Double(warmupSteps)
  }

  /// What follows may look at the epochs' figures.
  public var monitor: String? { rest.monitor }
  /// Passed on to what follows.
  public mutating func observe(_ history: [Double]) { rest.observe(history) }
}
