private import CKernels

/// A step of an LSTM; with sigmoid and tanh in one pass over memory behind the product.
final class LSTMCell: RecurrentCell {
  private let memory: RecurrentMemory
  private let products: RecurrentProducts
  private let isFused: Bool
  private let activations: GateActivations?
  /// h_before U, B x 4 U.
  private let share: UnsafeMutablePointer<Float>
  private let carries: UnsafeMutablePointer<Float>
  private let gradientOfCarry: UnsafeMutablePointer<Float>
  /// B x U numbers each, for the passes that are not fused: a(c) and its gradient.
  private let output: UnsafeMutablePointer<Float>
  private let outputGradient: UnsafeMutablePointer<Float>
  private var weights: RecurrentWeights?

  var carry: UnsafeMutablePointer<Float>? { carries }
  var carryGradient: UnsafeMutablePointer<Float>? { gradientOfCarry }

  init(_ memory: RecurrentMemory, _ recurrentActivation: Activation) throws(NetworkError) {
    self.memory = memory
    let plan = memory.plan
    products = try RecurrentProducts(memory, columns: 4 * memory.units)
    isFused = memory.options.activation == .tanh && recurrentActivation == .sigmoid
    activations =
      isFused
      ? nil
      : GateActivations(
        memory,
        [recurrentActivation, recurrentActivation, memory.options.activation, recurrentActivation])
    share = plan.allocate(memory.gatesCount)
    carries = plan.allocate((memory.steps + 1) * memory.stateCount)
    gradientOfCarry = plan.isTrained ? plan.allocate(memory.stateCount) : carries
    output = isFused ? share : plan.allocate(memory.stateCount)
    outputGradient = isFused || !plan.isTrained ? share : plan.allocate(memory.stateCount)
    products.forward.bind(c: share)
    // Without masks of the state its gradient needs no second pass.
    products.backward?.bind(
      c: memory.stateMask == nil ? memory.stateGradient : memory.hiddenGradient)
  }

  func bind(_ weights: RecurrentWeights) {
    self.weights = weights
    products.bind(kernel: weights.kernel)
    if let gradient = weights.kernelGradient { products.weights?.bind(c: gradient) }
  }

  private func carry(_ t: Int) -> UnsafeMutablePointer<Float> { carries + t * memory.stateCount }

  func forward(_ t: Int) {
    let hasState = t >= memory.firstStep
    if hasState {
      products.forward.bind(a: memory.hidden(t))
      products.forward.execute()
    }
    let gates = memory.gates(t)
    guard let activations else {
      ck_lstm_forward(
        memory.batch, memory.units, gates, hasState ? share : nil, carry(t), carry(t + 1),
        memory.state(t + 1))
      return
    }
    if hasState { ck_add(memory.gatesCount, share, gates) }
    for gate in 0..<4 { activations.forward(gate, t) }
    let (rows, units) = (memory.batch, memory.units)
    let width = 4 * units
    let (f, g, o) = (gates + units, gates + 2 * units, gates + 3 * units)
    ck_rows(
      Int32(CK_ROWS_MULTIPLY.rawValue), rows, units, f, width, carry(t), units, carry(t + 1), units)
    ck_rows(
      Int32(CK_ROWS_MULTIPLY_ADD.rawValue), rows, units, gates, width, g, width, carry(t + 1), units
    )
    activateCarry(t)
    ck_rows(
      Int32(CK_ROWS_MULTIPLY.rawValue), rows, units, o, width, output, units, memory.state(t + 1),
      units)
  }

  /// a(c) of step `t`.
  private func activateCarry(_ t: Int) {
    memory.options.activation.forward(
      rows: memory.batch, columns: memory.units, from: carry(t + 1), to: output)
  }

  func beginBackward() {
    weights?.biasGradient?.update(repeating: 0, count: 4 * memory.units)
  }

  func backward(_ t: Int) {
    if isFused {
      ck_lstm_backward(
        memory.batch, memory.units, memory.gates(t), carry(t), carry(t + 1), memory.stateGradient,
        gradientOfCarry, weights?.biasGradient)
    } else {
      backwardInParts(t)
    }
    guard t >= memory.firstStep, let product = products.backward else { return }
    product.bind(a: memory.gates(t))
    product.execute()
    if memory.stateMask != nil { memory.passStateGradient(adding: false) }
  }

  private func backwardInParts(_ t: Int) {
    guard let activations else { return }
    let (rows, units) = (memory.batch, memory.units)
    let width = 4 * units
    let gates = memory.gates(t)
    let d = activations.gradient
    let multiply = Int32(CK_ROWS_MULTIPLY.rawValue)
    let dh = memory.stateGradient
    let dc = gradientOfCarry
    activateCarry(t)
    ck_rows(multiply, rows, units, dh, units, output, units, d + 3 * units, width)
    ck_rows(multiply, rows, units, dh, units, gates + 3 * units, width, outputGradient, units)
    memory.options.activation.backward(
      rows: rows, columns: units, input: carry(t + 1), output: output, from: outputGradient,
      to: outputGradient)
    ck_add(memory.stateCount, outputGradient, dc)
    ck_rows(multiply, rows, units, dc, units, gates + 2 * units, width, d, width)
    ck_rows(multiply, rows, units, dc, units, carry(t), units, d + units, width)
    ck_rows(multiply, rows, units, dc, units, gates, width, d + 2 * units, width)
    ck_rows(multiply, rows, units, dc, units, gates + units, width, dc, units)
    for gate in 0..<4 { activations.backward(gate, t) }
    activations.store(t)
  }

  func finishBackward() {
    if !isFused {
      columnSums(
        rows: memory.steps * memory.batch, columns: 4 * memory.units, memory.gates,
        to: weights?.biasGradient)
    }
    guard let product = products.weights else {
      weights?.kernelGradient?.update(repeating: 0, count: 4 * memory.units * memory.units)
      return
    }
    product.bind(a: memory.hidden(memory.firstStep))
    product.bind(b: memory.gates(memory.firstStep))
    product.execute()
  }
}
