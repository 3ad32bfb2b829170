private import CKernels
public import Configuration

/// Gives each channel (the last axis) mean 0 and variance 1 over the batch, then scales and shifts it
/// (Ioffe and Szegedy 2015): y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
///
/// Training uses the batch's own mean and variance (divided by the number of values), and moves
/// averages of both towards them: moving += (1 - momentum)(batch - moving). Prediction uses the moving
/// averages. They are weights that no gradient changes: each worker adds its change to the shared ones,
/// so that none is lost. Where many workers at once carry a moving variance below 0, it counts as 0.
public struct BatchNormalization: LayerConfiguration {
  /// `batch_normalization`.
  public static let name = "batch_normalization"
  /// `BatchNormalization`.
  public static let kerasClass = "BatchNormalization"
  /// How much of a moving average stays, in 0...1.
  public var momentum: Double
  /// The scale and the shift.
  public var affine: NormalizationAffine

  /// Describes the layer.
  public init(
    momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
    betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones
  ) {
    precondition((0...1).contains(momentum))
    self.momentum = momentum
    affine = NormalizationAffine(
      epsilon: epsilon, center: center, scale: scale, betaInitializer: betaInitializer,
      gammaInitializer: gammaInitializer)
  }

  /// Reads `momentum`, `epsilon`, `center`, `scale`, `beta_initializer`, `gamma_initializer`,
  /// `beta_regularizer` and `gamma_regularizer`.
  public init(options: inout Options) throws(ConfigurationError) {
    momentum = try options.number("momentum", default: 0.99, in: 0...1)
    affine = try NormalizationAffine(options: &options)
  }

  /// The options, defaults included.
  public var value: Value {
    Value(.map([.init("momentum", Value(.number(momentum)))] + affine.entries))
  }

  /// Reads the configuration of Keras' `BatchNormalization`.
  public init(keras: inout Options) throws(ConfigurationError) {
    if try keras.bool("renorm", default: false) {
      throw keras.error("batch renormalization is not supported", "renorm")
    }
    for key in ["renorm_clipping", "renorm_momentum"] { _ = keras.value(key) }
    if try keras.bool("synchronized", default: false) {
      throw keras.error("statistics over several devices are not supported", "synchronized")
    }
    for (key, initializer) in [
      ("moving_mean_initializer", Initializer.zeros), ("moving_variance_initializer", .ones),
    ] where try keras.kerasInitializer(key, default: initializer) != initializer {
      throw keras.error("moving averages begin at mean 0 and variance 1", key)
    }
    momentum = try keras.number("momentum", default: 0.99, in: 0...1)
    affine = try NormalizationAffine(keras: &keras)
  }

  /// Keras' `BatchNormalization`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [
        .init("axis", Value(.int(-1))), .init("momentum", Value(.number(momentum))),
      ] + affine.kerasEntries
    )
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    try requireLastAxis(affine.kerasAxis, of: input)
    return input
  }

  /// `gamma`, `beta`, `moving_mean`, `moving_variance`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    let shape = [input.last ?? 1]
    return affine.slots(shape) + [
      ParameterSlot("moving_mean", shape: shape, initializer: .zeros, isTrained: false),
      ParameterSlot(
        "moving_variance", shape: shape, initializer: .ones, isTrained: false, isVariance: true),
    ]
  }

  /// A product and an addition for each number.
  public func operationCount(for inputs: [[Int]]) -> Int {
    2 * (inputs.first?.shapeCount ?? 0)
  }

  /// The input.
  public var backwardUse: BackwardUse { .inputs }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    if plan.inputMask != nil {
      throw NetworkError(
        "the time steps that a mask leaves out cannot be left out of a batch's mean: use "
          + "layer_normalization")
    }
    return BatchNormalizationLayer(self, plan)
  }
}

private final class BatchNormalizationLayer: Layer {
  private let configuration: BatchNormalization
  private let plan: LayerPlan
  private let rows: Int
  private let columns: Int
  /// Of each channel: the batch's mean and variance, 1 / sqrt(variance + epsilon), gamma times that,
  /// what is added, and two sums of the backward pass.
  private let mean, variance, inverse, factor, shift, sum, product: UnsafeMutablePointer<Float>
  private var gamma: UnsafeMutablePointer<Float>?
  private var beta: UnsafeMutablePointer<Float>?
  private var gammaGradient: UnsafeMutablePointer<Float>?
  private var betaGradient: UnsafeMutablePointer<Float>?
  private var moving: UnsafeMutablePointer<Float>
  private var change: UnsafeMutablePointer<Float>?

  init(_ configuration: BatchNormalization, _ plan: LayerPlan) {
    self.configuration = configuration
    self.plan = plan
    columns = plan.inputShape[plan.inputShape.count - 1]
    rows = plan.batchSize * plan.inputCount / columns
    let padded = (columns + 15) / 16 * 16
    guard let block = plan.arena.allocate(7 * padded).baseAddress else {
      preconditionFailure("an empty block")
    }
    mean = block
    variance = block + padded
    inverse = block + 2 * padded
    factor = block + 3 * padded
    shift = block + 4 * padded
    sum = block + 5 * padded
    product = block + 6 * padded
    moving = block
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    gamma = configuration.affine.scale ? parameters : nil
    gammaGradient = configuration.affine.scale ? gradient : nil
    let offset = configuration.affine.scale ? columns : 0
    beta = configuration.affine.center ? parameters + offset : nil
    betaGradient = configuration.affine.center ? gradient.map { $0 + offset } : nil
  }

  func bind(state: UnsafeMutablePointer<Float>, change: UnsafeMutablePointer<Float>?) {
    moving = state
    self.change = change
  }

  func forward(_ pass: Pass) {
    if pass.isTraining {
      ck_column_moments(rows, columns, plan.input, mean, variance)
      if let change {
        let share = Float(1 - configuration.momentum)
        for c in 0..<columns {
          change[c] = share * (mean[c] - moving[c])
          change[columns + c] = share * (variance[c] - moving[columns + c])
        }
      }
    } else {
      mean.update(from: moving, count: columns)
      for c in 0..<columns { variance[c] = Swift.max(moving[columns + c], 0) }
    }
    let epsilon = Float(configuration.affine.epsilon)
    for c in 0..<columns {
      inverse[c] = 1 / (variance[c] + epsilon).squareRoot()
      factor[c] = inverse[c] * (gamma?[c] ?? 1)
      shift[c] = (beta?[c] ?? 0) - mean[c] * factor[c]
    }
    ck_column_affine(rows, columns, plan.input, factor, shift, plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient else { return }
    ck_column_gradient_sums(rows, columns, plan.input, dy, mean, inverse, sum, product)
    betaGradient?.update(from: sum, count: columns)
    gammaGradient?.update(from: product, count: columns)
    guard let dx = plan.inputGradient else { return }
    ck_batch_norm_backward(
      rows, columns, plan.input, dy, mean, inverse, factor, sum, product, dx)
  }
}
