public import Configuration

/// How the learning rate changes from step to step, with Keras' names, option keys and formulas.
///
/// A schedule knows the step and the steps of the whole training and nothing else, so that a resumed
/// training goes on where it was.
public protocol Schedule: Sendable {
  /// The schedule's name in a job file: `cosine_decay`.
  static var name: String { get }
  /// Other spellings of the name.
  static var aliases: [String] { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var entries: [Value.Entry] { get }
  /// The largest rate that is meant: what stands for the schedule where only a number fits.
  var baseRate: Double { get }
  /// The learning rate of the step that `step` others came before.
  ///
  /// `stepCount` is the number of steps of the whole training; it matters to schedules whose own
  /// number of steps is not given. Beyond their last step, schedules stay at its rate.
  func rate(at step: Int, of stepCount: Int) -> Double
  /// The schedule as Keras serializes it, or nil when Keras has none like it or would need a number
  /// of steps that is not known: `stepCount` 0.
  func kerasConfig(stepCount: Int) -> Value?
  /// The figure of an epoch that the schedule follows.
  var monitor: String? { get }
  /// Takes the monitored figure of all epochs up to now, in the place of what it was told before.
  mutating func observe(_ history: [Double])
}

extension Schedule {
  /// None.
  public static var aliases: [String] { [] }
  /// Not told what it does not ask for.
  public var monitor: String? { nil }
  /// Does nothing.
  public mutating func observe(_ history: [Double]) {}
  /// None.
  public func kerasConfig(stepCount: Int) -> Value? { nil }
  /// The name with the options.
  public var namedValue: Value { Value(.map([.init(Self.name, Value(.map(entries)))])) }

  func kerasConfig(_ className: String, _ options: [Value.Entry]) -> Value {
    [
      "module": "keras.optimizers.schedules", "class_name": Value(.string(className)),
      "config": Value(.map([.init("name", Value(.string(className)))] + options)),
      "registered_name": nil,
    ]
  }
}

/// All schedules by name.
public enum ScheduleRegistry {
  /// Every kind of schedule.
  ///
  /// The shared tests run over this list.
  public static let all: [any Schedule.Type] = [
    ExponentialDecay.self, InverseTimeDecay.self, PiecewiseConstantDecay.self,
    PolynomialDecay.self, CosineDecay.self, CosineDecayRestarts.self, OneCycle.self,
    LinearWarmup.self, ReduceOnPlateau.self,
  ]

  /// Reads a name with options: `cosine_decay: {initial_learning_rate: 0.01}`.
  static func schedule(
    _ value: Value, at keyPath: [String]
  ) throws(ConfigurationError) -> any Schedule {
    let named = try NamedOptions(value, at: keyPath)
    return try named.read(
      "schedule", as: all,
      name: { $0.aliases.contains(named.name) ? named.name : $0.name },
      telling: all.map { $0.name } + all.flatMap { $0.aliases }
    ) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}
