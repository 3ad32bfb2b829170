private import CKernels
public import Configuration

/// Gradient descent that pulls parameters to 0 (Duchi and Singer, 2009), as `tf.compat.v1.train`'s
/// `ProximalGradientDescentOptimizer` of TensorFlow 1.8.
///
/// w = shrink(w - r g, r l1) / (1 + r l2) with the learning rate r, where shrink(x, l) takes l from
/// |x|, not below 0. TensorFlow has no default for the learning rate: it is SparkFlow's, 0.01.
public struct ProximalGradientDescent: Optimizer {
  /// `proximal_gradient_descent`.
  public static let name = "proximal_gradient_descent"
  /// What every optimizer has.
  public var common: CommonOptions
  private let regularization: Regularization

  /// Reads `l1_regularization_strength` and `l2_regularization_strength`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.01)
    regularization = try Regularization(options: &options)
  }

  /// The options.
  public var ruleEntries: [Value.Entry] { regularization.entries }
  /// Keras has no proximal rule: plain `SGD`.
  public var kerasClass: KerasClass {
    KerasClass("SGD", [entry("momentum", 0.0), entry("nesterov", false)])
  }
  /// 0.
  public var ruleSlotCount: Int { 0 }
  /// Yes.
  public var isElementwise: Bool { true }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    ck_proximal_sgd(
      update.count, Float(update.rate), Float(regularization.l1), Float(regularization.l2),
      update.parameters, update.gradient)
  }
}
