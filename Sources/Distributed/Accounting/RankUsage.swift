public import Configuration

/// Where one rank's time, memory and bytes went in a training.
///
/// Every second between the first step and the end is in one of the phases. Nobody sees within a
/// reduction where waiting for others ends and moving begins: the shortest one of the whole training, in
/// which some rank waited for nobody, counts as moving in each, what is above that as waiting.
public struct RankUsage: Sendable, Equatable {
  /// The rank in the job.
  public var rank = 0
  /// Whether it serves the others, and makes no steps.
  public var isServer = false
  /// The steps that it made.
  public var stepCount = 0
  /// The rows that it trained on.
  public var rowCount = 0
  /// Seconds from the beginning of training to its end.
  public var seconds = 0.0
  /// Seconds of waiting for rows.
  public var readSeconds = 0.0
  /// Seconds of forward and backward passes and of updates of the worker's own weights.
  public var computeSeconds = 0.0
  /// Seconds of pulling, pushing and meetings without the waiting in them.
  public var communicateSeconds = 0.0
  /// Those of `communicateSeconds` in which a node's first worker exchanged weights with other nodes.
  public var nodeSeconds = 0.0
  /// Seconds of waiting for a lock.
  public var lockWaitSeconds = 0.0
  /// Seconds of waiting for others within steps that all make together.
  public var reductionWaitSeconds = 0.0
  /// Seconds of waiting for others at the end of an epoch or of a part of one, and for a staleness bound.
  public var barrierWaitSeconds = 0.0
  /// Seconds of waiting until the servers had the weights of all nodes, before a validation.
  public var serverWaitSeconds = 0.0
  /// Seconds of validation, until all had done their share.
  public var validateSeconds = 0.0
  /// Seconds of copying and writing checkpoints.
  public var checkpointSeconds = 0.0
  /// Seconds of anything else.
  public var otherSeconds = 0.0
  /// CPU seconds of the process with all its threads, in `seconds`.
  public var cpuSeconds = 0.0
  /// Bytes of memory of the process that were resident at the end, shared ones among them.
  public var residentByteCount = 0
  /// The most there were since the process began.
  public var peakByteCount = 0
  /// Bytes that its exchange copied or sent; 0 where weights are changed in place.
  public var byteCount = 0

  /// Nothing yet.
  public init() {}

  /// All waiting for other ranks but that in validations.
  public var waitSeconds: Double {
    lockWaitSeconds + reductionWaitSeconds + barrierWaitSeconds + serverWaitSeconds
  }

  /// Seconds of training: what is neither validation nor checkpoints nor anything else.
  public var trainSeconds: Double {
    readSeconds + computeSeconds + communicateSeconds + waitSeconds
  }

  /// CPU seconds a second.
  public var cpuShare: Double { seconds > 0 ? cpuSeconds / seconds : 0 }

  /// The numbers in the names that `--json` and a trace give them.
  public var value: Value {
    [
      "rank": Value(.int(rank)), "role": isServer ? "server" : "worker",
      "steps": Value(.int(stepCount)), "rows": Value(.int(rowCount)),
      "seconds": Value(.number(seconds)), "read": Value(.number(readSeconds)),
      "compute": Value(.number(computeSeconds)),
      "communicate": Value(.number(communicateSeconds)),
      "communicate_nodes": Value(.number(nodeSeconds)), "wait": Value(.number(waitSeconds)),
      "wait_lock": Value(.number(lockWaitSeconds)),
      "wait_reduction": Value(.number(reductionWaitSeconds)),
      "wait_barrier": Value(.number(barrierWaitSeconds)),
      "wait_servers": Value(.number(serverWaitSeconds)),
      "validate": Value(.number(validateSeconds)),
      "checkpoint": Value(.number(checkpointSeconds)), "other": Value(.number(otherSeconds)),
      "cpu": Value(.number(cpuSeconds)), "resident": Value(.int(residentByteCount)),
      "peak_resident": Value(.int(peakByteCount)), "bytes": Value(.int(byteCount)),
    ]
  }

  /// Reads what `value` gives; what is missing is 0.
  public init(value: Value) {
    func number(_ key: String) -> Double { value[key]?.number ?? 0 }
    func count(_ key: String) -> Int { value[key]?.int ?? 0 }
    if case .string(let role)? = value["role"]?.kind { isServer = role == "server" }
    (rank, stepCount, rowCount) = (count("rank"), count("steps"), count("rows"))
    (residentByteCount, peakByteCount) = (count("resident"), count("peak_resident"))
    byteCount = count("bytes")
    (seconds, readSeconds, computeSeconds) = (number("seconds"), number("read"), number("compute"))
    (communicateSeconds, cpuSeconds) = (number("communicate"), number("cpu"))
    (lockWaitSeconds, reductionWaitSeconds) = (number("wait_lock"), number("wait_reduction"))
    (barrierWaitSeconds, validateSeconds) = (number("wait_barrier"), number("validate"))
    (checkpointSeconds, otherSeconds) = (number("checkpoint"), number("other"))
    (nodeSeconds, serverWaitSeconds) = (number("communicate_nodes"), number("wait_servers"))
  }
}
