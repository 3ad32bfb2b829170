package import NN

/// How a worker's step meets the other workers' steps: the seam between training and distribution.
///
/// A worker's step is `pull`, forward and backward on `parameters`, `push`. What lies behind is one
/// file per way: in place, private copy, locked, synchronous.
package protocol Exchange {
  /// What the network computes on, from `pull` to `push`.
  var parameters: UnsafeMutableBufferPointer<Float> { get }

  /// What applies a gradient; told of the epochs' figures between epochs.
  var optimizer: any Optimizer { get set }

  /// Where the training's truth is: what is validated, checkpointed and saved.
  var memory: ParameterMemory { get }

  /// How many steps this worker makes in an epoch for which it has `own` batches.
  ///
  /// Collective over `workers` in synchronous mode, where all make as many as the busiest.
  func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int

  /// Brings `parameters` up to date before a step.
  func pull() throws

  /// What a step of the worker's executor changes the weights with during its backward pass; nil: `push`
  /// changes them.
  var backwardUpdate: BackwardUpdate? { get }

  /// Makes `backwardUpdate` where this way of exchanging, the network and the optimizer allow it.
  mutating func updateInBackward(of executor: Executor)

  /// Applies the gradient of the mean loss over `rowCount` rows; 0 rows: this worker had none left.
  ///
  /// Collective over `workers` in synchronous mode.
  func push(rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator) throws -> Bool
}

extension Exchange {
  /// None.
  package var backwardUpdate: BackwardUpdate? { nil }
  /// Nothing: the gradient must be whole first.
  package mutating func updateInBackward(of executor: Executor) {}
}
// `push` gives back whether to stop now: the worker's own wish, or in synchronous mode anybody's.
