package import NN

/// How a worker's step meets the other workers' steps: the seam between training and distribution.
///
/// A worker's step is `pull`, forward and backward on `parameters`, `push`. What lies behind is one
/// file per way; see `ModeRegistry`.
package protocol Exchange {
  /// What the network computes on, from `pull` to `push`.
  var parameters: UnsafeMutableBufferPointer<Float> { get }

  /// What applies a gradient; told of the epochs' figures between epochs.
  var optimizer: any Optimizer { get set }

  /// Where the training's truth is: what is validated and saved.
  var memory: ParameterMemory { get }

  /// A number that is another one for each step of a worker, and the same when a training is resumed
  /// there: random masks follow from it.
  var noiseStep: Int { get }

  /// How many updates by others came between a worker's reading and its writing; nil where none can.
  var staleness: StalenessCounts? { get }

  /// What this worker would have sent to other nodes, and did not, or a server did not take, as it or the weights
  /// behind it would not be finite: in all, and since the last time that they were.
  var refusedPushes: (count: Int, row: Int) { get }

  /// Takes the first parameters, which `memory` holds, and what a checkpoint kept besides.
  mutating func begin(from snapshot: ParameterSnapshot?)

  /// How many steps this worker makes next, in an epoch or a part of one, with `own` batches.
  ///
  /// Collective over `workers` in synchronous modes, where all make as many as the busiest.
  mutating func stepCount(own: Int, among workers: borrowing Communicator) throws -> Int

  /// Brings `parameters` up to date before a step.
  mutating func pull() throws

  /// What a step of the worker's executor changes the weights with during its backward pass; nil: `push`
  /// changes them.
  var backwardUpdate: BackwardUpdate? { get }

  /// Makes `backwardUpdate` where this way of exchanging, the network and the optimizer allow it; told once,
  /// before the first step.
  mutating func updateInBackward(of executor: Executor)

  /// Begins a step over `rowCount` rows, and gives who hears during its backward pass which gradients are
  /// complete; nil: nobody.
  ///
  /// What is on its way when `push` is called has the rows that the step began with, whatever `push` says.
  mutating func observer(
    rowCount: Int, among workers: borrowing Communicator
  ) throws -> (any GradientObserver)?

  /// Applies the gradient of the mean loss over `rowCount` rows; 0 rows: this worker had none left, or its
  /// update is refused.
  ///
  /// Collective over `workers` in synchronous modes. Gives back whether to stop now: the worker's own wish,
  /// or in synchronous modes anybody's.
  mutating func push(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws -> Bool

  /// Told behind each step how many rows of the epoch's plan the worker has visited, and 0 before the first;
  /// gives of how many of them the work is in what a checkpoint is made of when this worker hangs.
  ///
  /// Never more than that: a batch is rather trained again than left out.
  mutating func reached(_ rowCount: Int) -> Int

  /// What this worker can give for a checkpoint when others hang; nil: nothing.
  var holdings: WorkerHoldings? { get }

  /// Brings into `memory` what this worker still has for itself, before a validation.
  ///
  /// Called by all of `workers` at the same time, behind their last step.
  mutating func settle(among workers: borrowing Communicator) throws

  /// What a checkpoint keeps, on the first worker; nil on the others.
  ///
  /// Collective over `workers`, none of which trains meanwhile.
  func snapshot(among workers: borrowing Communicator) throws -> ParameterSnapshot?
}

extension Exchange {
  /// The updates so far.
  package var noiseStep: Int { memory.updateCount }
  /// Not counted.
  package var staleness: StalenessCounts? { nil }
  /// Nothing is sent.
  package var refusedPushes: (count: Int, row: Int) { (0, 0) }
  /// Nothing: all is in the memory.
  package mutating func begin(from snapshot: ParameterSnapshot?) {}
  /// One step for each batch.
  package func stepCount(own: Int, among workers: borrowing Communicator) -> Int { own }
  /// None.
  package var backwardUpdate: BackwardUpdate? { nil }
  /// Nothing: the gradient must be whole first.
  package mutating func updateInBackward(of executor: Executor) {}
  /// Nobody: `push` takes the whole gradient.
  package mutating func observer(
    rowCount: Int, among workers: borrowing Communicator
  ) -> (any GradientObserver)? { nil }
  /// All: each step changes the memory.
  package mutating func reached(_ rowCount: Int) -> Int { rowCount }
  /// The memory.
  package var holdings: WorkerHoldings? { WorkerHoldings(memory) }
  /// Nothing: all is in the memory.
  package mutating func settle(among workers: borrowing Communicator) {}
  /// The memory as it is.
  package func snapshot(among workers: borrowing Communicator) -> ParameterSnapshot? {
    workers.rank == 0 ? ParameterSnapshot(memory) : nil
  }
}
