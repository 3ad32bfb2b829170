/// How values and gradients flow through a network's graph, whatever the batch size: which tensors
/// are other ones under another shape, which layers run backward, and where gradients meet.
struct GraphFlow {
  /// The layers, the output's without the activation that the loss took over.
  let configurations: [any LayerConfiguration]
  /// Whether the loss took over the last activation.
  let isFused: Bool
  /// The tensor that owns each tensor's memory: itself, or for a view its input's.
  let roots: [Int]
  /// Whether each layer takes part in the backward pass.
  let runsBackward: [Bool]
  /// Whether each tensor has a gradient.
  let hasGradient: [Bool]
  /// What a layer applies to its output on behalf of the layer before it.
  let lateActivations: [Activation?]
  /// The channels that lie together in each tensor and its gradient, 1 for plain rows.
  let blocks: [Int]
  /// For each layer and input: how it hands on the gradient.
  let inputGradients: [[InputGradient]]

  /// What becomes of the gradient that a layer computes for an input.
  enum InputGradient {
    /// Nobody wants it.
    case none
    /// It is the first part of the tensor's gradient.
    case written
    /// Others have written theirs: it is added to it.
    case added
  }

  init(_ network: Network, losses: [Loss], isTrained: Bool) {
    let layers = network.layers
    var configurations = layers.map(\.configuration)
    var consumers = [Int](repeating: 0, count: network.tensors.count)
    for layer in layers {
      for input in layer.inputs { consumers[input] += 1 }
    }
    var isFused = false
    let output = network.outputs[0]
    if losses.count == 1, network.outputs.count == 1, consumers[output] == 0,
      let last = network.tensors[output].producer,
      let activation = configurations[last].outputActivation, losses[0].takesOver(activation),
      !layers.contains(where: { $0.sharing == last }), layers[last].sharing == nil
    {
      configurations[last] = configurations[last].withoutOutputActivation()
      isFused = true
    }
    lateActivations = Self.delayActivations(network, consumers, &configurations)
    self.configurations = configurations
    self.isFused = isFused
    blocks = TensorLayout.blocks(network, configurations)

    var roots = Array(network.tensors.indices)
    for (index, layer) in layers.enumerated() where configurations[index].isView {
      for tensor in layer.outputs { roots[tensor] = roots[layer.inputs[0]] }
    }
    self.roots = roots

    var isTrainedTensor = [Bool](repeating: false, count: network.tensors.count)
    var runs = [Bool](repeating: false, count: layers.count)
    for (index, layer) in layers.enumerated() where isTrained {
      runs[index] =
        layer.parameters.contains { $0.isTrained } || layer.inputs.contains { isTrainedTensor[$0] }
      for tensor in layer.outputs { isTrainedTensor[tensor] = runs[index] }
    }
    // From the outputs up: what has been given a gradient hands it on.
    var hasGradient = [Bool](repeating: false, count: network.tensors.count)
    var inputGradients = layers.map { [InputGradient](repeating: .none, count: $0.inputs.count) }
    if isTrained {
      for output in network.outputs where isTrainedTensor[output] {
        hasGradient[roots[output]] = true
      }
      for index in layers.indices.reversed() {
        let layer = layers[index]
        runs[index] = runs[index] && layer.outputs.contains { hasGradient[roots[$0]] }
        guard runs[index], !configurations[index].isView else { continue }
        for (place, tensor) in layer.inputs.enumerated() where isTrainedTensor[tensor] {
          inputGradients[index][place] = hasGradient[roots[tensor]] ? .added : .written
          hasGradient[roots[tensor]] = true
        }
      }
      for tensor in network.tensors.indices { hasGradient[tensor] = hasGradient[roots[tensor]] }
    }
    self.hasGradient = hasGradient
    self.inputGradients = inputGradients
    runsBackward = runs
  }

  /// Which values of its forward pass a layer's backward pass reads.
  func backwardUse(_ index: Int) -> BackwardUse {
    let use = configurations[index].backwardUse
    return lateActivations[index] == nil ? use : use.union(.outputs)
  }

  /// Moves relu from a convolution behind the max pooling that alone reads it: the largest of relu is
  /// relu of the largest, of a quarter as many numbers, and nothing is left to do in the backward pass
  /// of the others.
  private static func delayActivations(
    _ network: Network, _ consumers: [Int], _ configurations: inout [any LayerConfiguration]
  ) -> [Activation?] {
    var late = [Activation?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      guard let pooling = configurations[index] as? any PoolingConfiguration,
        type(of: pooling).takesLargest, let producer = network.tensors[layer.inputs[0]].producer,
        let convolution = configurations[producer] as? any ConvolutionConfiguration,
        convolution.options.activation == .relu, consumers[layer.inputs[0]] == 1,
        !network.outputs.contains(layer.inputs[0])
      else { continue }
      configurations[producer] = convolution.withoutOutputActivation()
      late[index] = .relu
    }
    return late
  }

  /// Two outputs that are the same numbers would each overwrite the other's gradient.
  func requireDistinctOutputs(of network: Network) throws(NetworkError) {
    var seen: [Int: Int] = [:]
    for tensor in network.outputs where hasGradient[tensor] {
      guard let earlier = seen.updateValue(tensor, forKey: roots[tensor]) else { continue }
      let names = [earlier, tensor].map { tensor in
        network.tensors[tensor].producer.map { "'\(network.layers[$0].name)'" } ?? "an input"
      }
      throw NetworkError(
        "the outputs \(names[0]) and \(names[1]) are the same numbers: train only one of them, or put a "
          + "layer between them that computes something, as 'activation: linear' does not")
    }
  }
}
