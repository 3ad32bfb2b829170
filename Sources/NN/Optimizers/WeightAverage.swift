private import CKernels
internal import Configuration

/// The exponential moving average of the weights: Keras' `use_ema`.
///
/// After each step average = momentum average + (1 - momentum) w; after the first it is w. At the end
/// of training the average takes the place of the weights, and every `overwriteFrequency` steps on
/// the way. Source: `keras/src/optimizers/base_optimizer.py`; Polyak and Juditsky (1992).
public struct WeightAverage: Sendable, Equatable {
  /// `ema_momentum`, 0...1: how much of the average stays.
  public var momentum: Double
  /// `ema_overwrite_frequency`: the steps after which the average is put in the weights' place.
  public var overwriteFrequency: Int?

  /// Chooses an average.
  public init(momentum: Double = 0.99, overwriteFrequency: Int? = nil) {
    precondition((0...1).contains(momentum), "a momentum of \(momentum)")
    self.momentum = momentum
    self.overwriteFrequency = overwriteFrequency
  }

  /// Reads the keys; nil without `use_ema: true`.
  init?(options: inout Options) throws(ConfigurationError) {
    let isUsed = try options.bool("use_ema", default: false)
    for key in ["ema_momentum", "ema_overwrite_frequency"] where !isUsed {
      if let value = options.value(key) {
        throw options.error("does nothing without use_ema: true", key, value)
      }
    }
    guard isUsed else { return nil }
    momentum = try options.number("ema_momentum", default: 0.99, in: 0...1)
    if options.value("ema_overwrite_frequency") != nil {
      overwriteFrequency = try options.int("ema_overwrite_frequency", in: 1...Int.max)
    }
  }

  var entries: [Value.Entry] {
    [.init("use_ema", true), .init("ema_momentum", Value(.number(momentum)))]
      + (overwriteFrequency.map { [.init("ema_overwrite_frequency", Value(.int($0)))] } ?? [])
  }

  /// Moves `average` towards `parameters`; `iteration` is the number of updates before this one.
  func follow(
    _ parameters: UnsafeMutablePointer<Float>, average: UnsafeMutablePointer<Float>, count: Int,
    iteration: Int
  ) {
    ck_average(count, iteration == 0 ? 0 : Float(momentum), parameters, average)
    if let overwriteFrequency, (iteration + 1) % overwriteFrequency == 0 {
      parameters.update(from: average, count: count)
    }
  }
}
