/// A tensor of a network that is being written down: what a layer gives when it is called.
///
/// ```swift
/// let image = Input([28, 28], name: "image")
/// let hidden = Dense(units: 64, activation: .relu)(Flatten()(image))
/// let sum = Add()(hidden, Dense(units: 64)(hidden))
/// let network = try Network(inputs: [image], outputs: [Dense(units: 10)(sum)])
/// ```
public struct Symbol: Sendable {
  let node: SymbolNode
  /// Which of the layer's outputs.
  let output: Int

  /// Another output of the same layer: 1 for an LSTM's first state.
  public func output(_ index: Int) -> Symbol { Symbol(node: node, output: index) }
}

/// Where a symbol comes from; two symbols of one call share it.
final class SymbolNode: Sendable {
  /// The layer that was called; nil for an input.
  let layer: (any LayerConfiguration)?
  let name: String?
  /// An input's shape.
  let shape: [Int]
  let inputs: [Symbol]
  /// What the calls of a shared layer have in common.
  let shared: SharedLayer?

  init(
    layer: (any LayerConfiguration)?, name: String?, shape: [Int] = [], inputs: [Symbol] = [],
    shared: SharedLayer? = nil
  ) {
    self.layer = layer
    self.name = name
    self.shape = shape
    self.inputs = inputs
    self.shared = shared
  }
}

/// An input of a network that is being written down, for samples of the shape `shape`.
public func Input(_ shape: [Int], name: String? = nil) -> Symbol {
  Symbol(node: SymbolNode(layer: nil, name: name, shape: shape), output: 0)
}

extension LayerConfiguration {
  /// Applies a new layer of this configuration.
  public func callAsFunction(_ inputs: Symbol..., name: String? = nil) -> Symbol {
    Symbol(node: SymbolNode(layer: self, name: name, inputs: inputs), output: 0)
  }
}

/// A layer that is applied in several places with the same weights.
public final class SharedLayer: Sendable {
  let layer: any LayerConfiguration
  let name: String?

  /// Makes a layer that may be called more than once.
  public init(_ layer: any LayerConfiguration, name: String? = nil) {
    self.layer = layer
    self.name = name
  }

  /// Applies the layer.
  public func callAsFunction(_ inputs: Symbol...) -> Symbol {
    Symbol(node: SymbolNode(layer: layer, name: nil, inputs: inputs, shared: self), output: 0)
  }
}

extension Network {
  /// The network that leads from some symbols to others.
  ///
  /// - Parameters:
  ///   - name: The network's name in the model file.
  ///   - inputs: What `Input` gave.
  ///   - outputs: What layers gave.
  /// - Throws: `NetworkError` for shapes that do not fit, and for outputs that need an input which is
  ///   not among `inputs`.
  public init(
    name: String = "sounder", inputs: [Symbol], outputs: [Symbol]
  ) throws(NetworkError) {
    var writer = SymbolWriter()
    for (index, input) in inputs.enumerated() { writer.addInput(input.node, index) }
    for output in outputs { try writer.visit(output.node) }
    try self.init(
      name: name, inputs: writer.inputs, layers: writer.layers,
      outputs: outputs.map { writer.name($0) })
  }
}

/// Puts the layers behind symbols into order, and names them.
private struct SymbolWriter {
  private(set) var inputs: [NetworkInput] = []
  private(set) var layers: [NamedLayer] = []
  private var names: [ObjectIdentifier: String] = [:]
  private var shared: [ObjectIdentifier: String] = [:]
  private var taken = Set<String>()

  mutating func addInput(_ node: SymbolNode, _ index: Int) {
    let name = node.name ?? (index == 0 ? "input" : "input_\(index)")
    names[ObjectIdentifier(node)] = name
    inputs.append(NetworkInput(name, shape: node.shape))
  }

  /// Adds what the symbol needs, then itself; without recursion, for graphs of any depth.
  mutating func visit(_ node: SymbolNode) throws(NetworkError) {
    var stack = [node]
    while let next = stack.last {
      guard names[ObjectIdentifier(next)] == nil else {
        stack.removeLast()
        continue
      }
      guard let layer = next.layer else {
        throw NetworkError(
          "an output needs the input '\(next.name ?? "of the shape \(next.shape)")', which is not "
            + "among the network's inputs")
      }
      let missing = next.inputs.filter { names[ObjectIdentifier($0.node)] == nil }
      guard missing.isEmpty else {
        stack += missing.map(\.node)
        continue
      }
      add(next, layer)
      stack.removeLast()
    }
  }

  private mutating func add(_ node: SymbolNode, _ layer: any LayerConfiguration) {
    let kind = type(of: layer).name
    let sharing = node.shared.flatMap { shared[ObjectIdentifier($0)] }
    let name = node.name ?? free(sharing.map { "\($0)_2" } ?? node.shared?.name ?? kind)
    taken.insert(name)
    layers.append(
      NamedLayer(name, layer, inputs: node.inputs.map { self.name($0) }, sharing: sharing))
    names[ObjectIdentifier(node)] = name
    if let own = node.shared, sharing == nil { shared[ObjectIdentifier(own)] = name }
  }

  /// `dense`, `dense_1`.
  private mutating func free(_ kind: String) -> String {
    var name = kind
    var number = 0
    while taken.contains(name) || inputs.contains(where: { $0.name == name }) {
      number += 1
      name = "\(kind)_\(number)"
    }
    return name
  }

  func name(_ symbol: Symbol) -> String {
    let name = names[ObjectIdentifier(symbol.node)] ?? ""
    return symbol.output == 0 ? name : "\(name):\(symbol.output)"
  }
}
