public import Configuration
private import Foundation

/// Half cosines one behind the other (SGDR, Loshchilov and Hutter, 2017): Keras'
/// `CosineDecayRestarts`.
///
/// The first takes first_decay_steps; each is t_mul times as long as the one before and begins at
/// m_mul times its rate; alpha is the least fraction of initial_learning_rate.
public struct CosineDecayRestarts: Schedule {
  /// `cosine_decay_restarts`.
  public static let name = "cosine_decay_restarts"
  /// The first rate.
  public let baseRate: Double
  private let firstSteps: Int
  private let lengthFactor: Double
  private let rateFactor: Double
  private let alpha: Double

  /// Reads `initial_learning_rate`, `first_decay_steps`, `t_mul`, `m_mul` and `alpha`.
  public init(options: inout Options) throws(ConfigurationError) {
    baseRate = try options.initialRate()
    firstSteps = try options.int("first_decay_steps", in: 1...Int.max)
    lengthFactor = try options.number("t_mul", default: 2, in: 1...1e6)
    rateFactor = try options.number("m_mul", default: 1, in: 0...1e6)
    alpha = try options.number("alpha", default: 0, in: 0...1)
  }

  /// The options.
  public var entries: [Value.Entry] {
    [
      entry("initial_learning_rate", baseRate),
      .init("first_decay_steps", Value(.int(firstSteps))), entry("t_mul", lengthFactor),
      entry("m_mul", rateFactor), entry("alpha", alpha),
    ]
  }

  /// The rate of a step.
  public func rate(at step: Int, of stepCount: Int) -> Double {
    // Walks the cycles instead of a logarithm, whose rounding could miss a restart by a step.
    var length = Double(firstSteps)
    var place = Double(step)
    var factor = 1.0
    if lengthFactor == 1 {
      let cycles = (place / length).rounded(.down)
      place -= cycles * length
      factor = pow(rateFactor, cycles)
    }
    while place >= length {
      place -= length
      length *= lengthFactor
      factor *= rateFactor
    }
    return baseRate * ((1 - alpha) * 0.5 * factor * (1 + cos(.pi * place / length)) + alpha)
  }

  /// Keras' `CosineDecayRestarts`.
  public func kerasConfig(stepCount: Int) -> Value? { kerasConfig("CosineDecayRestarts", entries) }
}
