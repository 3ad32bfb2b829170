private import CKernels
public import Configuration

/// Gives each group of channels (the last axis) mean 0 and variance 1 over all positions of a sample,
/// then scales and shifts each channel (Wu and He 2018).
public struct GroupNormalization: LayerConfiguration {
  /// `group_normalization`.
  public static let name = "group_normalization"
  /// `GroupNormalization`.
  public static let kerasClass = "GroupNormalization"
  /// The number of groups; -1: each channel is one.
  public var groups: Int
  /// The scale and the shift.
  public var affine: NormalizationAffine

  /// Describes the layer.
  public init(groups: Int = 32, _ affine: NormalizationAffine = NormalizationAffine()) {
    precondition(groups == -1 || groups > 0)
    self.groups = groups
    self.affine = affine
  }

  /// Reads `groups`, `epsilon`, `center`, `scale`, `beta_initializer` and `gamma_initializer`.
  public init(options: inout Options) throws(ConfigurationError) {
    groups = try Self.groups(&options)
    affine = try NormalizationAffine(options: &options)
  }

  private static func groups(_ options: inout Options) throws(ConfigurationError) -> Int {
    let groups = try options.int("groups", default: 32, in: -1...Int(Int32.max))
    guard groups != 0 else {
      throw options.error("0 groups: give -1 for one per channel, or more", "groups")
    }
    return groups
  }

  /// The options, defaults included.
  public var value: Value { Value(.map([.init("groups", Value(.int(groups)))] + affine.entries)) }

  /// Reads the configuration of Keras' `GroupNormalization`.
  public init(keras: inout Options) throws(ConfigurationError) {
    groups = try Self.groups(&keras)
    affine = try NormalizationAffine(keras: &keras)
  }

  /// Keras' `GroupNormalization`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [.init("groups", Value(.int(groups))), .init("axis", Value(.int(-1)))] + affine.kerasEntries
    )
  }

  /// The input's shape.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    try requireLastAxis(affine.kerasAxis, of: input)
    let channels = input[input.count - 1]
    let groups = groups == -1 ? channels : groups
    guard groups <= channels, channels % groups == 0 else {
      throw NetworkError("cannot put \(channels) channels into \(groups) groups of one size")
    }
    return input
  }

  /// `gamma` and `beta`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    affine.slots([input.last ?? 1])
  }

  /// Mean, variance, a product and an addition for each number.
  public func operationCount(for inputs: [[Int]]) -> Int { 5 * (inputs.first?.shapeCount ?? 0) }

  /// Nothing: what the gradient needs is kept by the layer.
  public var backwardUse: BackwardUse { [] }

  /// The same time steps count.
  public var maskRole: MaskRole { .passes }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    GroupNormalizationLayer(self, plan)
  }
}

private final class GroupNormalizationLayer: Layer {
  private let affine: NormalizationAffine
  private let plan: LayerPlan
  private let groups: Int
  private let channels: Int
  private let positions: Int
  /// Sample by sample, group by group: the positions' channels of one group together.
  private let normalized: UnsafeMutablePointer<Float>
  private let grouped: UnsafeMutablePointer<Float>
  private let inverse: UnsafeMutablePointer<Float>
  private let rows: UnsafeMutablePointer<Float>
  private var gamma: UnsafeMutablePointer<Float>?
  private var beta: UnsafeMutablePointer<Float>?
  private var gammaGradient: UnsafeMutablePointer<Float>?
  private var betaGradient: UnsafeMutablePointer<Float>?

  init(_ configuration: GroupNormalization, _ plan: LayerPlan) {
    self.affine = configuration.affine
    self.plan = plan
    channels = plan.inputShape[plan.inputShape.count - 1]
    groups = configuration.groups == -1 ? channels : configuration.groups
    positions = plan.inputCount / channels
    let count = plan.batchSize * plan.inputCount
    func block(_ count: Int) -> UnsafeMutablePointer<Float> {
      plan.arena.allocate(count).baseAddress ?? plan.output
    }
    grouped = block(count)
    normalized = block(count)
    rows = block(count)
    inverse = block(plan.batchSize * groups)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    gamma = affine.scale ? parameters : nil
    gammaGradient = affine.scale ? gradient : nil
    let offset = affine.scale ? channels : 0
    beta = affine.center ? parameters + offset : nil
    betaGradient = affine.center ? gradient.map { $0 + offset } : nil
  }

  func forward(_ pass: Pass) {
    let count = positions * channels / groups
    regroup(plan.input, to: grouped)
    ck_row_normalize(
      plan.batchSize * groups, count, Float(affine.epsilon), 0, grouped, normalized, inverse)
    ungroup(normalized, to: rows)
    ck_rows_affine(plan.batchSize * positions, channels, rows, gamma, beta, plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient else { return }
    ck_rows_affine_backward(
      plan.batchSize * positions, channels, rows, gamma, dy, gammaGradient, betaGradient)
    guard let dx = plan.inputGradient else { return }
    regroup(dy, to: grouped)
    ck_row_normalize_backward(
      plan.batchSize * groups, positions * channels / groups, 0, normalized, grouped, inverse,
      grouped)
    ungroup(grouped, to: dx)
  }

  private func regroup(
    _ x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>
  ) {
    let width = channels / groups
    for sample in 0..<plan.batchSize {
      for group in 0..<groups {
        let to = y + (sample * groups + group) * positions * width
        let from = x + sample * positions * channels + group * width
        for place in 0..<positions {
          (to + place * width).update(from: from + place * channels, count: width)
        }
      }
    }
  }

  private func ungroup(
    _ x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>
  ) {
    let width = channels / groups
    for sample in 0..<plan.batchSize {
      for group in 0..<groups {
        let from = x + (sample * groups + group) * positions * width
        let to = y + sample * positions * channels + group * width
        for place in 0..<positions {
          (to + place * channels).update(from: from + place * width, count: width)
        }
      }
    }
  }
}
