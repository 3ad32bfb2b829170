/// What a worker can give for a checkpoint by itself, in the middle of a step, while others hang.
///
/// The blocks outlive the training; only the worker's own thread changes them.
package struct WorkerHoldings {
  /// The network's parameters, in one block or one behind the other.
  let parameters: [UnsafeMutableBufferPointer<Float>]
  /// The optimizer's state.
  let state: UnsafeMutableBufferPointer<Float>
  /// What the exchange keeps besides, and what it is: see `ParameterSnapshot.OwnState`.
  let own: [UnsafeMutableBufferPointer<Float>]
  let layout: String
  /// The optimizer's steps so far.
  let updateCount: () -> Int
  /// What compressed messages of this worker have left out of what `parameters` are, number by number; empty:
  /// nothing; nil: it cannot be told now.
  var leftOut: () -> [Float]? = { [] }

  init(
    parameters: [UnsafeMutableBufferPointer<Float>], state: UnsafeMutableBufferPointer<Float>,
    own: [UnsafeMutableBufferPointer<Float>] = [], layout: String = "",
    updateCount: @escaping () -> Int
  ) {
    self.parameters = parameters
    self.state = state
    self.own = own
    self.layout = layout
    self.updateCount = updateCount
  }

  /// All of `memory`.
  init(_ memory: ParameterMemory) {
    self.init(parameters: [memory.parameters], state: memory.state) { memory.updateCount }
  }

  /// The blocks in the order in which they are sent, and their lengths together: of the parameters, of the
  /// state, and of what is kept besides.
  var blocks: [UnsafeMutableBufferPointer<Float>] { parameters + [state] + own }
  var counts: [Int] {
    [parameters, [state], own].map { $0.reduce(0) { $0 + $1.count } }
  }
}

@available(*, unavailable)
extension WorkerHoldings: Sendable {}
