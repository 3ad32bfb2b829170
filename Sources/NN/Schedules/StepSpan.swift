internal import Configuration

/// A number of steps that is given, or that of the whole training.
struct StepSpan: Sendable {
  /// The steps; nil: the whole training.
  let given: Int?

  /// Reads `key`, which may be missing.
  init(_ key: String, options: inout Options) throws(ConfigurationError) {
    given = options.value(key) == nil ? nil : try options.int(key, in: 1...Int.max)
  }

  /// The steps, when the whole training has `stepCount`.
  func count(of stepCount: Int) -> Double {
    if let given { return Double(given) }
    precondition(stepCount > 0, "a schedule over the whole training needs its number of steps")
    return Double(stepCount)
  }

  /// The steps for Keras, or nil when they are not known.
  func known(of stepCount: Int) -> Int? { given ?? (stepCount > 0 ? stepCount : nil) }

  /// The option as the job file has it: missing when it was.
  func entries(_ key: String) -> [Value.Entry] {
    given.map { [.init(key, Value(.int($0)))] } ?? []
  }
}

extension Options {
  /// The rate that a schedule begins with, which must be given.
  mutating func initialRate() throws(ConfigurationError) -> Double {
    let rate = try number("initial_learning_rate")
    guard rate > 0 else { throw error("\(rate) must be greater than 0", "initial_learning_rate") }
    return rate
  }
}
