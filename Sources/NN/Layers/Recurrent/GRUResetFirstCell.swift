private import CKernels

/// A step of a GRU whose reset gate acts before the product: the candidate needs a product of its own.
final class GRUResetFirstCell: RecurrentCell {
  private let memory: RecurrentMemory
  private let activations: GateActivations
  private let mix: GRUMix
  /// The products with the columns of z and r, and with those of the candidate.
  private let gateProducts: RecurrentProducts
  private let candidateProducts: RecurrentProducts
  /// These columns by themselves, U x 2 U and U x U, and their gradients.
  private let gateKernel: UnsafeMutablePointer<Float>
  private let candidateKernel: UnsafeMutablePointer<Float>
  private let gateKernelGradient: UnsafeMutablePointer<Float>
  private let candidateKernelGradient: UnsafeMutablePointer<Float>
  /// Of one step: the products' results, or the gradient of r h.
  private let gateShare: UnsafeMutablePointer<Float>
  private let candidateShare: UnsafeMutablePointer<Float>
  /// Of all steps: r h, and the gradients of both products.
  private let resetStates: UnsafeMutablePointer<Float>
  private let gateGradients: UnsafeMutablePointer<Float>
  private let candidateGradients: UnsafeMutablePointer<Float>
  private var weights: RecurrentWeights?
  private let columns: Int

  init(_ memory: RecurrentMemory, _ recurrentActivation: Activation) throws(NetworkError) {
    self.memory = memory
    let (plan, units) = (memory.plan, memory.units)
    columns = 3 * units
    activations = GateActivations(
      memory, [recurrentActivation, recurrentActivation, memory.options.activation])
    mix = GRUMix(memory)
    gateProducts = try RecurrentProducts(memory, columns: 2 * units, copied: true)
    candidateProducts = try RecurrentProducts(memory, columns: units, copied: true)
    gateKernel = plan.allocate(2 * units * units)
    candidateKernel = plan.allocate(units * units)
    gateShare = plan.allocate(2 * memory.stateCount)
    candidateShare = plan.allocate(memory.stateCount)
    resetStates = plan.allocate(memory.steps * memory.stateCount)
    let isTrained = plan.isTrained
    gateKernelGradient = isTrained ? plan.allocate(2 * units * units) : gateKernel
    candidateKernelGradient = isTrained ? plan.allocate(units * units) : candidateKernel
    gateGradients = isTrained ? plan.allocate(2 * memory.steps * memory.stateCount) : gateShare
    candidateGradients = isTrained ? plan.allocate(memory.steps * memory.stateCount) : gateShare
    gateProducts.bind(kernel: gateKernel)
    candidateProducts.bind(kernel: candidateKernel)
    gateProducts.forward.bind(c: gateShare)
    candidateProducts.forward.bind(c: candidateShare)
    gateProducts.backward?.bind(c: gateShare)
    candidateProducts.backward?.bind(c: candidateShare)
    gateProducts.weights?.bind(c: gateKernelGradient)
    candidateProducts.weights?.bind(c: candidateKernelGradient)
  }

  func bind(_ weights: RecurrentWeights) { self.weights = weights }

  func beginForward() {
    guard let weights else { return }
    let units = memory.units
    let copy = Int32(CK_ROWS_COPY.rawValue)
    ck_rows(copy, units, 2 * units, weights.kernel, columns, nil, 0, gateKernel, 2 * units)
    ck_rows(copy, units, units, weights.kernel + 2 * units, columns, nil, 0, candidateKernel, units)
  }

  private func resetState(_ t: Int) -> UnsafeMutablePointer<Float> {
    resetStates + t * memory.stateCount
  }

  func forward(_ t: Int) {
    let (rows, units) = (memory.batch, memory.units)
    let gates = memory.gates(t)
    let hasState = t >= memory.firstStep
    let add = Int32(CK_ROWS_ADD.rawValue)
    if hasState {
      gateProducts.forward.bind(a: memory.hidden(t))
      gateProducts.forward.execute()
      ck_rows(add, rows, 2 * units, gateShare, 2 * units, nil, 0, gates, columns)
    }
    activations.forward(0, t)
    activations.forward(1, t)
    if hasState {
      ck_rows(
        Int32(CK_ROWS_MULTIPLY.rawValue), rows, units, memory.hidden(t), units, gates + units,
        columns, resetState(t), units)
      candidateProducts.forward.bind(a: resetState(t))
      candidateProducts.forward.execute()
      ck_rows(add, rows, units, candidateShare, units, nil, 0, gates + 2 * units, columns)
    }
    activations.forward(2, t)
    mix.forward(t)
  }

  func beginBackward() {}

  func backward(_ t: Int) {
    let (rows, units) = (memory.batch, memory.units)
    let d = activations.gradient
    let gates = memory.gates(t)
    let hasState = t >= memory.firstStep
    let multiply = Int32(CK_ROWS_MULTIPLY.rawValue)
    let copy = Int32(CK_ROWS_COPY.rawValue)
    mix.backward(t, gradient: d)
    activations.backward(2, t)
    if hasState {
      let candidate = candidateGradients + t * memory.stateCount
      ck_rows(copy, rows, units, d + 2 * units, columns, nil, 0, candidate, units)
      candidateProducts.backward?.bind(a: candidate)
      candidateProducts.backward?.execute()
      let dreset = candidateShare
      ck_rows(multiply, rows, units, dreset, units, memory.hidden(t), units, d + units, columns)
      ck_rows(multiply, rows, units, dreset, units, gates + units, columns, dreset, units)
    } else {
      for row in 0..<rows { (d + row * columns + units).update(repeating: 0, count: units) }
    }
    activations.backward(0, t)
    activations.backward(1, t)
    activations.store(t)
    guard hasState else { return }
    let gate = gateGradients + 2 * t * memory.stateCount
    ck_rows(copy, rows, 2 * units, d, columns, nil, 0, gate, 2 * units)
    gateProducts.backward?.bind(a: gate)
    gateProducts.backward?.execute()
    memory.hiddenGradient.update(from: gateShare, count: memory.stateCount)
    ck_add(memory.stateCount, candidateShare, memory.hiddenGradient)
    memory.passStateGradient(adding: true)
  }

  func finishBackward() {
    guard let weights else { return }
    columnSums(
      rows: memory.steps * memory.batch, columns: columns, memory.gates, to: weights.biasGradient)
    guard let gradient = weights.kernelGradient else { return }
    guard let gateProduct = gateProducts.weights, let candidateProduct = candidateProducts.weights
    else {
      gradient.update(repeating: 0, count: columns * memory.units)
      return
    }
    let first = memory.firstStep
    gateProduct.bind(a: memory.hidden(first))
    gateProduct.bind(b: gateGradients + 2 * first * memory.stateCount)
    gateProduct.execute()
    candidateProduct.bind(a: resetState(first))
    candidateProduct.bind(b: candidateGradients + first * memory.stateCount)
    candidateProduct.execute()
    let units = memory.units
    let copy = Int32(CK_ROWS_COPY.rawValue)
    ck_rows(copy, units, 2 * units, gateKernelGradient, 2 * units, nil, 0, gradient, columns)
    ck_rows(
      copy, units, units, candidateKernelGradient, units, nil, 0, gradient + 2 * units, columns)
  }
}
