// The parts of an executor's plan: what runs where, over which memory.
extension Executor {
  /// A layer with its place in the graph.
  struct Node {
    let layer: any Layer
    let runsBackward: Bool
    /// Where its weights begin in the flat buffer.
    let trainedStart: Int?, stateStart: Int?
    /// Whether it always runs as in a prediction, and where its weights are then.
    let isFrozen: Bool
    let frozenTrained: UnsafeMutablePointer<Float>?, frozenState: UnsafeMutablePointer<Float>?
    /// Where its weights' gradient is written when it is added to another one's.
    let ownGradient: UnsafeMutablePointer<Float>?, ownChange: UnsafeMutablePointer<Float>?
    let weightCounts: (trained: Int, state: Int)
    /// Gradients of inputs to be added to those that others have written.
    let additions: [Addition]
    /// What computes the output's mask before the layer runs.
    let mask: MaskCombination?
    /// Where the gradient begins that is complete behind this layer's backward pass.
    let completeStart: Int
  }

  struct Addition {
    let part: UnsafeMutablePointer<Float>
    let sum: UnsafeMutablePointer<Float>
    let count: Int
  }

  /// An array of weights whose size enters the loss.
  struct Penalty {
    let range: Range<Int>
    let regularizer: Regularizer
  }

  /// Where the columns of one of several inputs stand in a row of features.
  struct InputColumns {
    let start: Int
    let count: Int
    let values: UnsafeMutablePointer<Float>
  }

  /// Plans layer `index` of `network` over `memory`.
  ///
  /// - Throws: `NetworkError` that names the layer, where oneDNN cannot compile it.
  static func node(
    _ index: Int, _ network: Network, _ batchSize: Int, _ memory: ExecutorMemory,
    _ arena: FloatArena, _ engine: OneDNN, _ scratch: Scratch
  ) throws(NetworkError) -> Node {
    let layer = network.layers[index]
    let flow = memory.flow
    let runsBackward = flow.runsBackward[index]
    let inputGradients = layer.inputs.enumerated().map { place, tensor in
      switch flow.inputGradients[index][place] {
      case .none: nil as UnsafeMutablePointer<Float>?
      case .written: memory.gradients[tensor]
      case .added: memory.parts[index][place]
      }
    }
    var additions: [Addition] = []
    for (place, tensor) in layer.inputs.enumerated() {
      guard let part = memory.parts[index][place], let sum = memory.gradients[tensor] else {
        continue
      }
      additions.append(
        Addition(part: part, sum: sum, count: batchSize * network.tensors[tensor].count))
    }
    let plan = LayerPlan(
      index: index, batchSize: batchSize, inputShapes: layer.inputShapes,
      outputShapes: layer.outputShapes, inputs: layer.inputs.map { memory.values[$0] },
      outputs: layer.outputs.map { memory.values[$0] }, inputGradients: inputGradients,
      outputGradients: layer.outputs.map { runsBackward ? memory.gradients[$0] : nil },
      inputMasks: layer.inputs.map { memory.masks.masks[$0] },
      outputMask: memory.masks.masks[layer.outputs[0]], arena: arena, engine: engine,
      scratch: scratch,
      inputBlock: flow.blocks[layer.inputs[0]], outputBlock: flow.blocks[layer.outputs[0]],
      lateActivation: flow.lateActivations[index])
    let configuration = flow.configurations[index]
    let compiled: any Layer
    do throws(NetworkError) {
      compiled = configuration.isView ? ViewLayer() : try configuration.makeLayer(plan)
    } catch {
      throw NetworkError("layer '\(layer.name)': \(error.description)", exitCode: error.exitCode)
    }
    let own = memory.sharedGradients[index]
    return Node(
      layer: compiled, runsBackward: runsBackward, trainedStart: layer.trainedStart,
      stateStart: layer.stateStart, isFrozen: layer.isFrozen,
      frozenTrained: layer.frozenTrainedStart.flatMap { start in memory.frozen.map { $0 + start } },
      frozenState: layer.frozenStateStart.flatMap { start in memory.frozen.map { $0 + start } },
      ownGradient: own.trained, ownChange: own.state,
      weightCounts: layer.weightCounts, additions: additions,
      mask: memory.masks.combinations[index],
      completeStart: network.layers[..<index].flatMap(\.parameters).filter(\.isTrained)
        .map(\.range.upperBound).max() ?? 0)
  }
}
