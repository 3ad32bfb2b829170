private import CKernels

/// The masks of all tensors' time steps: a layer makes one, hands one on, or has one that follows from
/// those of its inputs.
struct MaskPlan {
  /// For each tensor batchSize x steps floats of 1 or 0, `steps` the length of its first axis; nil: all
  /// steps count.
  let masks: [UnsafeMutablePointer<Float>?]
  /// For each layer what computes the mask of its output; nil for a mask that is no new one, and for
  /// one that the layer writes itself.
  let combinations: [MaskCombination?]

  /// Goes through the layers; `allocate` gives memory for so many floats in each sample.
  /// - Throws: `NetworkError` for a mask that has not as many steps as the output that it would be of.
  init(
    _ network: Network, _ configurations: [any LayerConfiguration],
    allocate: (Int) -> UnsafeMutablePointer<Float>
  ) throws(NetworkError) {
    var masks = [UnsafeMutablePointer<Float>?](repeating: nil, count: network.tensors.count)
    var combinations = [MaskCombination?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      let role = configurations[index].maskRole(forInputs: layer.inputShapes)
      let parts = zip(layer.inputs, layer.inputShapes).map { tensor, shape in
        MaskCombination.Part(mask: masks[tensor], steps: shape.first ?? 1)
      }
      guard let steps = try Self.steps(role, parts, layer) else { continue }
      let outputs = layer.outputs.filter { network.tensors[$0].shape.count > 1 }
      for output in outputs where network.tensors[output].shape[0] != steps {
        throw NetworkError(
          "layer '\(layer.name)': the mask has \(steps) time steps, and the output "
            + "\(network.tensors[output].shape[0]): a layer that changes the time axis must drop "
            + "the mask, or make one")
      }
      var mask = parts[0].mask
      switch role {
      case .drops, .passes: break
      case .makes: mask = allocate(steps)
      case .unites, .joins:
        // The two ends of a residual connection have one mask.
        guard role == .joins || parts.contains(where: { $0.mask != mask }) else { break }
        let output = allocate(steps)
        combinations[index] = MaskCombination(
          parts: parts, output: output, steps: steps, isJoined: role == .joins)
        mask = output
      }
      for output in outputs { masks[output] = mask }
    }
    self.masks = masks
    self.combinations = combinations
  }

  /// The time steps of the mask of a layer's output; nil when it has none.
  private static func steps(
    _ role: MaskRole, _ parts: [MaskCombination.Part], _ layer: ResolvedLayer
  ) throws(NetworkError) -> Int? {
    switch role {
    case .drops: return nil
    case .makes: return layer.outputShape.first ?? 1
    case .passes: return parts[0].mask == nil ? nil : parts[0].steps
    case .joins:
      return parts.allSatisfy { $0.mask == nil } ? nil : parts.reduce(0) { $0 + $1.steps }
    case .unites:
      guard parts.allSatisfy({ $0.mask != nil }) else { return nil }
      guard parts.allSatisfy({ $0.steps == parts[0].steps }) else {
        throw NetworkError(
          "layer '\(layer.name)': masks of "
            + parts.map { "\($0.steps)" }.joined(separator: " and ")
            + " time steps cannot be united: the inputs must have equally many")
      }
      return parts[0].steps
    }
  }
}

/// A mask that follows from those of a layer's inputs, in planned memory.
struct MaskCombination {
  /// The mask of an input, nil when all of its `steps` count.
  struct Part {
    let mask: UnsafeMutablePointer<Float>?
    let steps: Int
  }

  let parts: [Part]
  let output: UnsafeMutablePointer<Float>
  let steps: Int
  /// Whether the masks stand one behind the other; otherwise a step counts where it does in any.
  let isJoined: Bool

  /// Computes it from the inputs' masks of this pass.
  ///
  /// Allocates nothing.
  func run(batchSize: Int) {
    var start = 0
    for place in 0..<parts.count {
      let part = parts[place]
      if isJoined {
        for row in 0..<batchSize {
          let target = output + row * steps + start
          if let mask = part.mask {
            target.update(from: mask + row * part.steps, count: part.steps)
          } else {
            target.update(repeating: 1, count: part.steps)
          }
        }
        start += part.steps
      } else if let mask = part.mask {
        if place == 0 {
          output.update(from: mask, count: batchSize * steps)
        } else {
          ck_select(batchSize * steps, 1, mask, output)
        }
      }
    }
  }
}
