extension Network {
  /// The layers that have weights of their own in the order in which Keras holds those of the model: its
  /// loader of HDF5 files matches them one by one, not by name.
  ///
  /// Layers stand by their distance from the outputs, the farthest first, and among equals in the order in
  /// which they are met on the way back from the outputs (`map_graph` in Keras 3, `_map_graph_network` in
  /// Keras 2).
  var kerasOrder: [Int] {
    var places: [Int: Int] = [:]
    let nodes = nodesInDecreasingDepth(&places)
    var nodeDepths = [Int](repeating: 0, count: layers.count)
    var depths: [Int: Int] = [:]
    for node in nodes.reversed() {
      let owner = layers[node].sharing ?? node
      let depth = max(nodeDepths[node], depths[owner] ?? 0)
      depths[owner] = depth
      nodeDepths[node] = depth
      for tensor in layers[node].inputs {
        guard let parent = tensors[tensor].producer else { continue }
        nodeDepths[parent] = max(depth + 1, nodeDepths[parent])
      }
    }
    return depths.keys.sorted { a, b in
      let (first, second) = (depths[a] ?? 0, depths[b] ?? 0)
      return first != second ? first > second : (places[a] ?? 0) < (places[b] ?? 0)
    }
  }

  /// The calls of layers, each behind those that it reads, from the outputs on; `places` gets the order
  /// in which layers are first met.
  ///
  /// Without recursion, for graphs of any depth.
  private func nodesInDecreasingDepth(_ places: inout [Int: Int]) -> [Int] {
    var nodes: [Int] = []
    var isMet = [Bool](repeating: false, count: layers.count)
    var stack: [(node: Int, next: Int)] = []
    func enter(_ tensor: Int, _ stack: inout [(node: Int, next: Int)]) {
      guard let node = tensors[tensor].producer, !isMet[node] else { return }
      isMet[node] = true
      let owner = layers[node].sharing ?? node
      if places[owner] == nil { places[owner] = places.count }
      stack.append((node, 0))
    }
    for output in outputs {
      enter(output, &stack)
      while let (node, next) = stack.last {
        guard next < layers[node].inputs.count else {
          nodes.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        enter(layers[node].inputs[next], &stack)
      }
    }
    return nodes
  }
}
