/// A layer compiled for one batch size: it knows its memory and runs over it.
public protocol Layer: AnyObject {
  /// Sets where the layer's trained weights and their gradient begin.
  ///
  /// Allocates nothing.
  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?)
  /// Sets where the weights begin that no gradient changes, and where a training pass writes what is
  /// to be added to them.
  ///
  /// Who runs the step adds the change, so that workers that share the weights add to each other's.
  /// Allocates nothing.
  func bind(state: UnsafeMutablePointer<Float>, change: UnsafeMutablePointer<Float>?)
  /// Computes the outputs from the inputs.
  func forward(_ pass: Pass)
  /// Computes the weights' gradient, and the inputs' where they are wanted, from the outputs', which
  /// it may overwrite.
  ///
  /// Follows a `forward` of the same pass.
  func backward(_ pass: Pass)
  /// The same for a step that changes the weights at once: the layer may hand the gradient of its first
  /// trained weights to `update` instead of writing it, when it has read these weights for the last
  /// time.
  ///
  /// Returns how many weights that were.
  func backward(_ pass: Pass, into update: BackwardUpdate) -> Int
  /// What the layer adds to the loss, summed over the batch's rows, as of the last `forward`.
  ///
  /// Its gradient, that of the mean over the rows, is part of what `backward` writes.
  var penalty: Double { get }
}

extension Layer {
  /// Writes the gradient and leaves the update to who runs the step.
  public func backward(_ pass: Pass, into update: BackwardUpdate) -> Int {
    backward(pass)
    return 0
  }
  /// 0: most layers leave the loss alone.
  public var penalty: Double { 0 }
  /// Nothing: the layer has no trained weights.
  public func bind(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) {}
  /// Nothing: the layer has no other weights.
  public func bind(state: UnsafeMutablePointer<Float>, change: UnsafeMutablePointer<Float>?) {}
}

/// What a layer is told about the run it is part of.
public struct Pass: Sendable {
  /// Whether the network is being trained: batch normalization takes the batch's own statistics.
  public var isTraining: Bool
  /// Whether dropout and noise act: in training, and in a prediction that samples them.
  public var drawsNoise: Bool
  /// The run's seed for random masks.
  public var seed: UInt64
  /// The step's number, so that each step draws other masks.
  public var step: UInt64

  /// Describes a run; without another word noise is drawn in training only.
  public init(isTraining: Bool, drawsNoise: Bool? = nil, seed: UInt64 = 0, step: UInt64 = 0) {
    self.isTraining = isTraining
    self.drawsNoise = drawsNoise ?? isTraining
    self.seed = seed
    self.step = step
  }

  /// The key of a layer's random numbers in this step.
  func key(_ layer: Int) -> UInt64 {
    RandomGenerator.fold(RandomGenerator.fold(seed, UInt64(layer)), step)
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
  public let inputShapes: [[Int]], outputShapes: [[Int]]
  /// What the layer reads.
  public let inputs: [UnsafeMutablePointer<Float>]
  /// What the layer writes.
  public let outputs: [UnsafeMutablePointer<Float>]
  /// Where the layer writes the gradient of each input; nil when nobody wants it.
  public let inputGradients: [UnsafeMutablePointer<Float>?]
  /// Where the layer finds the gradient of each output; nil when the network is not trained, or
  /// nothing that is trained reads this output.
  public let outputGradients: [UnsafeMutablePointer<Float>?]
  /// The mask of each input's time steps, batchSize x steps floats of 1 or 0; nil: all count.
  public let inputMasks: [UnsafeMutablePointer<Float>?]
  /// Where a layer whose role is to make a mask writes it.
  public let outputMask: UnsafeMutablePointer<Float>?
  /// Memory that the layer keeps for itself.
  public let arena: FloatArena
  let engine: OneDNN
  let scratch: Scratch
  /// The channels that lie together in the first input and the first output, and in their gradients:
  /// 1 for plain rows; see `TensorLayout`.
  var inputBlock = 1
  var outputBlock = 1
  /// What pooling applies to its output instead of the convolution before it.
  var lateActivation: Activation?

  /// The first input's shape.
  public var inputShape: [Int] { inputShapes[0] }
  /// The first output's shape.
  public var outputShape: [Int] { outputShapes[0] }
  /// The first input.
  public var input: UnsafeMutablePointer<Float> { inputs[0] }
  /// The first output.
  public var output: UnsafeMutablePointer<Float> { outputs[0] }
  /// The mask of the first input's time steps.
  public var inputMask: UnsafeMutablePointer<Float>? { inputMasks[0] }
  /// The gradient of the first input.
  public var inputGradient: UnsafeMutablePointer<Float>? { inputGradients[0] }
  /// The gradient of the first output.
  public var outputGradient: UnsafeMutablePointer<Float>? { outputGradients[0] }
  /// The floats of one sample of the first input.
  public var inputCount: Int { inputShape.reduce(1, *) }
  /// The floats of one sample of the first output.
  public var outputCount: Int { outputShape.reduce(1, *) }
  /// Whether a backward pass will run.
  public var isTrained: Bool { outputGradients.contains { $0 != nil } }
}
