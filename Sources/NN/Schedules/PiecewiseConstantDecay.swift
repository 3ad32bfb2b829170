public import Configuration

/// One rate up to each of some steps, and a last one: Keras' `PiecewiseConstantDecay`.
///
/// values[i] while step <= boundaries[i], behind all boundaries the last value.
public struct PiecewiseConstantDecay: Schedule {
  /// `piecewise_constant_decay`.
  public static let name = "piecewise_constant_decay"
  private let boundaries: [Int]
  private let values: [Double]

  /// Reads `boundaries`, steps in growing order, and `values`, one more rates above 0.
  public init(options: inout Options) throws(ConfigurationError) {
    guard options.value("boundaries") != nil else {
      throw options.error("the key is missing", "boundaries")
    }
    boundaries = try options.ints("boundaries", in: 0...Int.max)
    var values: [Double] = []
    for item in try options.list("values") {
      guard let rate = item.number, rate.isFinite, rate > 0 else {
        throw options.error("expected rates above 0, found \(item.summary)", "values", item)
      }
      values.append(rate)
    }
    self.values = values
    guard !boundaries.isEmpty, zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw options.error("must be steps in growing order", "boundaries") }
    guard values.count == boundaries.count + 1 else {
      throw options.error(
        "\(values.count) rates for \(boundaries.count) boundaries: give one more than boundaries",
        "values")
    }
  }

  /// The largest value.
  public var baseRate: Double { values.max() ?? 0 }

  /// The options.
  public var entries: [Value.Entry] {
    [
      .init("boundaries", Value(.list(boundaries.map { Value(.int($0)) }))),
      .init("values", Value(.list(values.map { Value(.number($0)) }))),
    ]
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    var index = 0
    while index < boundaries.count, step > boundaries[index] { index += 1 }
    return values[index]
  }

  /// Keras' `PiecewiseConstantDecay`.
  public func kerasConfig(stepCount: Int) -> Value? {
    kerasConfig("PiecewiseConstantDecay", entries)
  }
}
