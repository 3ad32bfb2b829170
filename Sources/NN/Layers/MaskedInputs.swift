/// What a product, a maximum or a minimum makes of inputs with masks: as in Keras 3 an input does not
/// count at time steps that its mask leaves out.
///
/// At a step that no input has a product is 0, and a maximum or a minimum the first input's.
struct MaskedInputs {
  /// The inputs, with a number that changes nothing where they do not count.
  let inputs: [UnsafeMutablePointer<Float>]
  private let plan: LayerPlan
  private let neutral: Float
  private let isProduct: Bool
  /// The time steps of all samples, and the numbers of each.
  private let rows, width: Int

  /// Nil when all inputs count everywhere, or `operation` reads them all.
  init?(_ operation: MergeOperation, _ plan: LayerPlan) {
    switch operation {
    case .sum, .difference, .mean: return nil
    case .product: neutral = 1
    case .maximum: neutral = -.infinity
    case .minimum: neutral = .infinity
    }
    guard plan.inputMasks.contains(where: { $0 != nil }) else { return nil }
    isProduct = operation == .product
    self.plan = plan
    rows = plan.batchSize * plan.inputShape[0]
    width = plan.inputShape.dropFirst().reduce(1, *)
    let count = plan.batchSize * plan.inputCount
    inputs = plan.inputs.indices.map { place in
      guard plan.inputMasks[place] != nil else { return plan.inputs[place] }
      return plan.arena.allocate(count).baseAddress ?? plan.inputs[place]
    }
  }

  /// Whether any input has a step.
  private func isThere(_ row: Int) -> Bool {
    for place in 0..<inputs.count {
      guard let mask = plan.inputMasks[place], mask[row] == 0 else { return true }
    }
    return false
  }

  private func counts(_ place: Int, _ row: Int, _ mask: UnsafeMutablePointer<Float>) -> Bool {
    mask[row] != 0 || place == 0 && !isProduct && !isThere(row)
  }

  /// Fills `inputs` from those of this pass.
  ///
  /// Allocates nothing.
  func fill() {
    for place in 0..<inputs.count {
      guard let mask = plan.inputMasks[place] else { continue }
      for row in 0..<rows {
        let target = inputs[place] + row * width
        if counts(place, row, mask) {
          target.update(from: plan.inputs[place] + row * width, count: width)
        } else {
          target.update(repeating: neutral, count: width)
        }
      }
    }
  }

  /// Sets a product to 0 at the steps that no input has.
  func clear(output: UnsafeMutablePointer<Float>) {
    guard isProduct else { return }
    for row in 0..<rows where !isThere(row) {
      (output + row * width).update(repeating: 0, count: width)
    }
  }

  /// Sets the gradient of an input to 0 where the input does not count.
  func clear(gradient: UnsafeMutablePointer<Float>, of place: Int) {
    guard let mask = plan.inputMasks[place] else { return }
    for row in 0..<rows where !counts(place, row, mask) {
      (gradient + row * width).update(repeating: 0, count: width)
    }
  }
}
