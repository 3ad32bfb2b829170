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
    workerByteCount = parameters * Double(1 + distribution.mode.ownFloats(slotCount: slots))
    let rowByteCount = 8 * outputs + 4 * Double(network.inputCount)
    ownByteCount = workerByteCount + Double(training.batchSize) * rowByteCount
  }

  /// Throws when so many workers on this machine would need more than there is.
  package func check(workerCount: Int) throws(DistributedError) {
    let needed = sharedByteCount + ownByteCount * Double(workerCount)
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
