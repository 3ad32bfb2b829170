public import Configuration

/// The workers of a training in figures that do not depend on how long it was.
///
/// Shares are of the time of training, all workers together, without validation and checkpoints: reading,
/// computing, communicating and waiting add up to 1.
public struct UsageShares: Sendable, Equatable {
  /// The ranks that made steps.
  public var workerCount = 1
  /// Waiting for rows.
  public var read = 0.0
  /// Forward and backward passes, and updates of the worker's own weights.
  public var compute = 0.0
  /// Pulls, pushes, meetings and reductions without the waiting in them.
  public var communicate = 0.0
  /// Exchange of a node's weights with other nodes beside the steps: a part of `communicate`.
  public var nodes = 0.0
  /// Waiting for a lock.
  public var lockWait = 0.0
  /// Waiting for others within steps that all make together.
  public var reductionWait = 0.0
  /// Waiting for others at the end of an epoch or of a part of one.
  public var barrierWait = 0.0
  /// Waiting until the servers have the weights of all nodes, before a validation.
  public var serverWait = 0.0
  /// CPU seconds a second of a worker: 1 is one core.
  public var cpu = 0.0
  /// The share of the time in which a worker had work that it was on a core: 1 where no ranks share one.
  public var busyCPU = 1.0
  /// Validation and checkpoints, as a share of all the time.
  public var overhead = 0.0
  /// Rows per second of all workers together.
  public var samplesPerSecond = 0.0
  /// The steps of a worker, in the mean.
  public var stepCount = 0.0
  /// Seconds of computing in a step.
  public var computePerStep = 0.0
  /// Bytes that a worker exchanges in a step.
  public var bytesPerStep = 0.0
  /// Bytes of memory that a worker has, its share of shared ones among them.
  public var residentByteCount = 0

  /// No time: for made-up figures.
  public init() {}

  /// The mean over the workers among `ranks`; nil where none has trained.
  public init?(_ ranks: [RankUsage]) {
    let workers = ranks.filter { !$0.isServer }
    func sum(_ seconds: (RankUsage) -> Double) -> Double { workers.reduce(0) { $0 + seconds($1) } }
    let train = sum(\.trainSeconds)
    let all = sum(\.seconds)
    let steps = workers.reduce(0) { $0 + $1.stepCount }
    guard train > 0, all > 0, steps > 0 else { return nil }
    workerCount = workers.count
    read = sum(\.readSeconds) / train
    compute = sum(\.computeSeconds) / train
    communicate = sum(\.communicateSeconds) / train
    nodes = sum(\.nodeSeconds) / train
    lockWait = sum(\.lockWaitSeconds) / train
    reductionWait = sum(\.reductionWaitSeconds) / train
    barrierWait = sum(\.barrierWaitSeconds) / train
    serverWait = sum(\.serverWaitSeconds) / train
    cpu = sum(\.cpuSeconds) / all
    // Who waits for a lock, a barrier, rows or a disk sleeps; in a reduction MPI spins.
    let busy = sum(\.computeSeconds) + sum(\.communicateSeconds) + sum(\.reductionWaitSeconds)
    let work = busy + sum(\.validateSeconds)
    busyCPU = work > 0 ? min(1, sum(\.cpuSeconds) / work) : 1
    overhead = (sum(\.validateSeconds) + sum(\.checkpointSeconds)) / all
    samplesPerSecond =
      Double(workers.reduce(0) { $0 + $1.rowCount }) * Double(workers.count) / train
    stepCount = Double(steps) / Double(workers.count)
    computePerStep = sum(\.computeSeconds) / Double(steps)
    bytesPerStep = Double(workers.reduce(0) { $0 + $1.byteCount }) / Double(steps)
    residentByteCount = workers.reduce(0) { $0 + $1.residentByteCount } / workers.count
  }

  /// All waiting for other ranks.
  public var wait: Double { lockWait + reductionWait + barrierWait + serverWait }

  /// The shares as JSON has them.
  public var value: Value {
    [
      "read": Value(.number(read)), "compute": Value(.number(compute)),
      "communicate": Value(.number(communicate)), "communicate_nodes": Value(.number(nodes)),
      "wait": Value(.number(wait)),
      "wait_lock": Value(.number(lockWait)), "wait_reduction": Value(.number(reductionWait)),
      "wait_barrier": Value(.number(barrierWait)), "wait_servers": Value(.number(serverWait)),
      "cpu": Value(.number(cpu)),
    ]
  }
}
