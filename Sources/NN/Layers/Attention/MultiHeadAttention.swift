public import Configuration

/// Scaled dot-product attention by several heads side by side.
///
/// Vaswani and others (2017), "Attention is all you need", section 3.2.2.
///
/// Each head compares projections of the query with projections of the key, and adds up projections of
/// the value by softmax(q k / sqrt(key_dim)); a last projection puts the heads together. One input
/// attends to itself; two are query and value, three query, value and key, each [places, features].
///
/// Places that a mask of the key or the value leaves out are not looked at. A query that is left out
/// itself, or to which nothing is left, takes the mean of all values. The output has the query's mask.
public struct MultiHeadAttention: LayerConfiguration {
  /// `multi_head_attention`.
  public static let name = "multi_head_attention"
  /// `MultiHeadAttention`.
  public static let kerasClass = "MultiHeadAttention"
  /// The number of heads.
  public var headCount: Int
  /// The length of a head's queries and keys.
  public var keyLength: Int
  /// The length of a head's values; nil for that of the keys.
  public var valueLength: Int?
  /// The fraction of the attention that training drops.
  public var dropout: Double
  /// Whether the projections have biases.
  public var useBias: Bool
  /// Whether a place attends only to itself and to those before it.
  public var isCausal: Bool
  /// How the kernels begin.
  public var kernelInitializer: Initializer
  /// How the biases begin.
  public var biasInitializer: Initializer
  /// Penalties on the size of all four kernels, and of all biases.
  public var kernelRegularizer, biasRegularizer: Regularizer?

