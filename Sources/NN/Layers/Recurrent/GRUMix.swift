private import CKernels

/// The last line of a GRU's step, h = z h_before + (1 - z) candidate, over gates in the order z, r, h.
struct GRUMix {
  private let memory: RecurrentMemory
  /// h_before - candidate, B x U.
  private let difference: UnsafeMutablePointer<Float>

  init(_ memory: RecurrentMemory) {
    self.memory = memory
    difference = memory.plan.isTrained ? memory.plan.allocate(memory.stateCount) : memory.states
  }

  func forward(_ t: Int) {
    let (rows, units) = (memory.batch, memory.units)
    let gates = memory.gates(t)
    let state = memory.state(t + 1)
    ck_rows(
      Int32(CK_ROWS_MULTIPLY.rawValue), rows, units, memory.state(t), units, gates, 3 * units,
      state,
      units)
    ck_rows(
      Int32(CK_ROWS_COMPLEMENT_ADD.rawValue), rows, units, gates + 2 * units, 3 * units, gates,
      3 * units, state, units)
  }

  /// Writes the gradients of z and of the candidate into `gradient`, B x 3 U, and leaves that part of
  /// h_before's that goes straight through.
  func backward(_ t: Int, gradient: UnsafeMutablePointer<Float>) {
    let (rows, units) = (memory.batch, memory.units)
    let gates = memory.gates(t)
    let dh = memory.stateGradient
    let multiply = Int32(CK_ROWS_MULTIPLY.rawValue)
    ck_rows(
      Int32(CK_ROWS_COMPLEMENT.rawValue), rows, units, dh, units, gates, 3 * units,
      gradient + 2 * units, 3 * units)
    ck_rows(
      Int32(CK_ROWS_SUBTRACT.rawValue), rows, units, memory.state(t), units, gates + 2 * units,
      3 * units, difference, units)
    ck_rows(multiply, rows, units, dh, units, difference, units, gradient, 3 * units)
    ck_rows(multiply, rows, units, dh, units, gates, 3 * units, dh, units)
  }
}
