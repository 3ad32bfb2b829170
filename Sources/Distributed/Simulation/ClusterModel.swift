/// A cluster, and one step of one worker on it, in numbers that can be measured.
///
/// Times are seconds, rates bytes per second. A spread is a standard deviation over its mean.
package struct ClusterModel: Sendable, Equatable {
  // The step of a worker.

  /// Rows of a step.
  package var batchSize = 128
  /// Floats that the workers share.
  package var parameterCount: Int
  /// Floats of the optimizer's state for each parameter: Adam 2, plain gradient descent 0.
  package var stateFloats = 2
  /// Seconds for which a worker waits for the rows of a step.
  package var readSeconds = 0.0
  /// Seconds of forward and backward passes on a core of its own, without the update.
  package var computeSeconds: Double
  /// The spread of a worker's steps, one after the other.
  package var stepSpread = 0.05
  /// The spread of the workers' own speeds: some cores are slower for good.
  package var workerSpread = 0.0

  // A node.

  /// Cores on which workers run; more workers than these share them.
  package var coreCount = 64
  /// The speed of a core while all cores of its node work, over that of one that works alone: clocks, caches and
  /// hyperthreads that cores share make it less than 1.
  package var busyCoreSpeed = 1.0
  /// Bytes per second that one core reads and writes, alone on its node.
  package var coreBandwidth = 10e9
  /// Bytes per second that all cores of a node read and write together.
  package var nodeBandwidth = 200e9
  /// Seconds of an empty message between two ranks of a node.
  package var localLatency = 1e-6
  /// Bytes per second of a message between two ranks of a node, alone.
  package var localBandwidth = 5e9

  // The network: every node has one link, which sends and receives at the same time.

  /// Bytes per second of a link in each direction.
  package var linkBandwidth = 1.25e9
  /// Seconds of an empty message between two nodes.
  package var latency = 30e-6
  /// How an `MPI_Allreduce` goes over the network.
  package var allReduce = AllReduceAlgorithm.automatic
  /// The part of a step's compute behind which `sync` hides its reduction, 0 to 1.
  package var overlap = 0.0

  /// Seconds of the core of a node's first worker for each byte that it sends to a server or receives.
  package var nodeSecondsPerByte = 0.25e-9

  // A server: one rank that does one thing at a time.

  /// Whether servers take their time from the cores of the workers on their node; else each has one of its own.
  package var serversShareCores = false

  /// Seconds of a server's core for each message, whatever its size.
  package var serverSecondsPerMessage = 5e-6
  /// Seconds of a server's core for each byte that it receives or sends.
  package var serverSecondsPerByte = 0.25e-9
  /// Seconds of a server's core for each parameter of a push: adding it, and copying it for the answer.
  package var applySecondsPerParameter = 2e-9
  /// The nodes over which the servers are spread, whose link those of a node share; nil: all nodes, as ranks that
  /// are dealt to the nodes in turn (`mpirun --map-by node`) put them.
  package var serverNodeCount: Int?

  /// A model with defaults for all but what is particular to the training.
  package init(parameterCount: Int, computeSeconds: Double) {
    self.parameterCount = parameterCount
    self.computeSeconds = computeSeconds
  }

  /// Seconds of one update on one core, made during the backward pass: weights and state are read and
  /// written, the gradient is in the cache.
  package var updateSeconds: Double { passSeconds(bytes: 8 + 8 * Double(stateFloats)) }

  /// Seconds of a step of a worker that trains alone.
  package var aloneSeconds: Double { readSeconds + computeSeconds + updateSeconds }

  /// Seconds in which one core, alone on its node, moves so many bytes for each parameter.
  package func passSeconds(bytes: Double) -> Double {
    bytes * Double(parameterCount) / coreBandwidth
  }

  /// How many times as long a worker's compute takes where `count` of a node compute and something else keeps
  /// `taken` of its cores busy.
  ///
  /// More than the cores share them in equal parts, and each core is slower the more of them work, in proportion.
  package func slowdown(computing count: Double, taken: Double = 0) -> Double {
    let cores = Double(coreCount)
    let busy = min(count + taken, cores)
    let speed = busy > 1 ? 1 - (1 - busyCoreSpeed) * (busy - 1) / (cores - 1) : 1
    return max(1, count / (cores - taken)) / speed
  }

  /// Checks that every number is one that a cluster can have.
  ///
  /// - Throws: `DistributedError` (64) that names the number.
  package func check() throws(DistributedError) {
    let positive: [(String, Double)] = [
      ("the batch size", Double(batchSize)), ("the number of parameters", Double(parameterCount)),
      ("the time of a step's compute", computeSeconds), ("the number of cores", Double(coreCount)),
      ("a core's memory bandwidth", coreBandwidth), ("a node's memory bandwidth", nodeBandwidth),
      ("the bandwidth of messages in a node", localBandwidth),
      ("the link's bandwidth", linkBandwidth),
      ("the number of nodes with servers", Double(serverNodeCount ?? 1)),
    ]
    for (name, value) in positive where !(value > 0 && value.isFinite) {
      throw Self.error("\(name) is \(value), and must be above 0")
    }
    let others: [(String, Double)] = [
      ("the floats of the optimizer's state", Double(stateFloats)),
      ("the time of reading", readSeconds), ("the spread of steps", stepSpread),
      ("the spread of workers", workerSpread), ("the latency", latency),
      ("the latency in a node", localLatency),
      ("a node's time for a byte", nodeSecondsPerByte),
      ("a server's time for a message", serverSecondsPerMessage),
      ("a server's time for a byte", serverSecondsPerByte),
      ("a server's time for a parameter", applySecondsPerParameter), ("the overlap", overlap),
    ]
    for (name, value) in others where !(value >= 0 && value.isFinite) {
      throw Self.error("\(name) is \(value), and must be 0 or more")
    }
    guard busyCoreSpeed > 0, busyCoreSpeed <= 1 else {
      throw Self.error("the speed of busy cores is \(busyCoreSpeed), not above 0 and up to 1")
    }
    guard overlap <= 1 else { throw Self.error("the overlap is \(overlap), and at most 1") }
  }

  static func error(_ text: String) -> DistributedError {
    DistributedError("cannot simulate: \(text)", exitCode: 64)
  }
}
