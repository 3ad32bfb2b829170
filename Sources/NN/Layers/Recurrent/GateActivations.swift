private import CKernels

/// The activations of gates that no fused kernel has: one block of `units` columns after the other.
struct GateActivations {
  private let memory: RecurrentMemory
  /// One function for each gate.
  private let functions: [Activation]
  /// What they were applied to, T x B x G U, where a derivative needs it.
  private let inputs: UnsafeMutablePointer<Float>?
  /// The gradients of one step's gates, B x G U.
  let gradient: UnsafeMutablePointer<Float>

  init(_ memory: RecurrentMemory, _ functions: [Activation]) {
    self.memory = memory
    self.functions = functions
    let plan = memory.plan
    let keeps = plan.isTrained && functions.contains { $0.needsInput }
    inputs = keeps ? plan.allocate(memory.steps * memory.gatesCount) : nil
    gradient = plan.isTrained ? plan.allocate(memory.gatesCount) : memory.gates
  }

  /// Applies the function of `gate` in step `t`.
  func forward(_ gate: Int, _ t: Int) {
    let width = memory.gateCount * memory.units
    let values = memory.gates(t) + gate * memory.units
    if let inputs {
      let kept = inputs + t * memory.gatesCount + gate * memory.units
      ck_rows(
        Int32(CK_ROWS_COPY.rawValue), memory.batch, memory.units, values, width, nil, 0, kept, width
      )
    }
    for row in 0..<memory.batch {
      let value = values + row * width
      functions[gate].forward(rows: 1, columns: memory.units, from: value, to: value)
    }
  }

  /// Multiplies the gradient of `gate` by the derivative.
  func backward(_ gate: Int, _ t: Int) {
    let width = memory.gateCount * memory.units
    let values = memory.gates(t)
    let kept = inputs.map { $0 + t * memory.gatesCount } ?? values
    for row in 0..<memory.batch {
      let place = row * width + gate * memory.units
      functions[gate].backward(
        rows: 1, columns: memory.units, input: kept + place, output: values + place,
        from: gradient + place, to: gradient + place)
    }
  }

  /// Puts the gradients into the place of the gates.
  func store(_ t: Int) { memory.gates(t).update(from: gradient, count: memory.gatesCount) }
}

/// The sums of the columns of a matrix of `rows` rows.
func columnSums(
  rows: Int, columns: Int, _ values: UnsafeMutablePointer<Float>,
  to sums: UnsafeMutablePointer<Float>?
) {
  guard let sums else { return }
  Activation.linear.backward(
    rows: rows, columns: columns, input: values, output: values, gradient: values, columnSums: sums)
}
