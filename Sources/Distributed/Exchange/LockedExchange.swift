package import NN

/// Shared memory under a reader/writer lock: every step reads whole parameters and writes alone.
///
/// The reference for what Hogwild's races cost or gain; a step computes on a private copy.
package struct LockedExchange: Exchange {
  package let memory: ParameterMemory
  private let gradient: Gradient
  package var optimizer: any Optimizer
  private let copy: Gradient
  private let correction: StalenessCorrection
  private let counts = StalenessCounts()

  package init(
    memory: ParameterMemory, gradient: Gradient, optimizer: any Optimizer,
    correction: StalenessCorrection = .none
  ) {
    self.memory = memory
    self.gradient = gradient
    self.optimizer = optimizer
    self.correction = correction
    copy = Gradient(parameterCount: memory.parameterCount)
  }

  package var parameters: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: copy.start, count: memory.parameterCount)
  }

  package var staleness: StalenessCounts? { counts }

  package func pull() throws {
    try memory.lock.lockForReading()
    counts.read(after: memory.updateCount)
    copy.start.update(from: memory.parameters.start, count: memory.parameterCount)
    memory.lock.unlockAfterReading()
    memory.traffic.moved(floatCount: memory.parameterCount)
  }

  package func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    guard rowCount > 0 else { return wantsToStop }
    try memory.lock.lockForWriting()
    let number = memory.nextUpdate()
    optimizer.update(
      memory, gradient: gradient, step: number, staleness: counts.wrote(as: number), correction,
      read: copy.start)
    memory.lock.unlockAfterWriting()
    memory.traffic.moved(floatCount: memory.trainedCount)
    return wantsToStop
  }
}
