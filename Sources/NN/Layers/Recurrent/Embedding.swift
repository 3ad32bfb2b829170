private import CKernels
public import Configuration

/// Turns whole numbers into rows of a trained table: y = E[x].
///
/// Its input has any shape, its output that shape and `outputDim`. E is [inputDim, outputDim]. An index
/// that is no whole number in 0..<inputDim gives NaN, which shows in the loss.
public struct Embedding: LayerConfiguration {
  /// `embedding`.
  public static let name = "embedding"
  /// `Embedding`.
  public static let kerasClass = "Embedding"
  /// The rows of the table: the largest index and one.
  public var inputDim: Int
  /// The numbers of a row.
  public var outputDim: Int
  /// How the table begins.
  public var embeddingsInitializer: Initializer
  /// A penalty on the size of the whole table, used rows or not.
  public var embeddingsRegularizer: Regularizer?
  /// Whether index 0 stands for a time step that is not there.
  public var maskZero: Bool

  /// Describes a layer.
  public init(
    inputDim: Int, outputDim: Int,
    embeddingsInitializer: Initializer = .randomUniform(low: -0.05, high: 0.05),
    embeddingsRegularizer: Regularizer? = nil, maskZero: Bool = false
  ) {
    precondition(inputDim > 0 && outputDim > 0, "a table of \(inputDim) x \(outputDim)")
    self.inputDim = inputDim
    self.outputDim = outputDim
    self.embeddingsInitializer = embeddingsInitializer
    self.embeddingsRegularizer = embeddingsRegularizer
    self.maskZero = maskZero
  }

  /// The indices that a float tells apart.
  private static let largest = 1 << 24

  /// Reads `input_dim`, `output_dim`, `embeddings_initializer`, `embeddings_regularizer` and `mask_zero`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      inputDim: try options.int("input_dim", in: 1...Self.largest),
      outputDim: try options.int("output_dim", in: 1...Int(Int32.max)),
      embeddingsInitializer: try options.initializer(
        "embeddings_initializer", default: .randomUniform(low: -0.05, high: 0.05)),
      embeddingsRegularizer: try options.regularizer("embeddings_regularizer"),
      maskZero: try options.bool("mask_zero", default: false))
  }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("input_dim", Value(.int(inputDim))), .init("output_dim", Value(.int(outputDim))),
      .init("embeddings_initializer", embeddingsInitializer.value),
      .init("mask_zero", Value(.bool(maskZero))),
    ]
    if let embeddingsRegularizer {
      entries.append(.init("embeddings_regularizer", embeddingsRegularizer.value))
    }
    return Value(.map(entries))
  }

  /// Reads the configuration of Keras' `Embedding`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse([
      "activity_regularizer", "embeddings_constraint", "weights",
      "lora_rank", "lora_alpha", "quantization_config",
    ])
    if try keras.bool("sparse", default: false) {
      throw keras.error("is not supported", "sparse")
    }
    _ = keras.value("input_length")  // Keras 2: what the input says, too
    self.init(
      inputDim: try keras.int("input_dim", in: 1...Self.largest),
      outputDim: try keras.int("output_dim", in: 1...Int(Int32.max)),
      embeddingsInitializer: try keras.kerasInitializer(
        "embeddings_initializer", default: .randomUniform(low: -0.05, high: 0.05)),
      embeddingsRegularizer: try keras.kerasRegularizer("embeddings_regularizer"),
      maskZero: try keras.bool("mask_zero", default: false))
  }

  /// Keras' `Embedding`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [
        .init("input_dim", Value(.int(inputDim))), .init("output_dim", Value(.int(outputDim))),
        .init("embeddings_initializer", embeddingsInitializer.kerasConfig),
        .init("embeddings_regularizer", embeddingsRegularizer?.kerasConfig ?? Value(.null)),
        .init("mask_zero", Value(.bool(maskZero))),
      ]
    )
  }

  /// The input's shape and `outputDim`.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard !maskZero || input.count == 1 else {
      throw NetworkError(
        "with mask_zero takes sequences of the shape [steps], found \(input): put `flatten` before it"
      )
    }
    return input + [outputDim]
  }

  /// `embeddings`.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    [
      ParameterSlot(
        "embeddings", shape: [inputDim, outputDim], initializer: embeddingsInitializer,
        regularizer: embeddingsRegularizer)
    ]
  }

  /// None: rows are copied.
  public func operationCount(for inputs: [[Int]]) -> Int { 0 }

  /// The indices.
  public var backwardUse: BackwardUse { .inputs }

  /// With `maskZero` the steps count whose index is not 0.
  public var maskRole: MaskRole { maskZero ? .makes : .drops }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    EmbeddingLayer(self, plan)
  }
}

private final class EmbeddingLayer: Layer {
  private let configuration: Embedding
  private let plan: LayerPlan
  private let count: Int
  private var table: UnsafeMutablePointer<Float>?
  private var gradient: UnsafeMutablePointer<Float>?

  init(_ configuration: Embedding, _ plan: LayerPlan) {
    self.configuration = configuration
    self.plan = plan
    count = plan.batchSize * plan.inputCount
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    table = parameters
    self.gradient = gradient
  }

  func forward(_ pass: Pass) {
    guard let table else { return }
    ck_embed(
      count, configuration.inputDim, configuration.outputDim, plan.input, table, plan.output)
    if configuration.maskZero, let mask = plan.outputMask {
      ck_mask_rows(count, 1, 0, plan.input, nil, mask)
    }
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = plan.outputGradient else { return }
    if let gradient {
      ck_embed_backward(
        count, configuration.inputDim, configuration.outputDim, plan.input, outputGradient, gradient
      )
    }
    // An index has no gradient.
    plan.inputGradient?.update(repeating: 0, count: count)
  }
}
