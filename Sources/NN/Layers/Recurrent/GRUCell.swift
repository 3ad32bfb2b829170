private import CKernels

/// A step of a GRU whose reset gate acts after the product; with sigmoid and tanh in one pass over
/// memory behind it.
final class GRUCell: RecurrentCell {
  private let memory: RecurrentMemory
  private let products: RecurrentProducts
  private let activations: GateActivations?
  private let mix: GRUMix
  /// T x B x 3 U: h_before U with its bias, then its gradient.
  private let shares: UnsafeMutablePointer<Float>
  private var weights: RecurrentWeights?
  private let columns: Int

  init(_ memory: RecurrentMemory, _ recurrentActivation: Activation) throws(NetworkError) {
    self.memory = memory
    columns = 3 * memory.units
    products = try RecurrentProducts(memory, columns: columns, bias: memory.options.useBias)
    let isFused = memory.options.activation == .tanh && recurrentActivation == .sigmoid
    activations =
      isFused
      ? nil
      : GateActivations(
        memory, [recurrentActivation, recurrentActivation, memory.options.activation])
    mix = GRUMix(memory)
    shares = memory.plan.allocate(memory.steps * memory.gatesCount)
    products.backward?.bind(c: memory.hiddenGradient)
  }

  func bind(_ weights: RecurrentWeights) {
    self.weights = weights
    products.bind(kernel: weights.kernel)
    // The bias' second row goes with the state's kernel.
    if let bias = weights.bias { products.forward.bind(bias: bias + columns) }
    if let gradient = weights.kernelGradient { products.weights?.bind(c: gradient) }
  }

  private func share(_ t: Int) -> UnsafeMutablePointer<Float> { shares + t * memory.gatesCount }

  func forward(_ t: Int) {
    let share = share(t)
    if t >= memory.firstStep {
      products.forward.bind(a: memory.hidden(t))
      products.forward.bind(c: share)
      products.forward.execute()
    } else if let bias = weights?.bias {
      for row in 0..<memory.batch {
        (share + row * columns).update(from: bias + columns, count: columns)
      }
    } else {
      share.update(repeating: 0, count: memory.gatesCount)
    }
    let gates = memory.gates(t)
    guard let activations else {
      ck_gru_forward(
        memory.batch, memory.units, gates, share, memory.state(t), memory.state(t + 1))
      return
    }
    let (rows, units) = (memory.batch, memory.units)
    ck_rows(Int32(CK_ROWS_ADD.rawValue), rows, 2 * units, share, columns, nil, 0, gates, columns)
    activations.forward(0, t)
    activations.forward(1, t)
    ck_rows(
      Int32(CK_ROWS_MULTIPLY_ADD.rawValue), rows, units, gates + units, columns, share + 2 * units,
      columns, gates + 2 * units, columns)
    activations.forward(2, t)
    mix.forward(t)
  }

  func beginBackward() {
    weights?.biasGradient?.update(repeating: 0, count: 2 * columns)
  }

  func backward(_ t: Int) {
    if let activations {
      backwardInParts(t, activations)
    } else {
      let sums = weights?.biasGradient
      ck_gru_backward(
        memory.batch, memory.units, memory.gates(t), share(t), memory.state(t),
        memory.stateGradient, sums, sums.map { $0 + columns })
    }
    guard t >= memory.firstStep, let product = products.backward else { return }
    product.bind(a: share(t))
    product.execute()
    memory.passStateGradient(adding: true)
  }

  private func backwardInParts(_ t: Int, _ activations: GateActivations) {
    let (rows, units) = (memory.batch, memory.units)
    let gates = memory.gates(t)
    let share = share(t)
    let d = activations.gradient
    mix.backward(t, gradient: d)
    activations.backward(2, t)
    let multiply = Int32(CK_ROWS_MULTIPLY.rawValue)
    ck_rows(
      multiply, rows, units, d + 2 * units, columns, share + 2 * units, columns, d + units, columns)
    activations.backward(0, t)
    activations.backward(1, t)
    ck_rows(Int32(CK_ROWS_COPY.rawValue), rows, 2 * units, d, columns, nil, 0, share, columns)
    ck_rows(
      multiply, rows, units, d + 2 * units, columns, gates + units, columns, share + 2 * units,
      columns)
    activations.store(t)
  }

  func finishBackward() {
    if activations != nil {
      let rows = memory.steps * memory.batch
      columnSums(rows: rows, columns: columns, memory.gates, to: weights?.biasGradient)
      columnSums(
        rows: rows, columns: columns, shares, to: weights?.biasGradient.map { $0 + columns })
    }
    guard let product = products.weights else {
      weights?.kernelGradient?.update(repeating: 0, count: columns * memory.units)
      return
    }
    product.bind(a: memory.hidden(memory.firstStep))
    product.bind(b: share(memory.firstStep))
    product.execute()
  }
}
