public import Configuration

/// Runs a recurrent layer forwards, another one backwards, and merges what they give (Schuster and
/// Paliwal, 1997).
///
/// The output of the layer that runs backwards is turned round, so that both belong to the same time
/// steps. Further inputs are the first states of the forward layer, then those of the backward one;
/// with `return_state` the outputs end with both layers' states in that order. In sequences the output
/// of masked steps is 0, as in Keras.
public struct Bidirectional: LayerConfiguration {
  /// `bidirectional`.
  public static let name = "bidirectional"
  /// `Bidirectional`.
  public static let kerasClass = "Bidirectional"
  /// The layer that runs forwards.
  public var layer: any RecurrentConfiguration
  /// The layer that runs backwards, when it has other options.
  public var backwardLayer: (any RecurrentConfiguration)?
  /// How the outputs are merged; nil: they stay two outputs.
  public var mergeMode: MergeMode?

  /// How two outputs become one.
  public enum MergeMode: String, Sendable, CaseIterable {
    /// One behind the other, along the last axis.
    case concatenation = "concat"
    /// Their sum.
    case sum
    /// Their product.
    case product = "mul"
    /// Their mean.
    case average = "ave"
  }

  /// Describes a layer.
  public init(
    _ layer: any RecurrentConfiguration, mergeMode: MergeMode? = .concatenation,
    backwardLayer: (any RecurrentConfiguration)? = nil
  ) {
    self.layer = layer
    self.layer.options.zeroOutputForMask = false
    self.backwardLayer = backwardLayer
    self.backwardLayer?.options.zeroOutputForMask = false
    self.mergeMode = mergeMode
  }

  /// The layer that runs backwards.
  public var backward: any RecurrentConfiguration {
    if let backwardLayer { return backwardLayer }
    var copy = layer
    copy.options.goBackwards = true
    return copy
  }

  /// Reads `layer`, `merge_mode` (concat, sum, mul, ave or null) and `backward_layer`.
  public init(options: inout Options) throws(ConfigurationError) {
    try self.init(&options, keras: false)
  }

  private init(_ options: inout Options, keras: Bool) throws(ConfigurationError) {
    guard let layer = try Self.layer("layer", &options, keras: keras) else {
      throw options.error("the key is missing: it says the layer, as `{lstm: {units: 4}}`", "layer")
    }
    let backward = try Self.layer("backward_layer", &options, keras: keras)
    var mode: MergeMode? = .concatenation
    if options.value("merge_mode") != nil {
      mode = MergeMode(
        rawValue: try options.choice("merge_mode", among: MergeMode.allCases.map(\.rawValue)))
    } else if options.contains("merge_mode") {
      mode = nil
    }
    self.init(layer, mergeMode: mode, backwardLayer: backward)
    guard let backwardLayer else { return }
    let plain = Bidirectional(layer).backward
    if plain.namedValue == backwardLayer.namedValue {
      // Keras writes both layers, also when the second is the first turned round.
      self.backwardLayer = nil
      return
    }
    let (a, b) = (layer.options, backwardLayer.options)
    guard a.goBackwards != b.goBackwards else {
      throw options.error("must have another go_backwards than the layer", "backward_layer")
    }
    guard a.returnSequences == b.returnSequences, a.returnState == b.returnState else {
      throw options.error(
        "must have the same return_sequences and return_state as the layer", "backward_layer")
    }
  }

  private static func layer(
    _ key: String, _ options: inout Options, keras: Bool
  ) throws(ConfigurationError) -> (any RecurrentConfiguration)? {
    guard let layer = try options.wrappedLayer(key, keras: keras) else { return nil }
    guard let recurrent = layer as? any RecurrentConfiguration else {
      throw options.error(
        "takes simple_rnn, lstm or gru, found \(type(of: layer).name)", key)
    }
    return recurrent
  }

  /// The options, defaults included.
  public var value: Value {
    let entries: [Value.Entry] = [
      .init("layer", layer.namedValue),
      .init("merge_mode", mergeMode.map { Value(.string($0.rawValue)) } ?? Value(.null)),
    ]
    return Value(
      .map(entries + (backwardLayer.map { [.init("backward_layer", $0.namedValue)] } ?? [])))
  }

  /// Reads the configuration of Keras' `Bidirectional`.
  public init(keras: inout Options) throws(ConfigurationError) {
    try self.init(&keras, keras: true)
  }

  /// Keras' `Bidirectional`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    var entries: [Value.Entry] = [
      .init("layer", try layer.kerasValue(name: "forward_" + type(of: layer).name)),
      .init("merge_mode", mergeMode.map { Value(.string($0.rawValue)) } ?? Value(.null)),
    ]
    if let backwardLayer {
      entries.append(
        .init(
          "backward_layer",
          try backwardLayer.kerasValue(name: "backward_" + type(of: backwardLayer).name)))
    }
    return (Self.kerasClass, entries)
  }

  /// The inputs of the forward and of the backward layer.
  func split<Item>(_ inputs: [Item]) -> (forward: [Item], backward: [Item]) {
    let states = type(of: layer).stateCount
    guard inputs.count > 1 else { return (inputs, inputs) }
    return (
      Array(inputs.prefix(1 + states)), [inputs[0]] + Array(inputs.dropFirst(1 + states))
    )
  }

  /// The merged output, or two, and the states.
  public func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
    let parts = split(inputs)
    let forward = try layer.outputShapes(for: parts.forward)
    let backward = try backward.outputShapes(for: parts.backward)
    let states = Array(forward.dropFirst() + backward.dropFirst())
    switch mergeMode {
    case nil: return [forward[0], backward[0]] + states
    case .concatenation:
      let width = layer.options.units + self.backward.options.units
      return [forward[0].dropLast() + [width]] + states
    case .sum, .product, .average:
      guard forward[0] == backward[0] else {
        throw NetworkError(
          "merge_mode \(mergeMode?.rawValue ?? "") takes layers of equally many units, found "
            + "\(layer.options.units) and \(self.backward.options.units)")
      }
      return [forward[0]] + states
    }
  }

  /// The forward layer's, then the backward layer's.
  public func parameters(for input: [Int]) -> [ParameterSlot] {
    func slots(_ layer: any RecurrentConfiguration, _ direction: String) -> [ParameterSlot] {
      layer.parameters(for: input).map { slot in
        var slot = slot
        slot.name = "\(direction)_\(slot.name)"
        return slot
      }
    }
    return slots(layer, "forward") + slots(backward, "backward")
  }

  /// Those of both layers, and one for each sum, product or mean of their outputs.
  public func operationCount(for inputs: [[Int]]) -> Int {
    let parts = split(inputs)
    let both =
      layer.operationCount(for: parts.forward) + backward.operationCount(for: parts.backward)
    guard let mergeMode, mergeMode != .concatenation else { return both }
    return both + ((try? layer.outputShapes(for: parts.forward))?.first?.shapeCount ?? 0)
  }

  /// States to begin with are an argument of their own.
  public var kerasCall: KerasCall { KerasCall(hasStates: true) }

  /// The layers keep what they need.
  public var backwardUse: BackwardUse { [] }

  /// As the layer's own.
  public var maskRole: MaskRole { layer.maskRole }

  /// Whether either layer draws.
  public var drawsNoise: Bool { layer.drawsNoise || backward.drawsNoise }

  /// Compiles both layers.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    try BidirectionalLayer(self, plan)
  }
}
