private import CKernels
public import Configuration

/// Draws normal numbers from their means and the logarithms of their variances, its two inputs: the
/// middle of a variational autoencoder (Kingma and Welling 2014, "Auto-encoding variational Bayes",
/// section 2.4: reparametrized).
///
/// While training the output is mean + exp(log variance / 2) x a standard normal number, so that
/// gradients reach both inputs; in a prediction it is the mean. The divergence of the drawn distribution
/// from the standard normal one, summed over the numbers of a sample, enters the loss `divergence`
/// times (appendix B; the factor is the beta of Higgins and others 2017).
///
/// The numbers of a step depend on the run's seed, the layer's place and the step's number.
///
/// Keras has no such layer: its part of a model file is the network at the mean.
public struct NormalSampling: LayerConfiguration {
  /// `normal_sampling`.
  public static let name = "normal_sampling"
  /// `sounder>NormalSampling`.
  public static let kerasClass = "sounder>NormalSampling"
  /// The factor of the divergence in the loss, at least 0.
  public var divergence: Double

  /// Describes the layer.
  public init(divergence: Double = 1) {
    precondition(divergence >= 0, "a divergence times \(divergence)")
    self.divergence = divergence
  }

  /// Reads `kl_weight`.
  public init(options: inout Options) throws(ConfigurationError) {
    divergence = try options.number("kl_weight", default: 1, in: 0...1e6)
  }

  /// The option.
  public var value: Value { ["kl_weight": Value(.number(divergence))] }

  /// Reads its own configuration.
  public init(keras: inout Options) throws(ConfigurationError) { try self.init(options: &keras) }

  /// The class under its registered name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [.init("kl_weight", Value(.number(divergence)))])
  }

  /// The inputs' common shape.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    guard inputs.count == 2 else {
      throw NetworkError(
        "takes two inputs, the means and the logarithms of the variances, found \(inputs.count): name "
          + "them with `inputs: [mean, log_variance]`")
    }
    guard inputs[0] == inputs[1] else {
      throw NetworkError("takes inputs of one shape, found \(inputs[0]) and \(inputs[1])")
    }
    return [inputs[0]]
  }

  /// True: it draws in every step.
  public var drawsNoise: Bool { true }

  /// The means.
  public var kerasStandIn: Int? { 0 }

  /// The inputs.
  public var backwardUse: BackwardUse { .inputs }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    NormalSamplingLayer(divergence, plan)
  }
}

private final class NormalSamplingLayer: Layer {
  private let weight: Double
  private let plan: LayerPlan
  private let count: Int
  /// What was added to the means.
  private let noise: UnsafeMutablePointer<Float>
  private(set) var penalty = 0.0

  init(_ weight: Double, _ plan: LayerPlan) {
    self.weight = weight
    self.plan = plan
    count = plan.batchSize * plan.inputCount
    noise = plan.allocate(count)
  }

  func forward(_ pass: Pass) {
    let (mean, logVariance) = (plan.inputs[0], plan.inputs[1])
    // Now: later layers of a prediction may overwrite the inputs.
    if weight > 0 { penalty = weight * ck_normal_divergence(count, mean, logVariance) }
    if pass.drawsNoise {
      ck_sample_normal(pass.key(plan.index), count, mean, logVariance, noise, plan.output)
    } else {
      plan.output.update(from: mean, count: count)
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient else { return }
    ck_sample_normal_backward(
      Float(weight / Double(plan.batchSize)), count, plan.inputs[0], plan.inputs[1], noise, dy,
      plan.inputGradients[0], plan.inputGradients[1])
  }
}
