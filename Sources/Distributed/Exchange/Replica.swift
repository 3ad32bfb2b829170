internal import NN

/// Weights and an optimizer of a worker's own, with which it goes on between meetings with the others.
///
/// A class: its update within the backward pass counts the replica's steps.
final class Replica {
  /// The weights that the network computes on.
  let weights: UnsafeMutableBufferPointer<Float>
  /// The optimizer's state.
  let state: UnsafeMutableBufferPointer<Float>
  /// The steps that this worker has made with it.
  var stepCount = 0
  private(set) var backwardUpdate: BackwardUpdate?
  var optimizer: any Optimizer { didSet { backwardUpdate?.optimizer = optimizer } }
  private let memory: ParameterMemory
  private let gradient: Gradient
  private let arena = FloatArena()

  /// Makes blocks for `parts`; without `makesSteps` there is no state, and `step` must not be called.
  init(_ parts: ExchangeParts, makesSteps: Bool = true) {
    memory = parts.memory
    gradient = parts.gradient
    optimizer = parts.optimizer
    weights = arena.allocate(memory.parameterCount)
    state = arena.allocate(makesSteps ? memory.trainedCount * parts.optimizer.slotCount : 0)
  }

  /// How many of the weights are trained: the first ones.
  var trainedCount: Int { memory.trainedCount }

  /// The trained weights.
  var trained: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: weights[..<memory.trainedCount])
  }

  /// A block of this worker's own for each trained weight, zero at first.
  func block() -> UnsafeMutableBufferPointer<Float> { arena.allocate(memory.trainedCount) }

  /// Takes the shared parameters, and state and steps of a checkpoint.
  func begin(from snapshot: ParameterSnapshot?) {
    pull()
    guard let snapshot else { return }
    stepCount = snapshot.updateCount
    if snapshot.state.count == state.count { _ = state.update(fromContentsOf: snapshot.state) }
  }

  /// Takes all shared parameters.
  func pull() {
    weights.start.update(from: memory.parameters.start, count: memory.parameterCount)
    memory.traffic.moved(floatCount: memory.parameterCount)
  }

  /// Takes the moving averages, which are the shared ones at each step: their change follows from them.
  func pullAverages() {
    let trained = memory.trainedCount
    (weights.start + trained).update(
      from: memory.parameters.start + trained, count: memory.parameterCount - trained)
  }

  /// See `Exchange.updateInBackward`: nobody else reads these weights.
  func updateInBackward(of executor: Executor) {
    guard executor.updatesInBackward else { return }
    backwardUpdate = BackwardUpdate(
      optimizer, parameters: weights.start, state: state.start, count: memory.trainedCount
    ) { [unowned self] in
      stepCount += 1
      return stepCount
    }
  }

  /// Changes the weights by the gradient of a step, unless the backward pass has done so.
  func step() {
    guard backwardUpdate == nil else { return }
    stepCount += 1
    optimizer.update(
      parameters: weights.start, gradient: gradient.start, state: state.start,
      count: memory.trainedCount, step: stepCount)
  }

  /// Adds a step's change of the moving averages to the shared ones.
  func pushAverages() { memory.addChange(gradient.start) }
}
