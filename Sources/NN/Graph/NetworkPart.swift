internal import Configuration

// Parts of a network as networks of their own, with the names of their layers.
extension Network {
  /// The network without the layers that Keras has no class for and that do nothing in a prediction
  /// (`LayerConfiguration.kerasStandIn`), and without what only they read; nil when there are none.
  ///
  /// It predicts what this network predicts.
  /// - Throws: `NetworkError` when nothing is left.
  func kerasPart() throws(NetworkError) -> Network? {
    guard layers.contains(where: { $0.configuration.kerasStandIn != nil }) else { return nil }
    var origins = Array(tensors.indices)
    for layer in layers {
      guard let place = layer.configuration.kerasStandIn else { continue }
      for output in layer.outputs { origins[output] = origins[layer.inputs[place]] }
    }
    var ends: [Int] = []
    for output in outputs where !ends.contains(origins[output]) { ends.append(origins[output]) }
    let starts = inputs.indices.map { (tensor: $0, name: inputs[$0].name) }
    return try part(from: starts, to: ends, origins: origins)
  }

  /// The layers between what the layer `name` gives and the network's outputs, as a network that reads
  /// it: the decoder behind the code of an autoencoder.
  ///
  /// - Throws: `NetworkError` when there is no such layer, when it is the last, or when what is behind it
  ///   reads something else, too.
  public func part(after name: String) throws(NetworkError) -> Network {
    guard let index = layers.firstIndex(where: { $0.name == name }) else {
      throw NetworkError(
        "there is no layer '\(name)' to begin behind; there are: "
          + layers.map(\.name).joined(separator: ", "))
    }
    var input = "input"
    while layers.contains(where: { $0.name == input }) { input += "_" }
    return try part(
      from: [(layers[index].outputs[0], input)], to: outputs, origins: Array(tensors.indices))
  }

  /// The layers that lead to an output of the layer `name`: what computes a latent variable.
  ///
  /// The name alone is that of the layer's first output, `NAME:1` that of its second. The part has those inputs
  /// alone that it needs.
  /// - Throws: `NetworkError` when there is no such layer or output.
  public func part(endingAt name: String) throws(NetworkError) -> Network {
    let starts = inputs.indices.map { (tensor: $0, name: inputs[$0].name) }
    return try part(from: starts, to: [try output(name)], origins: Array(tensors.indices))
  }

  /// The tensor of an output of a layer, `NAME` or `NAME:1`.
  private func output(_ name: String) throws(NetworkError) -> Int {
    if let layer = layers.first(where: { $0.name == name }) { return layer.outputs[0] }
    if let colon = name.lastIndex(of: ":"),
      let layer = layers.first(where: { $0.name == name[..<colon] })
    {
      guard let place = Int(name[name.index(after: colon)...]),
        layer.outputs.indices.contains(place)
      else {
        let last = layer.outputs.count - 1
        throw NetworkError(
          "'\(name)': the layer '\(layer.name)' has "
            + (last == 0
              ? "one output: name it '\(layer.name)'"
              : "the outputs 0 to \(last): name one, as in '\(layer.name):\(last)'"))
      }
      return layer.outputs[place]
    }
    throw NetworkError(
      "the network has no layer '\(name)': "
        + Spelling.advice(for: name, among: layers.map(\.name)))
  }

  /// The weights of `part`, a part of this network, out of this network's.
  public func parameters(of part: Network, from parameters: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: part.parameterCount)
    for layer in part.layers where layer.sharing == nil {
      guard let own = layers.first(where: { $0.name == layer.name }) else { continue }
      for (target, source) in zip(layer.parameters, own.parameters) {
        result.replaceSubrange(target.range, with: parameters[source.range])
      }
    }
    return result
  }

  /// The layers that lead from some tensors to others, where each tensor stands for its origin.
  private func part(
    from starts: [(tensor: Int, name: String)], to ends: [Int], origins: [Int]
  ) throws(NetworkError) -> Network {
    let firsts = Set(starts.map(\.tensor))
    var needed = Set(ends)
    var chosen: [Int] = []
    for (index, layer) in layers.enumerated().reversed()
    where layer.outputs.contains(where: { needed.contains($0) && !firsts.contains($0) }) {
      chosen.append(index)
      needed.formUnion(layer.inputs.map { origins[$0] })
    }
    for tensor in needed where tensors[tensor].producer == nil && !firsts.contains(tensor) {
      throw NetworkError(
        "what is behind that layer also reads the network's input '\(inputs[tensor].name)'")
    }
    var names: [Int: String] = [:]
    var heads: [NetworkInput] = []
    for start in starts where needed.contains(start.tensor) {
      names[start.tensor] = start.name
      heads.append(NetworkInput(start.name, shape: tensors[start.tensor].shape))
    }
    // Of those that share weights the first in the part owns them, under the name they have.
    var owners: [Int: String] = [:]
    var items: [NamedLayer] = []
    for index in chosen.reversed() {
      let layer = layers[index]
      let owner = layer.sharing ?? index
      let name = owners[owner] == nil ? layers[owner].name : layer.name
      items.append(
        NamedLayer(
          name, layer.configuration, inputs: layer.inputs.compactMap { names[origins[$0]] },
          sharing: owners[owner], isFrozen: layer.isFrozen))
      owners[owner] = owners[owner] ?? name
      for (place, output) in layer.outputs.enumerated() where names[output] == nil {
        names[output] = place == 0 ? name : "\(name):\(place)"
      }
    }
    let part = try Network(
      name: self.name, inputs: heads, layers: items, outputs: ends.compactMap { names[$0] })
    guard !frozen.isEmpty else { return part }
    var values = [Float](repeating: 0, count: part.frozenCount)
    for layer in part.layers where layer.sharing == nil {
      guard let own = layers.first(where: { $0.name == layer.name }) else { continue }
      for (target, source) in zip(layer.frozenParameters, own.frozenParameters) {
        values.replaceSubrange(target.range, with: frozen[source.range])
      }
    }
    return part.withFrozen(values)
  }
}
