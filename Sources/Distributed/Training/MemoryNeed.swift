private import Configuration
private import FoundationEssentials
private import Glibc
package import NN

/// The memory that a training takes beside its rows, and the memory that there is.
package struct MemoryNeed {
  /// Parameters and optimizer state, once for all ranks that share them.
  package let sharedByteCount: Double
  /// A worker's gradient, and what its mode keeps for itself.
  package let workerByteCount: Double
  /// The same with a worker's activations, as an estimate.
  package let ownByteCount: Double
  /// What the first worker of a node takes to exchange with the servers, where there are several nodes.
  package let linkByteCount: Double
  /// What all servers together keep for themselves.
  private let masterByteCount: Double
  /// What all servers together keep for each node.
  private let answerByteCount: Double

  /// What `network` takes when it is trained.
  package init(
    _ network: Network, training: TrainingConfiguration, distribution: DistributionConfiguration
  ) {
    let parameters = Double(network.parameterCount) * 4
    let outputs = network.layers.reduce(0.0) { $0 + $1.outputShape.reduce(1.0) { $0 * Double($1) } }
    let slots = training.optimizer.slotCount
    let (mode, sharesMemory) = (type(of: distribution.mode), distribution.sharesMemory)
    sharedByteCount =
      sharesMemory ? parameters * Double(1 + (mode.keepsStateInMemory ? slots : 0)) : 0
    workerByteCount = parameters * Double(1 + distribution.ownFloats(slotCount: slots))
    let rowByteCount = 8 * outputs + 4 * Double(network.inputCount)
    // Frozen weights, and the executor's copy of them.
    ownByteCount =
      workerByteCount + Double(training.batchSize) * rowByteCount + 8 * Double(network.frozenCount)
    let pushIsExact = type(of: distribution.compression.push).isExact
    let pullIsExact = type(of: distribution.compression.pull).isExact
    // The weights that the last exchange was based on, those that come in, the change, and an answer;
    // beside a compressed push its message and residual, beside a compressed pull what the servers know.
    linkByteCount = parameters * Double(4 + (pushIsExact ? 0 : 2) + (pullIsExact ? 0 : 1))
    // The weights, and room to work out an answer.
    masterByteCount = parameters * 2
    answerByteCount = parameters * (pullIsExact ? 1 : 2)
  }

  /// Throws when a worker by itself would need more than there is on this machine.
  package func checkAlone() throws(DistributedError) {
    try check(sharedByteCount + ownByteCount)
  }

  /// Throws when the ranks of a node, with those of the servers where this one is a server, would need more
  /// than there is on this machine.
  func check(_ layout: NodeLayout, isServer: Bool) throws(DistributedError) {
    let workers = Double(layout.largestNodeCount)
    let copies = layout.isPrivate ? workers : 1
    var needed = sharedByteCount * copies + ownByteCount * workers
    if layout.isLinked, sharedByteCount > 0 {
      needed += linkByteCount * copies
      if isServer {
        needed +=
          (masterByteCount + answerByteCount * Double(layout.nodeCount))
          / Double(layout.serverNodeCount)
      }
    }
    try check(needed)
  }

  private func check(_ needed: Double) throws(DistributedError) {
    let available = Self.availableByteCount
    guard needed > available else { return }
    func gigabytes(_ count: Double) -> String {
      "\((count / 1_073_741_824 * 10).rounded() / 10) GiB"
    }
    throw DistributedError(
      "the network takes about \(gigabytes(needed)) of memory, but \(gigabytes(available)) are free: "
        + "make the network or training.batch_size smaller, or start fewer ranks")
  }

  /// The memory that this process can still have, without swapping and within its limits.
  package static var availableByteCount: Double {
    var available = Double.infinity
    if let data = FileManager.default.contents(atPath: "/proc/meminfo") {
      let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first {
        $0.hasPrefix("MemAvailable:")
      }
      let words = line?.split(separator: " ") ?? []
      if words.count > 1, let kibibytes = Double(words[1]) { available = kibibytes * 1024 }
    }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 {
      available = min(available, Double(limit.rlim_cur))
    }
    return available
  }
}
