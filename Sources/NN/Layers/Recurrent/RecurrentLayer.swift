private import CKernels

/// A compiled recurrent layer: the inputs' share of all time steps as one product, the steps one after
/// the other, and the gradients of the weights as products over all steps at once.
final class RecurrentLayer: Layer {
  private let memory: RecurrentMemory
  private let cell: any RecurrentCell
  private let mask: StepMask?
  private let salt: UInt64
  private let projection: MatrixProduct
  private let kernelProduct: MatrixProduct?
  private let inputProduct: MatrixProduct?
  private let hasInputBias: Bool
  /// B x I: 0 or 1 / (1 - rate); nil without dropout.
  private let inputMask: UnsafeMutablePointer<Float>?

  init(
    _ memory: RecurrentMemory, _ cell: any RecurrentCell, inputBias: Bool, salt: UInt64
  ) throws(NetworkError) {
    self.memory = memory
    self.cell = cell
    self.salt = salt
    hasInputBias = inputBias
    let plan = memory.plan
    mask = plan.inputMask.map { StepMask($0, memory, hasCarry: cell.carry != nil) }
    let rows = memory.steps * memory.batch
    let columns = memory.gateCount * memory.units
    projection = try MatrixProduct(
      rows: rows, inner: memory.features, columns: columns, bias: inputBias, weights: true,
      engine: plan.engine, scratch: plan.scratch)
    projection.bind(a: memory.inputs)
    projection.bind(c: memory.gates)
    inputMask =
      memory.options.dropout > 0 ? plan.allocate(memory.batch * memory.features) : nil
    guard plan.isTrained else {
      kernelProduct = nil
      inputProduct = nil
      return
    }
    kernelProduct = try MatrixProduct(
      rows: memory.features, inner: rows, columns: columns, transposedA: true, engine: plan.engine,
      scratch: plan.scratch)
    kernelProduct?.bind(a: memory.inputs)
    kernelProduct?.bind(b: memory.gates)
    guard plan.inputGradient != nil else {
      inputProduct = nil
      return
    }
    inputProduct = try MatrixProduct(
      rows: rows, inner: columns, columns: memory.features, transposedB: true, engine: plan.engine,
      scratch: plan.scratch)
    inputProduct?.bind(a: memory.gates)
    // The inputs have served when their gradients are computed.
    inputProduct?.bind(c: memory.inputs)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    let columns = memory.gateCount * memory.units
    let recurrent = memory.features * columns
    let bias = recurrent + memory.units * columns
    projection.bind(b: parameters)
    inputProduct?.bind(b: parameters)
    if hasInputBias { projection.bind(bias: parameters + bias) }
    if let gradient { kernelProduct?.bind(c: gradient) }
    cell.bind(
      RecurrentWeights(
        kernel: parameters + recurrent, kernelGradient: gradient.map { $0 + recurrent },
        bias: hasInputBias ? parameters + bias : nil,
        biasGradient: hasInputBias ? gradient.map { $0 + bias } : nil))
  }

  func forward(_ pass: Pass) {
    let plan = memory.plan
    let options = memory.options
    ck_swap_rows(
      memory.batch, memory.steps, memory.features, 0, options.goBackwards ? 1 : 0, plan.input,
      memory.inputs)
    memory.dropsState = pass.drawsNoise && memory.stateMask != nil
    if pass.drawsNoise { drop(pass) }
    projection.execute()
    begin(memory.state(0), with: 1)
    if let carry = cell.carry { begin(carry, with: 2) }
    cell.beginForward()
    for t in 0..<memory.steps {
      memory.dropState(t)
      cell.forward(t)
      mask?.keep(t, cell)
    }
    writeOutputs()
  }

