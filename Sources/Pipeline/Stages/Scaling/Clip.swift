public import Configuration
public import HDF5

/// The stage `clip`: what is below `low` becomes `low`, what is above `high` becomes `high`.
public struct Clip: Estimator, Transformer {
  /// `clip`.
  public static let name = "clip"
  /// Missing values stay.
  public static let missing = MissingRule.keeps
  /// The least number; minus infinity when there is none.
  public let low: Double
  /// The greatest number; infinity when there is none.
  public let high: Double
  /// The shape of a row, which the stage keeps.
  public let outputShape: [Int]

  /// Makes the stage.
  public init(low: Double = -.infinity, high: Double = .infinity) {
    self.init(low: low, high: high, shape: [])
  }

  private init(low: Double, high: Double, shape: [Int]) {
    precondition(low <= high, "from \(low) to \(high)")
    self.low = low
    self.high = high
    outputShape = shape
  }

  /// Takes `low` and `high`, of which one may be left out.
  public init(options: inout Options) throws(ConfigurationError) {
    low = options.contains("low") ? try options.number("low") : -.infinity
    high = options.contains("high") ? try options.number("high") : .infinity
    outputShape = []
    guard low > -.infinity || high < .infinity else {
      throw options.error("give 'low', 'high' or both: the stage does nothing", "low")
    }
    guard low <= high else {
      throw options.error("low is \(low), which is above high, \(high)", "low")
    }
  }

  /// `low` and `high`, where they are given.
  public var value: Value {
    var entries: [Value.Entry] = []
    if low > -.infinity { entries.append(Value.Entry("low", Value(.number(low)))) }
    if high < .infinity { entries.append(Value.Entry("high", Value(.number(high)))) }
    return Value(.map(entries))
  }

  /// Nothing is learnt.
  public func statistics(for shape: [Int]) -> NoStatistics? { nil }

  /// The stage itself, for rows of `shape`.
  public func fitted(to statistics: NoStatistics?, shape: [Int]) -> Clip {
    Clip(low: low, high: high, shape: shape)
  }

  /// Each stays one.
  public var keepsColumns: Bool { true }

  /// The same shape.
  public func outputShape(for shape: [Int]) -> [Int]? { shape }

  /// None: the function has corners.
  public var affine: Affine? { nil }

  /// Writes clipped rows.
  public func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let (low, high) = (Float(low), Float(high))
    for index in 0..<rowCount * outputShape.elementCount {
      let value = rows[index]
      output[index] = value < low ? low : value > high ? high : value
    }
  }

  /// Writes the attributes `low` and `high`, infinite where there is no bound.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("low", low)
    try group.writeAttribute("high", high)
  }

  /// Reads the attributes `low` and `high`.
  public init(from group: borrowing Group, shape: [Int]) throws(PipelineError) {
    let (low, high): (Double, Double)
    do {
      (low, high) = (try group.numberAttribute("low"), try group.numberAttribute("high"))
    } catch { throw PipelineError(error) }
    guard low <= high else {
      throw PipelineError(
        "\(group.place): clip from \(low) to \(high) is not possible: the model file is damaged, "
          + "write it again")
    }
    self.init(low: low, high: high, shape: shape)
  }
}
