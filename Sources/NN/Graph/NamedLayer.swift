/// A layer in a network: what it is called, what it reads, and whether its weights are another one's.
public struct NamedLayer: Sendable {
  /// The name, or nil to be named after the layer's kind: `dense`, `dense_1`.
  public var name: String?
  /// What the layer is.
  public var layer: any LayerConfiguration
  /// What it reads: names of layers or of the network's inputs; nil for the layer before it, or the
  /// network's only input.
  ///
  /// The outputs of a layer that has several are `name`, `name:1`, `name:2`.
  public var inputs: [String]?
  /// The name of an earlier layer whose weights this one uses, too.
  public var sharing: String?
  /// Whether its weights stay as they are, and it runs as in a prediction; see `Network.frozen`.
  public var isFrozen: Bool

  /// Places a layer.
  public init(
    _ name: String? = nil, _ layer: any LayerConfiguration, inputs: [String]? = nil,
    sharing: String? = nil, isFrozen: Bool = false
  ) {
    self.isFrozen = isFrozen
    self.name = name
    self.layer = layer
    self.inputs = inputs
    self.sharing = sharing
  }
}

/// One input of a network.
public struct NetworkInput: Sendable, Equatable {
  /// What layers call it.
  public var name: String
  /// One sample's shape.
  public var shape: [Int]

  /// Describes an input.
  public init(_ name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// The floats of one sample.
  public var count: Int { shape.reduce(1, *) }
}