  /// Describes the layer.
  public init(
    heads: Int, keyLength: Int, valueLength: Int? = nil, dropout: Double = 0,
    useBias: Bool = true, isCausal: Bool = false, kernelInitializer: Initializer = .glorotUniform,
    biasInitializer: Initializer = .zeros
  ) {
    precondition(heads > 0 && keyLength > 0 && (valueLength ?? 1) > 0)
    precondition((0..<1).contains(dropout))
    headCount = heads
    self.keyLength = keyLength
    self.valueLength = valueLength
    self.dropout = dropout
    self.useBias = useBias
    self.isCausal = isCausal
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  /// Reads `num_heads`, `key_dim`, `value_dim`, `dropout`, `use_bias`, `use_causal_mask`,
  /// `kernel_initializer`, `bias_initializer`, `kernel_regularizer` and `bias_regularizer`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      heads: try options.int("num_heads", in: 1...65_536),
      keyLength: try options.int("key_dim", in: 1...Int(Int32.max)),
      valueLength: options.contains("value_dim")
        ? try options.int("value_dim", in: 1...Int(Int32.max)) : nil,
      dropout: try options.fraction("dropout", default: 0),
      useBias: try options.bool("use_bias", default: true),
      isCausal: try options.bool("use_causal_mask", default: false),
      kernelInitializer: try options.initializer("kernel_initializer", default: .glorotUniform),
      biasInitializer: try options.initializer("bias_initializer", default: .zeros))
    kernelRegularizer = try options.regularizer("kernel_regularizer")
    biasRegularizer = try options.regularizer("bias_regularizer")
  }

  /// The options, defaults included.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("num_heads", Value(.int(headCount))), .init("key_dim", Value(.int(keyLength))),
      .init("dropout", Value(.number(dropout))), .init("use_bias", Value(.bool(useBias))),
      .init("use_causal_mask", Value(.bool(isCausal))),
      .init("kernel_initializer", kernelInitializer.value),
      .init("bias_initializer", biasInitializer.value),
    ]
    if let valueLength { entries.append(.init("value_dim", Value(.int(valueLength)))) }
    if let kernelRegularizer {
      entries.append(.init("kernel_regularizer", kernelRegularizer.value))
    }
    if let biasRegularizer { entries.append(.init("bias_regularizer", biasRegularizer.value)) }
    return Value(.map(entries))
  }

  /// Reads the configuration of Keras' `MultiHeadAttention`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.refuse([
      "output_shape", "activity_regularizer", "kernel_constraint", "bias_constraint",
      "sliding_window",
    ])
    for key in ["seed", "query_shape", "key_shape", "value_shape", "flash_attention"] {
      _ = keras.value(key)
    }
    if let axes = keras.value("attention_axes"), axes.int != 1,
      axes.items?.map(\.int) != [1]
    {
      throw keras.error("only the places, axis 1, are supported", "attention_axes", axes)
    }
    if keras.value("use_gate") == true {
      throw keras.error("gated attention is not supported", "use_gate")
    }
    self.init(
      heads: try keras.int("num_heads", in: 1...65_536),
      keyLength: try keras.int("key_dim", in: 1...Int(Int32.max)),
      valueLength: keras.contains("value_dim")
        ? try keras.int("value_dim", in: 1...Int(Int32.max)) : nil,
      dropout: try keras.fraction("dropout", default: 0),
      useBias: try keras.bool("use_bias", default: true), isCausal: false,
      kernelInitializer: try keras.kerasInitializer("kernel_initializer", default: .glorotUniform),
      biasInitializer: try keras.kerasInitializer("bias_initializer", default: .zeros))
    kernelRegularizer = try keras.kerasRegularizer("kernel_regularizer")
    biasRegularizer = try keras.kerasRegularizer("bias_regularizer")
    if valueLength == keyLength { valueLength = nil }
  }

  /// Keras' `MultiHeadAttention`; whether it is causal stands in its call.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [
        .init("num_heads", Value(.int(headCount))), .init("key_dim", Value(.int(keyLength))),
        .init("value_dim", Value(.int(valueLength ?? keyLength))),
        .init("dropout", Value(.number(dropout))), .init("use_bias", Value(.bool(useBias))),
        .init("kernel_initializer", kernelInitializer.kerasConfig),
        .init("bias_initializer", biasInitializer.kerasConfig),
        .init("kernel_regularizer", kernelRegularizer?.kerasConfig ?? Value(.null)),
        .init("bias_regularizer", biasRegularizer?.kerasConfig ?? Value(.null)),
      ]
    )
  }

  /// Query and value.
  public var kerasCall: KerasCall {
    KerasCall(
      leastInputs: 2, arguments: isCausal ? [.init("use_causal_mask", Value(.bool(true)))] : [])
  }

  /// The layer as a call of Keras has it.
  public func called(with arguments: [Value.Entry]) throws(NetworkError)
    -> any LayerConfiguration
  {
    var copy = self
    for argument in arguments {
      guard argument.key == "use_causal_mask", case .bool(let isCausal) = argument.value.kind
      else { throw NetworkError("is called with '\(argument.key)', which is not supported") }
      copy.isCausal = isCausal
    }
    return copy
  }

  /// The query's shape.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    guard (1...3).contains(inputs.count), inputs.allSatisfy({ $0.count == 2 }) else {
      throw NetworkError(
        "takes one to three inputs (query, value, key) of the shape [places, features], found "
          + inputs.map { "\($0)" }.joined(separator: ", "))
    }
    guard inputs.dropFirst().allSatisfy({ $0[0] == inputs[inputs.count - 1][0] }) else {
      throw NetworkError("value and key must have as many places as each other")
    }
    return [inputs[0]]
  }

  /// Kernel and bias of the projections: query, key, value, output.
  public func parameters(forInputs inputs: [[Int]]) -> [ParameterSlot] {
    let query = inputs[0][1]
    let value = (inputs.count > 1 ? inputs[1] : inputs[0])[1]
    let key = (inputs.count > 2 ? inputs[2] : inputs.count > 1 ? inputs[1] : inputs[0])[1]
    let valueLength = valueLength ?? keyLength
    var slots: [ParameterSlot] = []
    func add(_ name: String, _ kernel: [Int], _ bias: [Int]) {
      slots.append(
        ParameterSlot(
          "\(name)_kernel", shape: kernel, initializer: kernelInitializer,
          regularizer: kernelRegularizer))
      if useBias {
        slots.append(
          ParameterSlot(
            "\(name)_bias", shape: bias, initializer: biasInitializer,
            regularizer: biasRegularizer))
      }
    }
    add("query", [query, headCount, keyLength], [headCount, keyLength])
    add("key", [key, headCount, keyLength], [headCount, keyLength])
    add("value", [value, headCount, valueLength], [headCount, valueLength])
    add("output", [headCount, valueLength, query], [query])
    return slots
  }

  /// The four projections with their biases, the comparisons and the sums, two for each product; and for each
  /// comparison its scaling and a softmax, which is one as all functions are.
  public func operationCount(for inputs: [[Int]]) -> Int {
    let query = inputs[0]
    let value = inputs.count > 1 ? inputs[1] : query
    let key = inputs.count > 2 ? inputs[2] : value
    let keys = headCount * keyLength
    let values = headCount * (valueLength ?? keyLength)
    let places = key[0]
    let projections =
      query[0] * query[1] * (keys + values) + places * (key[1] * keys + value[1] * values)
    let biases = useBias ? query[0] * (keys + query[1]) + places * (keys + values) : 0
    let comparisons = query[0] * places
    return 2 * (projections + comparisons * (keys + values)) + biases + 2 * headCount * comparisons
  }

  /// The inputs.
  public var backwardUse: BackwardUse { .inputs }

  /// The query's places.
  public var maskRole: MaskRole { .passes }

  /// Whether attention is dropped.
  public var drawsNoise: Bool { dropout > 0 }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    try MultiHeadAttentionLayer(self, plan)
  }
}
