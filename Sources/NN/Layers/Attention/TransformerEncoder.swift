public import Configuration

/// An encoder block of a transformer: attention of a sequence to itself, then two dense layers at each
/// place, each with a residual connection and a normalization.
///
/// Vaswani and others (2017), "Attention is all you need", section 3.1; names, defaults and the order
/// of its parts are those of `TransformerEncoder` in KerasHub. The input is [places, features], the
/// features a multiple of the heads.
public struct TransformerEncoder: CompositeLayer {
  /// `transformer_encoder`.
  public static let name = "transformer_encoder"
  /// The number of heads.
  public var headCount: Int
  /// The units of the first dense layer.
  public var intermediateUnits: Int
  /// What the first dense layer ends with.
  public var activation: Activation
  /// The fraction that training drops of the attention and of both parts' results.
  public var dropout: Double
  /// What is added to the variance in the normalizations.
  public var epsilon: Double
  /// Whether each part's input is normalized (Xiong and others 2020) rather than the sum behind it.
  public var normalizesFirst: Bool
  /// Whether a place attends only to itself and to those before it.
  public var isCausal: Bool

  /// Describes the block.
  public init(
    heads: Int, intermediateUnits: Int, activation: Activation = .relu, dropout: Double = 0,
    epsilon: Double = 1e-5, normalizesFirst: Bool = false, isCausal: Bool = false
  ) {
    precondition(heads > 0 && intermediateUnits > 0)
    precondition((0..<1).contains(dropout) && epsilon > 0)
    headCount = heads
    self.intermediateUnits = intermediateUnits
    self.activation = activation
    self.dropout = dropout
    self.epsilon = epsilon
    self.normalizesFirst = normalizesFirst
    self.isCausal = isCausal
  }

  /// Reads `num_heads`, `intermediate_dim`, `activation`, `dropout`, `layer_norm_epsilon`,
  /// `normalize_first` and `use_causal_mask`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(
      heads: try options.int("num_heads", in: 1...65_536),
      intermediateUnits: try options.int("intermediate_dim", in: 1...Int(Int32.max)),
      activation: try options.activation("activation", default: .relu),
      dropout: try options.fraction("dropout", default: 0),
      epsilon: try options.positive("layer_norm_epsilon", default: 1e-5),
      normalizesFirst: try options.bool("normalize_first", default: false),
      isCausal: try options.bool("use_causal_mask", default: false))
  }

  /// The options, defaults included.
  public var value: Value {
    [
      "num_heads": Value(.int(headCount)), "intermediate_dim": Value(.int(intermediateUnits)),
      "activation": activation.value, "dropout": Value(.number(dropout)),
      "layer_norm_epsilon": Value(.number(epsilon)),
      "normalize_first": Value(.bool(normalizesFirst)), "use_causal_mask": Value(.bool(isCausal)),
    ]
  }

  /// With dropout.
  public var drawsNoise: Bool { dropout > 0 }

  /// Ten layers at most.
  public func layers(
    named name: String, inputs: [String], shapes: [[Int]]
  ) throws(NetworkError) -> [NamedLayer] {
    guard shapes.count == 1, shapes[0].count == 2 else {
      throw NetworkError(
        "takes one input of the shape [places, features], found "
          + shapes.map { "\($0)" }.joined(separator: ", "))
    }
    let features = shapes[0][1]
    guard features % headCount == 0 else {
      throw NetworkError(
        "\(features) features cannot be shared among \(headCount) heads: make one a multiple of "
          + "the other")
    }
    var block = Block(
      name: name, normalization: LayerNormalization(NormalizationAffine(epsilon: epsilon)))
    let attention = MultiHeadAttention(
      heads: headCount, keyLength: features / headCount, dropout: dropout, isCausal: isCausal)
    let attended = block.residual("attention", of: inputs[0], normalizesFirst) {
      [("", attention)] + dropped
    }
    _ = block.residual("feedforward", of: attended, normalizesFirst) {
      [
        ("_intermediate", Dense(units: intermediateUnits, activation: activation)),
        ("_output", Dense(units: features)),
      ] + dropped
    }
    return block.layers
  }

  private var dropped: [(suffix: String, layer: any LayerConfiguration)] {
    dropout > 0 ? [("_dropout", Dropout(rate: dropout))] : []
  }
}

/// The layers of a block while they are put together.
private struct Block {
  let name: String
  let normalization: LayerNormalization
  private(set) var layers: [NamedLayer] = []

  init(name: String, normalization: LayerNormalization) {
    self.name = name
    self.normalization = normalization
  }

  /// Adds a layer and returns its name.
  private mutating func add(
    _ suffix: String, _ layer: any LayerConfiguration, _ inputs: [String]
  ) -> String {
    let name = "\(name)_\(suffix)"
    layers.append(NamedLayer(name, layer, inputs: inputs))
    return name
  }

  /// Adds layers one after the other, the sum of what they read and give, and a normalization before
  /// or behind them; returns the name of what comes out.
  mutating func residual(
    _ part: String, of input: String, _ normalizesFirst: Bool,
    _ stack: () -> [(suffix: String, layer: any LayerConfiguration)]
  ) -> String {
    var last = input
    if normalizesFirst { last = add("\(part)_norm", normalization, [last]) }
    for (suffix, layer) in stack() { last = add(part + suffix, layer, [last]) }
    last = add("\(part)_add", Add(), [input, last])
    return normalizesFirst ? last : add("\(part)_norm", normalization, [last])
  }
}