  /// Draws the masks of this step of training, and applies that of the inputs.
  private func drop(_ pass: Pass) {
    let key = RandomGenerator.fold(pass.key(memory.plan.index), salt)
    if let inputMask {
      let count = memory.batch * memory.features
      inputMask.update(repeating: 1, count: count)
      ck_dropout(
        Float(memory.options.dropout), RandomGenerator.fold(key, 0), count, inputMask, inputMask)
      for t in 0..<memory.steps { ck_multiply(count, inputMask, memory.inputs + t * count) }
    }
    if let mask = memory.stateMask {
      mask.update(repeating: 1, count: memory.stateCount)
      ck_dropout(
        Float(memory.options.recurrentDropout), RandomGenerator.fold(key, 1), memory.stateCount,
        mask, mask)
    }
  }

  /// Sets a first state: the layer's input of that place, or 0.
  private func begin(_ state: UnsafeMutablePointer<Float>, with place: Int) {
    if memory.hasInitialState {
      state.update(from: memory.plan.inputs[place], count: memory.stateCount)
    } else {
      state.update(repeating: 0, count: memory.stateCount)
    }
  }

  private func writeOutputs() {
    let plan = memory.plan
    let last = memory.state(memory.steps)
    if memory.options.returnSequences {
      ck_swap_rows(memory.steps, memory.batch, memory.units, 0, 0, memory.state(1), plan.output)
    } else {
      plan.output.update(from: last, count: memory.stateCount)
    }
    if memory.options.zeroOutputForMask { mask?.clear(plan.output) }
    guard memory.options.returnState else { return }
    plan.outputs[1].update(from: last, count: memory.stateCount)
    if let carry = cell.carry {
      plan.outputs[2].update(
        from: carry + memory.steps * memory.stateCount, count: memory.stateCount)
    }
  }

  func backward(_ pass: Pass) {
    let plan = memory.plan
    guard plan.isTrained else { return }
    let gradient = plan.outputGradient
    if let gradient, memory.options.zeroOutputForMask { mask?.clear(gradient) }
    endGradient(memory.stateGradient, of: 1)
    if let carry = cell.carryGradient { endGradient(carry, of: 2) }
    if let gradient, !memory.options.returnSequences {
      ck_add(memory.stateCount, gradient, memory.stateGradient)
    }
    cell.beginBackward()
    var t = memory.steps - 1
    while t >= 0 {
      if let gradient, memory.options.returnSequences {
        ck_rows(
          Int32(CK_ROWS_ADD.rawValue), memory.batch, memory.units, gradient + t * memory.units,
          memory.steps * memory.units, nil, 0, memory.stateGradient, memory.units)
      }
      mask?.hold(t, memory.stateGradient, cell.carryGradient)
      cell.backward(t)
      mask?.release(t, memory.stateGradient, cell.carryGradient)
      t -= 1
    }
    cell.finishBackward()
    kernelProduct?.execute()
    writeInputGradients()
  }

  /// Sets the gradient of a last state: that of the layer's output of that place, or 0.
  private func endGradient(_ gradient: UnsafeMutablePointer<Float>, of place: Int) {
    if memory.options.returnState, let own = memory.plan.outputGradients[place] {
      gradient.update(from: own, count: memory.stateCount)
    } else {
      gradient.update(repeating: 0, count: memory.stateCount)
    }
  }

  private func writeInputGradients() {
    let plan = memory.plan
    if memory.hasInitialState {
      plan.inputGradients[1]?.update(from: memory.stateGradient, count: memory.stateCount)
      if let carry = cell.carryGradient {
        plan.inputGradients[2]?.update(from: carry, count: memory.stateCount)
      }
    }
    guard let gradient = plan.inputGradient, let inputProduct else { return }
    inputProduct.execute()
    if let inputMask {
      let count = memory.batch * memory.features
      for t in 0..<memory.steps { ck_multiply(count, inputMask, memory.inputs + t * count) }
    }
    ck_swap_rows(
      memory.steps, memory.batch, memory.features, memory.options.goBackwards ? 1 : 0, 0,
      memory.inputs, gradient)
  }
}
