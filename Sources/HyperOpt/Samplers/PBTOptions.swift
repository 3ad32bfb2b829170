internal import Configuration

/// What the two parts of population-based training share: give both the same.
struct PBTOptions: Sendable, Equatable {
  /// Members that train side by side.
  var population = 8
  /// Steps between two looks at a member.
  var interval = 1
  /// The share of the population at the bottom that is replaced, and at the top that replaces it.
  var quantile = 0.25
  /// The probability that a parameter is drawn anew in place of a step of 20 %.
  var resample = 0.25
  /// Parameters that a copy inherits unchanged, beside those of the network and the pipeline.
  var fixed: [String] = []

  init() {}

  init(options: inout Options) throws(ConfigurationError) {
    population = try options.int("population", default: population, in: 2...1_000_000)
    interval = try options.int("interval", default: interval, in: 1...Int.max)
    quantile = try options.number("quantile", default: quantile, in: 0.01...0.5)
    resample = try options.number("resample", default: resample, in: 0...1)
    for item in try options.list("fixed") {
      guard case .string(let name) = item.kind else {
        throw options.error("expected names of parameters, found \(item.summary)", "fixed", item)
      }
      fixed.append(name)
    }
  }

  /// The options as a job file has them.
  var value: Value {
    [
      "population": Value(.int(population)), "interval": Value(.int(interval)),
      "quantile": Value(.number(quantile)), "resample": Value(.number(resample)),
      "fixed": Value(.list(fixed.map { Value(.string($0)) })),
    ]
  }

  /// Whether a checkpoint cannot go on with another value of this parameter.
  ///
  /// Weights fit one architecture and one pipeline.
  func isFixed(_ name: String) -> Bool {
    name.hasPrefix("network.") || name.hasPrefix("pipeline.") || fixed.contains(name)
  }

  /// The number of members at either end among `count`.
  func share(of count: Int) -> Int { Int(Double(count) * quantile) }
}
