public import Configuration

/// `pipeline.window`: consecutive rows of a series that are one row of features.
public struct RowWindow: Sendable, Equatable {
  /// How many rows a window has.
  public let length: Int
  /// How many rows behind the beginning of a window the next one begins.
  public let stride: Int
  /// How many rows behind the last one of a window its target stands.
  public let horizon: Int

  private static let longest = 1 << 24

  /// Makes windows.
  public init(length: Int, stride: Int = 1, horizon: Int = 0) {
    precondition(length > 0 && stride > 0 && horizon >= 0)
    (self.length, self.stride, self.horizon) = (length, stride, horizon)
  }

  /// Takes `length`, `stride` (1 without) and `horizon` (0 without).
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      length: try options.int("length", in: 1...Self.longest),
      stride: try options.int("stride", default: 1, in: 1...Self.longest),
      horizon: try options.int("horizon", default: 0, in: 0...Self.longest))
  }

  /// `length`, `stride` and `horizon`.
  public var value: Value {
    [
      "length": Value(.int(length)), "stride": Value(.int(stride)),
      "horizon": Value(.int(horizon)),
    ]
  }

  /// The same windows of rows that have no targets: as many as fit.
  var withoutHorizon: RowWindow { RowWindow(length: length, stride: stride) }

  /// The shape of a window of rows of `shape`.
  public func shape(of shape: [Int]) -> [Int] { [length] + shape }
}
