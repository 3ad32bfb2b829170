/// Which time steps of each row count: a step that does not leaves the states as they are, as Keras'
/// `backend.rnn` does.
final class StepMask {
  private let mask: UnsafeMutablePointer<Float>
  private let memory: RecurrentMemory
  /// Gradients that go past a masked step, B x U each.
  private let held: UnsafeMutablePointer<Float>
  private let heldCarry: UnsafeMutablePointer<Float>?

  init(_ mask: UnsafeMutablePointer<Float>, _ memory: RecurrentMemory, hasCarry: Bool) {
    self.mask = mask
    self.memory = memory
    let isTrained = memory.plan.isTrained
    held = isTrained ? memory.plan.allocate(memory.stateCount) : memory.states
    heldCarry = isTrained && hasCarry ? memory.plan.allocate(memory.stateCount) : nil
  }

  private func counts(_ row: Int, _ t: Int) -> Bool {
    let steps = memory.steps
    return mask[row * steps + (memory.options.goBackwards ? steps - 1 - t : t)] != 0
  }

  /// Takes back what step `t` did to rows that it does not count for.
  func keep(_ t: Int, _ cell: any RecurrentCell) {
    let units = memory.units
    let carry = cell.carry.map { $0 + t * memory.stateCount }
    for row in 0..<memory.batch where !counts(row, t) {
      let place = row * units
      (memory.state(t + 1) + place).update(from: memory.state(t) + place, count: units)
      if let carry {
        (carry + memory.stateCount + place).update(from: carry + place, count: units)
      }
    }
  }

  /// Sets the output of masked steps, or its gradient, to 0.
  func clear(_ output: UnsafeMutablePointer<Float>) {
    let units = memory.units
    let steps = memory.options.returnSequences ? memory.steps : 1
    for row in 0..<memory.batch {
      for step in 0..<steps where !counts(row, memory.steps - steps + step) {
        (output + (row * steps + step) * units).update(repeating: 0, count: units)
      }
    }
  }

  /// Takes the gradients of masked rows aside, so that step `t` does not see them.
  func hold(
    _ t: Int, _ gradient: UnsafeMutablePointer<Float>, _ carry: UnsafeMutablePointer<Float>?
  ) {
    let units = memory.units
    for row in 0..<memory.batch where !counts(row, t) {
      let place = row * units
      (held + place).update(from: gradient + place, count: units)
      (gradient + place).update(repeating: 0, count: units)
      if let carry, let heldCarry {
        (heldCarry + place).update(from: carry + place, count: units)
        (carry + place).update(repeating: 0, count: units)
      }
    }
  }

  /// Puts them back as the gradients of the states before step `t`.
  func release(
    _ t: Int, _ gradient: UnsafeMutablePointer<Float>, _ carry: UnsafeMutablePointer<Float>?
  ) {
    let units = memory.units
    for row in 0..<memory.batch where !counts(row, t) {
      let place = row * units
      (gradient + place).update(from: held + place, count: units)
      if let carry, let heldCarry {
        (carry + place).update(from: heldCarry + place, count: units)
      }
    }
  }
}
