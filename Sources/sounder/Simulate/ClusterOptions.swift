internal import ArgumentParser
internal import Configuration
internal import Distributed

/// The cluster that is simulated, in the units in which such numbers are usually told.
struct ClusterOptions: ParsableArguments {
  @Option(help: "Milliseconds of a step of one worker alone: forward, backward, update.")
  var computeMs: Double?
  @Option(help: "Milliseconds for which a step waits for its rows.") var readMs: Double?
  @Option(help: "The network's parameters.") var parameters: Int?
  @Option(help: "Rows of a step.") var batch: Int?
  @Option(
    help:
      "Floats of optimizer state for each parameter: adam 2, sgd 0 (default: the trace's, or 2).")
  var stateFloats: Int?
  @Option(help: "Spread of a worker's steps: standard deviation over mean.") var spread: Double?
  @Option(help: "Spread of the workers' own speeds.") var workerSpread: Double?
  @Option(help: "Cores of a node.") var cores = 64
  @Option(help: "Speed of a core while all of a node work, of one alone: above 0, up to 1.")
  var busySpeed = 1.0
  @Option(help: "Nodes (default: as many as the workers need, one on a core).") var nodes: Int?
  @Option(help: "GB/s that one core reads and writes.") var coreGb = 10.0
  @Option(help: "GB/s that all cores of a node read and write together.") var nodeGb = 200.0
  @Option(help: "Microseconds of a message inside a node.") var localLatencyUs = 1.0
  @Option(help: "GB/s of messages inside a node.") var localGb = 5.0
  @Option(help: "Gbit/s of a node's link, each way.") var linkGbit = 10.0
  @Option(help: "Microseconds of an empty message between nodes.") var latencyUs = 30.0
  @Option(help: "How sync and localsgd reduce: auto, ring, doubling or halving.")
  var allreduce = "auto"
  @Option(help: "Part of a step's compute that hides sync's reduction, 0 to 1.") var overlap = 0.0
  @Option(
    help: ArgumentHelp(
      "Nodes that the servers are spread over, with a link for each (default: all, as with mpirun "
        + "--map-by node; with ranks in blocks the first ranks, which serve, are on 1)."))
  var serverNodes: Int?
  @Flag(help: "Servers take their time from their node's workers, and have no cores of their own.")
  var shareCores = false
  @Option(help: "Nanoseconds of a node's first worker for a byte to or from a server.")
  var nodeByteNs = 0.25
  @Option(help: "Microseconds of a server's core for a message.") var serverMessageUs = 5.0
  @Option(help: "Nanoseconds of a server's core for a byte that it receives or sends.")
  var serverByteNs = 0.25
  @Option(help: "Nanoseconds of a server's core for a parameter of a push.") var applyNs = 2.0

  /// The model: measured numbers from the trace, where there is one, and what the options say; and what there is
  /// to remark about the trace.
  ///
  /// - Throws: `CommandError` (64), or what `MeasuredTrace` throws.
  func model(trace path: String?) throws -> (model: ClusterModel, note: String?) {
    var model: ClusterModel
    var note: String?
    if let path {
      let trace = try MeasuredTrace(reading: path)
      model = try trace.model(coreBandwidth: coreGb * 1e9)
      if trace.workerCount > 1 {
        note =
          "the trace is of \(trace.workerCount) workers: what they lost by each other is taken for their "
          + "step, and counted again; the trace of one worker (--ranks 2) is the better one"
      }
    } else {
      guard computeMs != nil, let parameters else {
        throw CommandError.usage(
          "nothing is measured: give the file of `sounder train --trace`, or --compute-ms and "
            + "--parameters")
      }
      model = ClusterModel(parameterCount: parameters, computeSeconds: 0)
    }
    if let parameters { model.parameterCount = parameters }
    if let stateFloats { model.stateFloats = stateFloats }
    model.coreBandwidth = coreGb * 1e9
    model.nodeBandwidth = nodeGb * 1e9
    if let computeMs {
      let seconds = computeMs * 1e-3
      guard seconds > 0 else { throw CommandError.usage("--compute-ms must be above 0") }
      // A core can move more than it was said to: half of the step is then the update.
      model.computeSeconds = max(seconds / 2, seconds - model.updateSeconds)
    }
    if let batch { model.batchSize = batch }
    if let readMs { model.readSeconds = readMs * 1e-3 }
    if let spread { model.stepSpread = spread }
    if let workerSpread { model.workerSpread = workerSpread }
    model.coreCount = cores
    model.busyCoreSpeed = busySpeed
    model.localLatency = localLatencyUs * 1e-6
    model.localBandwidth = localGb * 1e9
    model.linkBandwidth = linkGbit * 1e9 / 8
    model.latency = latencyUs * 1e-6
    guard let algorithm = AllReduceAlgorithm(rawValue: allreduce) else {
      let names = AllReduceAlgorithm.allCases.map(\.rawValue)
      throw CommandError.usage(
        "--allreduce '\(allreduce)': " + Spelling.advice(for: allreduce, among: names))
    }
    model.allReduce = algorithm
    model.overlap = overlap
    model.serverNodeCount = serverNodes
    model.serversShareCores = shareCores
    model.nodeSecondsPerByte = nodeByteNs * 1e-9
    model.serverSecondsPerMessage = serverMessageUs * 1e-6
    model.serverSecondsPerByte = serverByteNs * 1e-9
    model.applySecondsPerParameter = applyNs * 1e-9
    return (model, note)
  }
}
