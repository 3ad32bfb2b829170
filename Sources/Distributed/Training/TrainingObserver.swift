public import NN

/// Follows a training from rank 0: draws a bar, writes a log, collects for a test.
///
/// Called on rank 0 only, on the thread that trains or serves; must return within milliseconds.
public protocol TrainingObserver: AnyObject {
  /// Something a user should know, in one line: a resumed checkpoint, a measured choice.
  func note(_ line: String)
  /// An update of a rank was refused; the first few of each rank are told.
  func refused(_ refusal: Refusal)
  /// Training goes on; called several times a second.
  func progress(_ progress: TrainingProgress)
  /// An epoch is over and validated.
  func epochEnded(_ record: EpochRecord)
  /// A part of an epoch but the last is over and validated (`training.validations_per_epoch`).
  func partEnded(_ record: EpochRecord)
  /// Whether all ranks wait after every validation for what `verdict` says.
  var givesVerdicts: Bool { get }
  /// Whether training is to stop at the next batch with a checkpoint; asked many times a second.
  var wantsStop: Bool { get }
  /// Called after `epochEnded` and `partEnded` when `givesVerdicts`: whether training goes on.
  ///
  /// May take its time: the ranks sleep meanwhile, all at the same batch boundary.
  func verdict(after record: EpochRecord) throws -> EpochVerdict
}

extension TrainingObserver {
  /// A note.
  public func refused(_ refusal: Refusal) { note(refusal.summary) }

  /// Only whole epochs are followed.
  public func partEnded(_ record: EpochRecord) {}

  /// Nobody waits: training goes on to the last epoch.
  public var givesVerdicts: Bool { false }

  /// Nobody but a signal stops it.
  public var wantsStop: Bool { false }

  /// Training goes on.
  public func verdict(after record: EpochRecord) throws -> EpochVerdict { .proceed }
}

/// What becomes of a training after a validation.
public enum EpochVerdict: Int, Sendable {
  /// It goes on; after the last epoch the model file is written.
  case proceed = 0
  /// It ends here with a checkpoint, on all ranks at the same batch boundary.
  case stop = 1
  /// After the last epoch: no model file is written. Before it: as `proceed`.
  case discard = 2
  /// It ends here, on all ranks, as after the last epoch: the model file is written. Only after a
  /// whole epoch; after a part of one: as `proceed`.
  case finish = 3

  /// Whether another epoch may follow.
  var goesOn: Bool { self == .proceed || self == .discard }
}

/// How far a training is.
public struct TrainingProgress: Sendable {
  /// The epoch that runs, from 1.
  public var epoch: Int
  /// The number of epochs in all.
  public var epochCount: Int
  /// Rows trained on so far, over all epochs and workers.
  public var samplesDone: Int
  /// Rows to train on in all.
  public var samplesTotal: Int
  /// Rows per second of all workers together, over the last second or so.
  public var samplesPerSecond: Double
  /// The mean loss of the latest steps; nil before the first.
  public var loss: Double?
  /// Seconds until the last epoch ends; nil while nothing is known.
  public var etaSeconds: Double?

  /// Makes a value, for displays and their tests.
  public init(
    epoch: Int, epochCount: Int, samplesDone: Int, samplesTotal: Int, samplesPerSecond: Double,
    loss: Double?, etaSeconds: Double?
  ) {
    self.epoch = epoch
    self.epochCount = epochCount
    self.samplesDone = samplesDone
    self.samplesTotal = samplesTotal
    self.samplesPerSecond = samplesPerSecond
    self.loss = loss
    self.etaSeconds = etaSeconds
  }
}

/// The results of an epoch, or of its first parts.
public struct EpochRecord: Sendable, Equatable {
  /// The epoch, from 1.
  public var epoch: Int
  /// How many of the epoch's `partCount` parts are done; all of them at its end.
  public var part = 1
  /// The number of parts, `training.validations_per_epoch`; 1 in a history that was read.
  public var partCount = 1
  /// Seconds since the epoch began, validation included.
  public var seconds: Double
  /// Rows per second of all workers together while they trained.
  public var samplesPerSecond: Double
  /// Results by Keras' names: `loss`, `accuracy`, `val_loss`, `val_accuracy`, ….
  public var values: [Result]

  /// One figure of an epoch.
  public struct Result: Sendable, Equatable {
    /// The figure's name.
    public var name: String
    /// Its value.
    public var value: Double

    /// Makes a result.
    public init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Makes a record.
  public init(epoch: Int, seconds: Double, samplesPerSecond: Double, values: [Result]) {
    self.epoch = epoch
    self.seconds = seconds
    self.samplesPerSecond = samplesPerSecond
    self.values = values
  }

  /// Whether the epoch is over.
  public var isWhole: Bool { part == partCount }

  /// The number of parts since the training began.
  public var step: Int { (epoch - 1) * partCount + part }

  /// The figure of that name.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
}

/// How a training ended.
public struct TrainingReport: Sendable {
  /// Finished, or stopped by a signal with a checkpoint to resume from.
  public enum Outcome: String, Sendable {
    /// All epochs are done, or those that early stopping, a target or a callback left; the model file
    /// is written.
    case finished
    /// A signal came; the checkpoint holds everything, the same command resumes.
    case stoppedEarly = "stopped_early"
  }

  /// How it ended.
  public var outcome: Outcome
  /// One record per finished epoch, those before a resume included.
  public var history: [EpochRecord]
  /// Why a finished training has fewer epochs than the job asks for, in words; nil when it has all.
  public var endReason: String?
  /// The epoch whose weights the model file has, when these are kept; nil: the last one's.
  public var bestEpoch: Int?
  /// The model file; written when `outcome` is finished.
  public var modelPath: String
  /// The checkpoint; there when `outcome` is stoppedEarly.
  public var checkpointPath: String
  /// Seconds of training and validation in this run.
  public var computeSeconds: Double
  /// Rows trained on in this run.
  public var sampleCount: Int
  /// Mode and exchange in words: "hogwild, in place".
  public var exchange: String
  /// The number of trained parameters.
  public var parameterCount: Int
  /// The memory that a worker's training step takes.
  public var stepMemory: StepMemory?
  /// The ranks that trained.
  public var workerCount = 1
  /// How many updates of others came between a worker's reading and its update; nil in modes in which
  /// there can be none.
  public var staleness: Staleness?
  /// The nodes that have workers and exchange their weights; 1 where all share memory.
  public var nodeCount = 1
  /// The same between nodes: how many exchanges of others came between two of a node; nil with one node.
  public var nodeStaleness: Staleness?
  /// Bytes that the nodes have sent to the servers and received from them.
  public var exchangedByteCount = 0
  /// The updates that were refused in this run, of all ranks.
  public var refusedCount = 0
  /// The share of one core that rank 0 used while it served; nil when it trained itself.
  public var serverCPUShare: Double?
  /// Where each rank's time, memory and bytes went in this run, in rank order.
  public var ranks: [RankUsage] = []

  /// Rows per second of all workers together while they trained, without validation and checkpoints.
  public var samplesPerSecond: Double { UsageShares(ranks)?.samplesPerSecond ?? 0 }

  /// The figures of the epoch whose weights the model file has.
  public var result: EpochRecord? {
    bestEpoch.flatMap { best in history.last { $0.epoch == best } } ?? history.last
  }

  /// 0, or 75 when stopped early.
  public var exitCode: Int32 { outcome == .finished ? 0 : 75 }
}
