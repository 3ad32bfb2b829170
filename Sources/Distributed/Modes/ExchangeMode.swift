package import Configuration
package import NN

/// A way in which the workers' steps meet, as a job file says it: `distribution.mode`.
///
/// A mode is its options and the `Exchange` that it makes of them; who trains knows only these. A new one
/// is a file here and a line in `ModeRegistry`, whose shared tests then run over it.
package protocol ExchangeMode: Sendable {
  /// The mode's name in a job file: `easgd`.
  static var name: String { get }
  /// Whether the workers of a node work on one memory; otherwise each has parameters of its own, and ranks
  /// may be on any number of nodes.
  static var sharesMemory: Bool { get }
  /// Whether the optimizer's state lies in the memory that is trained; otherwise each worker has one of its
  /// own beside it.
  static var keepsStateInMemory: Bool { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var entries: [Value.Entry] { get }
  /// The steps of the optimizer in a training in which the workers have so many batches, for schedules
  /// that end with it.
  func optimizerSteps(batchCounts: [Int]) -> Int
  /// Whether a worker's weights are changed by something else than its optimizer.
  var changesWeights: Bool { get }
  /// Whether a worker's gradient is applied to shared parameters as it is, so that it can be corrected for
  /// its staleness.
  static var correctsStaleness: Bool { get }
  /// What a worker keeps for itself beside its gradient, in floats for each parameter, with an optimizer of
  /// that many slots.
  func ownFloats(slotCount: Int) -> Int
  /// What a worker meets the others with.
  func exchange(_ parts: ExchangeParts) -> any Exchange
}

extension ExchangeMode {
  /// The name, with the options where there are any: what `ModeRegistry` reads.
  package var namedValue: Value {
    entries.isEmpty
      ? Value(.string(Self.name)) : Value(.map([.init(Self.name, Value(.map(entries)))]))
  }

  /// None.
  package var entries: [Value.Entry] { [] }

  /// No.
  package var changesWeights: Bool { false }

  /// No: a worker's own weights meet the others'.
  package static var correctsStaleness: Bool { false }

  /// One for each batch of each worker.
  package func optimizerSteps(batchCounts: [Int]) -> Int { batchCounts.reduce(0, +) }
}

/// What an exchange works with.
package struct ExchangeParts {
  /// The parameters that are validated and saved.
  package let memory: ParameterMemory
  /// Where the worker's steps write their gradient.
  package let gradient: Gradient
  /// What applies a gradient.
  package let optimizer: any Optimizer
  /// The number of workers.
  package let workerCount: Int
  /// Whether a Hogwild worker computes on a copy of the parameters.
  package let usesCopy: Bool
  /// What becomes of a gradient that is stale.
  package let correction: StalenessCorrection
  /// What workers with parameters of their own add up by where messages are compressed, else nil.
  package let reduction: CompressedReduction?
  /// What they add up floats by where several share nodes, else nil: `MPI_Allreduce` among all.
  package let groups: NodeGroups?

  package init(
    memory: ParameterMemory, gradient: Gradient, optimizer: any Optimizer, workerCount: Int,
    usesCopy: Bool, correction: StalenessCorrection = .none,
    reduction: CompressedReduction? = nil, groups: NodeGroups? = nil
  ) {
    self.memory = memory
    self.gradient = gradient
    self.optimizer = optimizer
    self.workerCount = workerCount
    self.usesCopy = usesCopy
    self.correction = correction
    self.reduction = reduction
    self.groups = groups
  }
}
