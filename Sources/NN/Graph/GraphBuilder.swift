/// Wires layers by their names, resolves shapes, and lays out the parameter buffer.
struct GraphBuilder {
  private(set) var tensors: [TensorDescription] = []
  private var nodes: [Node] = []
  /// The tensors of each name: an input's, or all outputs of a layer.
  private var named: [String: [Int]] = [:]
  private var inputNames: [String] = []

  private struct Node {
    var name: String
    var configuration: any LayerConfiguration
    var inputs: [Int]
    var outputs: [Int]
    var slots: [ParameterSlot]
    var sharing: Int?
    var isFrozen: Bool
  }

  /// Far beyond any machine's memory, and far from where counts overflow.
  private static let largestParameterCount = 1 << 40
  /// The numbers that one sample may have in any layer: 8 GB.
  private static let largestSampleCount = Int(Int32.max)

  private static func isCountable(_ shape: [Int]) -> Bool {
    shape.shapeCount.map { $0 <= largestSampleCount } ?? false
  }

  mutating func add(_ inputs: [NetworkInput]) throws(NetworkError) {
    guard !inputs.isEmpty else { throw NetworkError("a network needs at least one input") }
    for input in inputs {
      let shape = input.shape
      guard shape.allSatisfy({ $0 > 0 }) else {
        throw NetworkError("samples of the shape \(shape) hold no numbers")
      }
      guard Self.isCountable(shape) else {
        throw NetworkError(
          "samples of the shape \(shape) hold more than \(Self.largestSampleCount) numbers")
      }
      guard named.updateValue([tensors.count], forKey: input.name) == nil else {
        throw NetworkError("two inputs are named '\(input.name)'")
      }
      inputNames.append(input.name)
      tensors.append(TensorDescription(shape: shape, producer: nil))
    }
    guard Self.isCountable([inputs.reduce(0) { $0 + $1.count }]) else {
      throw NetworkError(
        "the inputs of one sample hold more than \(Self.largestSampleCount) numbers")
    }
  }

  mutating func add(_ layers: [NamedLayer]) throws(NetworkError) {
    guard !layers.isEmpty else { throw NetworkError("a network needs at least one layer") }
    for (name, layer) in zip(try names(for: layers), layers) {
      do throws(NetworkError) { try add(layer, name) } catch {
        throw NetworkError("layer '\(name)': \(error.description)", exitCode: error.exitCode)
      }
    }
  }

  private mutating func add(_ layer: NamedLayer, _ name: String) throws(NetworkError) {
    var inputs: [Int] = []
    if let names = layer.inputs {
      guard !names.isEmpty else { throw NetworkError("has an empty list of inputs") }
      for name in names { inputs.append(try tensor(name)) }
    } else if let last = nodes.last {
      inputs = [last.outputs[0]]
    } else {
      guard inputNames.count == 1 else {
        throw NetworkError(
          "the network has several inputs: say with `inputs:` which it reads, of "
            + inputNames.joined(separator: ", "))
      }
      inputs = [0]
    }
    if let block = layer.layer as? any CompositeLayer, layer.sharing == nil {
      return try add(block, name, inputs, isFrozen: layer.isFrozen)
    }
    var configuration = layer.layer
    var isFrozen = layer.isFrozen
    var sharing: Int?
    if let other = layer.sharing {
      guard let place = nodes.firstIndex(where: { $0.name == other }) else {
        throw NetworkError("shares the weights of '\(other)': there is no layer of that name yet")
      }
      sharing = nodes[place].sharing ?? place
      configuration = nodes[place].configuration
      isFrozen = nodes[place].isFrozen
    }
    let shapes = inputs.map { tensors[$0].shape }
    let outputShapes = try configuration.outputShapes(for: shapes)
    for shape in outputShapes {
      guard Self.isCountable(shape) else {
        throw NetworkError(
          "its output of the shape \(shape) has more than \(Self.largestSampleCount) numbers in "
            + "each sample: make it smaller")
      }
    }
    let slots = configuration.parameters(forInputs: shapes)
    if let sharing, slots.map(\.shape) != nodes[sharing].slots.map(\.shape) {
      throw NetworkError(
        "cannot use the weights of '\(nodes[sharing].name)' with an input of the shape "
          + "\(shapes[0]): they are made for another one")
    }
    let first = tensors.count
    for shape in outputShapes {
      tensors.append(TensorDescription(shape: shape, producer: nodes.count))
    }
    let outputs = Array(first..<tensors.count)
    nodes.append(
      Node(
        name: name, configuration: configuration, inputs: inputs, outputs: outputs, slots: slots,
        sharing: sharing, isFrozen: isFrozen))
    named[name] = outputs
  }

  /// Writes a block out: afterwards its name stands for the output of its last layer.
  private mutating func add(
    _ block: any CompositeLayer, _ name: String, _ inputs: [Int], isFrozen: Bool
  ) throws(NetworkError) {
    let layers = try block.layers(
      named: name, inputs: inputs.map(self.name), shapes: inputs.map { tensors[$0].shape })
    for var layer in layers {
      layer.isFrozen = layer.isFrozen || isFrozen
      guard let part = layer.name, named[part] == nil else {
        throw NetworkError(
          "is a block with a layer '\(layer.name ?? "")', and another layer has that name: give "
            + "the block another `name`")
      }
      try add(layer, part)
    }
    if let last = nodes.last { named[name] = last.outputs }
  }

