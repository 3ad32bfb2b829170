public import Configuration

/// A learning rate: one number, or a schedule.
public struct LearningRate: Sendable {
  /// The number; of a schedule its base rate.
  public let base: Double
  /// What gives each step's rate, when it is not one number.
  public private(set) var schedule: (any Schedule)?

  /// One number for all steps, above 0.
  public init(_ rate: Double) { base = rate }

  /// A schedule.
  public init(_ schedule: any Schedule) {
    base = schedule.baseRate
    self.schedule = schedule
  }

  /// Reads `learning_rate`: a number, or the name of a schedule with its options; without a
  /// default it must be there.
  public init(
    options: inout Options, default fallback: Double?
  ) throws(ConfigurationError) {
    if let value = options.value("learning_rate"), case .map = value.kind {
      self.init(
        try ScheduleRegistry.schedule(value, at: options.keyPath + ["learning_rate"]))
    } else if let fallback {
      self.init(try options.positive("learning_rate", default: fallback))
    } else {
      let rate = try options.number("learning_rate")
      guard rate > 0 else { throw options.error("\(rate) must be greater than 0", "learning_rate") }
      self.init(rate)
    }
  }

  /// What the job file has.
  public var value: Value { schedule?.namedValue ?? Value(.number(base)) }

  /// The rate of the step that `step` others came before, of `stepCount` in the whole training.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    schedule?.rate(at: step, of: stepCount) ?? base
  }

  /// What Keras has: a serialized schedule, or a number.
  func kerasValue(stepCount: Int) -> Value {
    schedule?.kerasConfig(stepCount: stepCount) ?? Value(.number(base))
  }

  /// The figure of an epoch that the schedule follows.
  public var monitor: String? { schedule?.monitor }

  /// Tells the schedule the monitored figure of all epochs up to now.
  public mutating func observe(_ history: [Double]) { schedule?.observe(history) }
}
