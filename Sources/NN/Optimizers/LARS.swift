private import CKernels
public import Configuration

/// LARS: a learning rate of its own for each trained array (You, Gitman and Ginsburg, "Large Batch
/// Training of Convolutional Networks", 2017, algorithm 1).
///
/// r = learning_rate eeta |w| / (|g| + weight_decay |w| + epsilon), or learning_rate where a norm is
/// 0; v = momentum v + r (g + weight_decay w); w -= v. Names and defaults are those of
/// `tf.contrib.opt.LARSOptimizer`, which has none for the learning rate: it is SGD's. Slot 0 is v.
public struct LARS: Optimizer {
  /// `lars`.
  public static let name = "lars"
  /// What every optimizer has.
  public var common: CommonOptions
  /// The fraction of the last change that goes on.
  public let momentum: Double
  /// Whether the gradient is taken as if at the next position.
  public let nesterov: Bool
  /// The fraction of the parameters that is added to the gradient.
  public let weightDecay: Double
  /// How much an array trusts its gradient: the size of a change relative to that of the array.
  public let eeta: Double
  /// Keeps the quotient finite.
  public let epsilon: Double

  /// Reads `momentum`, `nesterov`, `weight_decay`, `eeta` and `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.01)
    momentum = try options.fraction("momentum", default: 0.9)
    nesterov = try options.bool(options.spelling("nesterov", "use_nesterov"), default: false)
    weightDecay = try options.number("weight_decay", default: 1e-4, in: 0...1e6)
    eeta = try options.positive("eeta", default: 0.001)
    epsilon = try options.notNegative("epsilon", default: 0)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] {
    [
      entry("momentum", momentum), entry("nesterov", nesterov),
      entry("weight_decay", weightDecay), entry("eeta", eeta), entry("epsilon", epsilon),
    ]
  }
  /// Keras has no LARS: `SGD` with the momentum.
  public var kerasClass: KerasClass {
    KerasClass(
      "SGD", [entry("momentum", momentum), entry("nesterov", nesterov && momentum > 0)])
  }
  /// 1.
  public var ruleSlotCount: Int { 1 }

  /// No: an array's norm scales its step.
  public var isElementwise: Bool { false }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    update.forEachArray { array in
      let start = array.lowerBound
      let (w, g) = (update.parameters + start, update.gradient + start)
      let size = ck_sum_of_squares(array.count, w).squareRoot()
      let slope = ck_sum_of_squares(array.count, g).squareRoot()
      let trust = size > 0 && slope > 0 ? eeta * size / (slope + weightDecay * size + epsilon) : 1
      ck_lars(
        array.count, Float(update.rate * trust), Float(momentum), nesterov ? 1 : 0,
        Float(weightDecay), w, g, update.slot(0) + start)
    }
  }
}