  /// What a later layer calls a tensor.
  private func name(_ tensor: Int) -> String {
    guard let producer = tensors[tensor].producer else { return inputNames[tensor] }
    let node = nodes[producer]
    let output = tensor - node.outputs[0]
    return output == 0 ? node.name : "\(node.name):\(output)"
  }

  /// The tensor of a name: `layer`, or `layer:1` for its second output.
  private func tensor(_ text: String) throws(NetworkError) -> Int {
    if let found = named[text] { return found[0] }
    if let colon = text.lastIndex(of: ":"), let index = Int(text[text.index(after: colon)...]),
      let found = named[String(text[..<colon])]
    {
      guard found.indices.contains(index) else {
        throw NetworkError("reads '\(text)', but '\(text[..<colon])' has \(found.count) outputs")
      }
      return found[index]
    }
    let known = inputNames + nodes.map(\.name)
    throw NetworkError(
      "reads '\(text)', and nothing of that name comes before it; there are: "
        + known.suffix(20).joined(separator: ", "))
  }

  func outputs(_ names: [String]?) throws(NetworkError) -> [Int] {
    guard let names else { return [nodes[nodes.count - 1].outputs[0]] }
    guard !names.isEmpty else { throw NetworkError("the network's list of outputs is empty") }
    var outputs: [Int] = []
    for name in names {
      do throws(NetworkError) { outputs.append(try tensor(name)) } catch {
        throw NetworkError("the network's outputs: it \(error.description)")
      }
    }
    guard Set(outputs).count == outputs.count else {
      throw NetworkError("the network's outputs: one stands twice")
    }
    return outputs
  }

  /// Throws for a layer whose result nobody reads.
  func checkUse(outputs: [Int]) throws(NetworkError) {
    var used = Set(outputs)
    for node in nodes.reversed() {
      guard node.outputs.contains(where: used.contains) else {
        throw NetworkError(
          "layer '\(node.name)': leads to no output of the network: name it in another layer's "
            + "`inputs`, or in the network's `outputs`")
      }
      used.formUnion(node.inputs)
    }
    for (place, name) in inputNames.enumerated() where !used.contains(place) {
      throw NetworkError("no layer reads the input '\(name)'")
    }
  }

  /// The layers with their places in the parameter buffer, trained arrays first; the number of
  /// floats of these, and of all; and that of the buffer of frozen weights, layer by layer.
  func layout() -> (layers: [ResolvedLayer], trained: Int, all: Int, frozen: Int) {
    var trained = 0
    for node in nodes where node.sharing == nil && !node.isFrozen {
      for slot in node.slots where slot.isTrained { trained += slot.count }
    }
    var next = (trained: 0, state: trained)
    var frozen = 0
    var layers: [ResolvedLayer] = []
    for node in nodes {
      var (parameters, fixed): ([ResolvedLayer.Parameter], [ResolvedLayer.Parameter]) = ([], [])
      if let sharing = node.sharing {
        (parameters, fixed) = (layers[sharing].parameters, layers[sharing].frozenParameters)
      } else if node.isFrozen {
        var places = (trained: frozen, state: frozen)
        for slot in node.slots where slot.isTrained { places.state += slot.count }
        fixed = Self.parameters(node.slots, &places)
        frozen = places.state
      } else {
        parameters = Self.parameters(node.slots, &next)
      }
      layers.append(
        ResolvedLayer(
          name: node.name, configuration: node.configuration, inputs: node.inputs,
          outputs: node.outputs, inputShapes: node.inputs.map { tensors[$0].shape },
          outputShapes: node.outputs.map { tensors[$0].shape }, parameters: parameters,
          frozenParameters: fixed, isFrozen: node.isFrozen, sharing: node.sharing))
    }
    return (layers, trained, next.state, frozen)
  }

  /// The arrays of a layer from `next` on, those that gradients change and the others each in a row.
  private static func parameters(
    _ slots: [ParameterSlot], _ next: inout (trained: Int, state: Int)
  ) -> [ResolvedLayer.Parameter] {
    slots.map { slot in
      let start = slot.isTrained ? next.trained : next.state
      if slot.isTrained { next.trained += slot.count } else { next.state += slot.count }
      return ResolvedLayer.Parameter(
        name: slot.name, shape: slot.shape, range: start..<start + slot.count,
        initializer: slot.initializer, isTrained: slot.isTrained,
        regularizer: slot.regularizer, isVariance: slot.isVariance)
    }
  }

  /// Throws when there are more parameters than can be counted.
  func checkParameters() throws(NetworkError) {
    var count = 0
    for node in nodes where node.sharing == nil {
      for slot in node.slots {
        guard slot.count <= Self.largestParameterCount - count else {
          throw NetworkError(
            "layer '\(node.name)': the network has more than \(Self.largestParameterCount) "
              + "parameters up to here: use fewer units")
        }
        count += slot.count
      }
    }
  }

  /// The given names, and Keras' way for the others: `dense`, `dense_1`.
  private func names(for layers: [NamedLayer]) throws(NetworkError) -> [String] {
    var taken = Set(inputNames)
    for name in layers.compactMap(\.name) {
      guard taken.insert(name).inserted else {
        throw NetworkError(
          inputNames.contains(name)
            ? "a layer and an input are named '\(name)'" : "two layers are named '\(name)'")
      }
    }
    return layers.map { layer in
      if let name = layer.name { return name }
      let kind = type(of: layer.layer).name
      var name = kind
      var number = 0
      while !taken.insert(name).inserted {
        number += 1
        name = "\(kind)_\(number)"
      }
      return name
    }
  }
}
