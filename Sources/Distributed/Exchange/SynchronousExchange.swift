package import NN

/// Synchronous training: every step applies the mean gradient over all workers' rows.
///
/// Each worker has its own parameters and optimizer state and applies the same update, so they stay
/// equal to the bit. n workers with batch b make the steps of one worker with batch n·b, except where the
/// loss is a mean over the steps of a batch that a mask leaves: each worker divides by its own count. The
/// reference for the asynchronous modes; works over any number of nodes.
package struct SynchronousExchange: Exchange {
  package let memory: ParameterMemory
  private let gradient: Gradient
  package var optimizer: any Optimizer

  package init(memory: ParameterMemory, gradient: Gradient, optimizer: any Optimizer) {
    self.memory = memory
    self.gradient = gradient
    self.optimizer = optimizer
  }

  package var parameters: UnsafeMutableBufferPointer<Float> { memory.parameters }

  package func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int {
    workers.size == 1 ? own : try workers.allReduce(own, .maximum)
  }

  package func pull() {}

  package func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool {
    guard workers.size > 1 else {
      if rowCount > 0 { optimizer.update(memory, gradient: gradient, step: memory.nextUpdate()) }
      return wantsToStop
    }
    // The gradient is a mean over this worker's rows; the sum over all rows is what adds up.
    let count = memory.parameterCount
    scale(by: Float(rowCount))
    gradient.values[count] = Float(rowCount)
    gradient.values[count + 1] = wantsToStop ? 1 : 0
    try workers.allReduce(
      UnsafeMutableBufferPointer(start: gradient.start, count: count + 2), .sum)
    let total = gradient.values[count]
    let stop = gradient.values[count + 1] > 0
    if total > 0 {
      scale(by: 1 / total)
      optimizer.update(memory, gradient: gradient, step: memory.nextUpdate())
    }
    return stop
  }

  private func scale(by factor: Float) {
    let values = gradient.start
    // A worker without rows has an old gradient here, whatever it is worth times zero.
    if factor == 0 {
      values.update(repeating: 0, count: memory.parameterCount)
    } else {
      for i in 0..<memory.parameterCount { values[i] *= factor }
    }
  }
}
