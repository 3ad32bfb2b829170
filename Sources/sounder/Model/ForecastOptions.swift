internal import ArgumentParser
internal import Distributed

/// What a prediction tells beside the mean.
struct ForecastOptions: ParsableArguments {
  @Flag(help: "Write the standard deviation of each prediction, too.")
  var std = false

  @Option(
    help: ArgumentHelp(
      "Write an interval that covers the target with this probability, such as 0.9.",
      valueName: "probability"))
  var interval: Double?

  @Flag(help: "Take intervals from the predicted distribution though the model is calibrated.")
  var uncalibrated = false

  @Option(help: ArgumentHelp("Write these quantiles, as in 0.05,0.5,0.95.", valueName: "list"))
  var quantiles: ProbabilityList?

  @Option(help: ArgumentHelp("Write so many random draws of each row.", valueName: "count"))
  var samples: Int?

  @OptionGroup var dropout: DropoutOptions

  func validate() throws {
    if let interval, !(interval > 0 && interval < 1) {
      throw ValidationError("--interval \(interval) must lie between 0 and 1")
    }
    if uncalibrated, interval == nil {
      throw ValidationError("--uncalibrated is about an --interval: name its probability")
    }
    if let samples, !(1...100_000).contains(samples) {
      throw ValidationError("--samples \(samples) is outside 1...100000")
    }
  }

  /// The options as the predictor takes them.
  var request: PredictionRequest {
    var request = dropout.request
    request.deviation = std
    request.interval = interval
    request.ignoresCalibration = uncalibrated
    request.quantiles = quantiles?.values ?? []
    request.sampleCount = samples ?? 0
    return request
  }
}

/// Passes with dropout as in training: shared by the commands that predict and calibrate.
struct DropoutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Predict with dropout so many times, and take mean and deviation of these passes.",
      valueName: "passes"))
  var mcDropout: Int?

  @Option(help: "The seed of random draws and of dropout.")
  var seed: UInt64 = 1

  func validate() throws {
    if let mcDropout, !(2...1_000_000).contains(mcDropout) {
      throw ValidationError("--mc-dropout \(mcDropout) is outside 2...1000000")
    }
  }

  /// The options as a predictor takes them.
  var request: PredictionRequest {
    var request = PredictionRequest()
    request.passCount = mcDropout ?? 0
    request.seed = seed
    return request
  }
}
