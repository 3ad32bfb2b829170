/// What a prediction shall tell of each row beside its mean.
public struct PredictionRequest: Sendable, Equatable {
  /// Whether the standard deviation is told.
  public var deviation = false
  /// The probability with which a target shall lie between `lower` and `upper`, in 0..<1; nil: no
  /// interval.
  public var interval: Double?
  /// Whether intervals are the predicted distribution's own though the model file has a calibration.
  public var ignoresCalibration = false
  /// The probabilities of quantiles, each in 0..<1 and above 0.
  public var quantiles: [Double] = []
  /// The random draws of each row.
  public var sampleCount = 0
  /// The passes with dropout as in training over which mean and deviation are taken (Gal and
  /// Ghahramani 2016); 0: one pass without.
  public var passCount = 0
  /// The seed of draws and of dropout.
  public var seed: UInt64 = 1

  /// Asks for the mean alone.
  public init() {}

  /// Whether nothing beside the mean is asked for.
  var isPlain: Bool {
    !deviation && interval == nil && quantiles.isEmpty && sampleCount == 0 && passCount == 0
  }
}
