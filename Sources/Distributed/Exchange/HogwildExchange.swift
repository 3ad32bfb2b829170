package import NN

/// Hogwild: updates in shared memory, in place and without any lock.
///
/// Workers read and write the same floats at the same time and overwrite some of each other's work;
/// that training converges all the same is Theorem 4.1 of Niu, Recht, Ré and Wright, "Hogwild!: A
/// Lock-Free Approach to Parallelizing Stochastic Gradient Descent" (2011). One worker alone is
/// plain stochastic gradient descent, exact to the bit.
package struct HogwildExchange: Exchange {
  package let memory: ParameterMemory
  private let gradient: Gradient
  package var optimizer: any Optimizer { didSet { backwardUpdate?.optimizer = optimizer } }
  package private(set) var backwardUpdate: BackwardUpdate?
  private let counts = StalenessCounts()
  private let correction: StalenessCorrection
  /// The private copy that steps compute on, or nil to compute in the window itself.
  private let copy: Gradient?

  package init(
    memory: ParameterMemory, gradient: Gradient, optimizer: any Optimizer, privateCopy: Bool,
    correction: StalenessCorrection = .none
  ) {
    self.memory = memory
    self.gradient = gradient
    self.optimizer = optimizer
    self.correction = correction
    copy = privateCopy ? Gradient(parameterCount: memory.parameterCount) : nil
  }

  package var parameters: UnsafeMutableBufferPointer<Float> {
    guard let copy else { return memory.parameters }
    return UnsafeMutableBufferPointer(start: copy.start, count: memory.parameterCount)
  }

  package var staleness: StalenessCounts? { counts }

  package func pull() {
    counts.read(after: memory.updateCount)
    guard let copy else { return }
    copy.start.update(from: memory.parameters.start, count: memory.parameterCount)
    memory.traffic.moved(floatCount: memory.parameterCount)
  }

  /// In place each layer's weights may change as soon as their gradient is there, which saves memory
  /// traffic; a private copy would not see it before the next pull, and a correction wants the whole gradient.
  package mutating func updateInBackward(of executor: Executor) {
    guard copy == nil, correction == .none, executor.updatesInBackward else { return }
    let (memory, counts) = (memory, counts)
    backwardUpdate = BackwardUpdate(
      optimizer, parameters: memory.parameters.start,
      state: memory.stateStart, count: memory.trainedCount
    ) {
      let number = memory.nextUpdate()
      counts.wrote(as: number)
      return number
    }
  }

  package func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) -> Bool {
    guard rowCount > 0 else { return wantsToStop }
    if backwardUpdate == nil {
      let number = memory.nextUpdate()
      optimizer.update(
        memory, gradient: gradient, step: number, staleness: counts.wrote(as: number),
        correction, read: copy?.start)
      if copy != nil { memory.traffic.moved(floatCount: memory.trainedCount) }
    } else {
      memory.addChange(gradient.start)
    }
    return wantsToStop
  }
}

extension Optimizer {
  /// Applies one update to the parameters and the state in `memory`, and adds the step's change of
  /// moving averages.
  ///
  /// A gradient of some `staleness` is corrected first; `read` are the parameters that it was computed on,
  /// where they are not the shared ones.
  func update(
    _ memory: ParameterMemory, gradient: Gradient, step: Int, staleness: Int = 0,
    _ correction: StalenessCorrection = .none, read: UnsafePointer<Float>? = nil
  ) {
    let factor = correction.correct(
      gradient.start, count: memory.trainedCount, staleness: staleness,
      now: memory.parameters.start, read: read)
    update(
      parameters: memory.parameters.start, gradient: gradient.start,
      state: memory.stateStart, count: memory.trainedCount,
      step: step, rateFactor: factor)
    memory.addChange(gradient.start)
  }
}
