/// A layer compiled for one batch size: it knows its memory and runs over it.
public protocol Layer: AnyObject {
  /// Sets where the layer's own parameters and their gradient begin.
  ///
  /// Allocates nothing.
  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?)
  /// Computes the output from the input.
  func forward(_ pass: Pass)
  /// Computes the parameters' gradient, and the input's where it is wanted, from the output's,
  /// which it may overwrite.
  ///
  /// Follows a `forward` of the same pass.
  func backward(_ pass: Pass)
}

extension Layer {
  /// Nothing: the layer has no parameters.
  public func bind(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) {}
}

/// What a layer is told about the run it is part of.
public struct Pass: Sendable {
  /// Whether the network is being trained: dropout acts only then.
  public var isTraining: Bool
  /// The run's seed for random masks.
  public var seed: UInt64
  /// The step's number, so that each step draws other masks.
  public var step: UInt64

  /// Describes a run.
  public init(isTraining: Bool, seed: UInt64 = 0, step: UInt64 = 0) {
    self.isTraining = isTraining
    self.seed = seed
    self.step = step
  }
}

/// The memory and the sizes that a layer is compiled for.
///
/// All arrays are row-major with the batch axis first. The executor owns them.
public struct LayerPlan {
  /// The layer's place in the network, from 0.
  public let index: Int
  /// The rows of a batch.
  public let batchSize: Int
  /// One sample's shapes.
  public let inputShape: [Int], outputShape: [Int]
  /// What the layer reads.
  public let input: UnsafeMutablePointer<Float>
  /// What the layer writes.
  public let output: UnsafeMutablePointer<Float>
  /// Where the layer writes the gradient of its input; nil when nobody wants it.
  public let inputGradient: UnsafeMutablePointer<Float>?
  /// Where the layer finds the gradient of its output; nil when the network is not trained.
  public let outputGradient: UnsafeMutablePointer<Float>?
  /// Memory that the layer keeps for itself.
  public let arena: FloatArena
  let engine: OneDNN
  let scratch: Scratch

  /// The floats of one sample.
  public var inputCount: Int { inputShape.reduce(1, *) }
  /// The floats of one sample.
  public var outputCount: Int { outputShape.reduce(1, *) }
}
