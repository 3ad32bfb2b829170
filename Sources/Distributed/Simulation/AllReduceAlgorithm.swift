private import Foundation

/// How an `MPI_Allreduce` sends its values around.
///
/// Seconds for n bytes on p ranks with latency a, seconds per byte b, and c for adding up a byte: Thakur,
/// Rabenseifner and Gropp (2005), "Optimization of Collective Communication Operations in MPICH", section 4.
package enum AllReduceAlgorithm: String, CaseIterable, Sendable {
  /// `ring` among up to 16 ranks, `halving` among more: what a training tells Open MPI to take, by the ranks of the
  /// whole job.
  case automatic = "auto"
  /// 2 (p - 1) messages of n/p bytes.
  case ring
  /// Recursive doubling: log2 p messages of n bytes.
  case doubling
  /// Rabenseifner's: recursive halving and doubling, 2 log2 p messages, of 2 n (p - 1)/p bytes in all.
  case halving

  /// Seconds of a reduction of `byteCount` bytes on `rankCount` ranks that all send at once, of a job of `jobSize`.
  package func seconds(
    byteCount: Double, rankCount: Int, of jobSize: Int, latency: Double, bandwidth: Double,
    addBandwidth: Double
  ) -> Double {
    guard rankCount > 1 else { return 0 }
    let ranks = Double(rankCount)
    let rounds = log2(ranks).rounded(.up)
    let part = (ranks - 1) / ranks * byteCount
    switch self {
    case .automatic:
      let algorithm: AllReduceAlgorithm = jobSize <= 16 ? .ring : .halving
      return algorithm.seconds(
        byteCount: byteCount, rankCount: rankCount, of: jobSize, latency: latency,
        bandwidth: bandwidth, addBandwidth: addBandwidth)
    case .ring: return 2 * (ranks - 1) * latency + 2 * part / bandwidth + part / addBandwidth
    case .doubling: return rounds * (latency + byteCount / bandwidth + byteCount / addBandwidth)
    case .halving: return 2 * rounds * latency + 2 * part / bandwidth + part / addBandwidth
    }
  }
}

extension ClusterModel {
  /// Seconds of an `MPI_Allreduce` of the parameters on `workerCount` workers on `nodeCount` nodes.
  ///
  /// On one node all workers take part alike. On several the values are added up inside each node, go over
  /// the network from one rank of each, and come back, which is as much inside the node as a reduction.
  package func allReduceSeconds(workerCount: Int, nodeCount: Int) -> Double {
    inNodeSeconds(size: (workerCount + nodeCount - 1) / nodeCount, of: workerCount)
      + allReduce.seconds(
        byteCount: 4 * Double(parameterCount), rankCount: nodeCount, of: workerCount + 1,
        latency: latency, bandwidth: linkBandwidth, addBandwidth: coreBandwidth / 3)
  }

  /// Seconds of the same by compressed messages: see `CompressedReduction`.
  ///
  /// Between the nodes, or between the workers where all are on one node, a part of (n - 1)/n of the parameters goes
  /// out and comes in at once, twice; a core encodes and decodes it.
  func reductionSeconds(
    workerCount: Int, nodeCount: Int, _ compression: PushCompression
  ) -> Double {
    guard workerCount > 1 else { return 0 }
    let isOneNode = nodeCount == 1
    let ranks = Double(isOneNode ? workerCount : nodeCount)
    let size = (workerCount + nodeCount - 1) / nodeCount
    let (local, sharing) = localBandwidth(size: size)
    let count = Double(parameterCount)
    let bytes = (ranks - 1) / ranks * count * (compression.pushBytes + compression.pullBytes)
    let coding = count * (compression.nodeSeconds + compression.serverSeconds)
    return isOneNode
      ? 2 * localLatency * sharing + bytes / local + coding * sharing
      : inNodeSeconds(size: size, of: workerCount) + 2 * latency + bytes / linkBandwidth + coding
  }

  /// Seconds of a reduction among the `size` workers of a node, of `workerCount` in all.
  private func inNodeSeconds(size: Int, of workerCount: Int) -> Double {
    let (local, sharing) = localBandwidth(size: size)
    let adding = min(coreBandwidth, nodeBandwidth / Double(size)) / (3 * sharing)
    return allReduce.seconds(
      byteCount: 4 * Double(parameterCount), rankCount: size, of: workerCount + 1,
      latency: localLatency * sharing, bandwidth: local, addBandwidth: adding)
  }

  /// Bytes per second between two of `size` workers of a node that all send at once, and how many share a core.
  private func localBandwidth(size: Int) -> (bandwidth: Double, sharing: Double) {
    // All ranks of a node move bytes at once: two copies of each, and then they are added up.
    let sharing = slowdown(computing: Double(size))
    return (min(localBandwidth, nodeBandwidth / (4 * Double(size))) / sharing, sharing)
  }
}
