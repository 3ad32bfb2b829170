private import Foundation

/// How an `MPI_Allreduce` sends its values around.
///
/// Seconds for n bytes on p ranks with latency a, seconds per byte b, and c for adding up a byte: Thakur,
/// Rabenseifner and Gropp (2005), "Optimization of Collective Communication Operations in MPICH", section 4.
package enum AllReduceAlgorithm: String, CaseIterable, Sendable {
  /// The quicker one of `ring` and `doubling`, which is what Open MPI's defaults come to.
  case automatic = "auto"
  /// 2 (p - 1) messages of n/p bytes.
  case ring
  /// Recursive doubling: log2 p messages of n bytes.
  case doubling
  /// Rabenseifner's: recursive halving and doubling, 2 log2 p messages, of 2 n (p - 1)/p bytes in all.
  case halving

  /// Seconds of a reduction of `byteCount` bytes on `rankCount` ranks that all send at once.
  package func seconds(
    byteCount: Double, rankCount: Int, latency: Double, bandwidth: Double, addBandwidth: Double
  ) -> Double {
    guard rankCount > 1 else { return 0 }
    let ranks = Double(rankCount)
    let rounds = log2(ranks).rounded(.up)
    let part = (ranks - 1) / ranks * byteCount
    switch self {
    case .automatic:
      func time(_ other: AllReduceAlgorithm) -> Double {
        other.seconds(
          byteCount: byteCount, rankCount: rankCount, latency: latency, bandwidth: bandwidth,
          addBandwidth: addBandwidth)
      }
      return min(time(.ring), time(.doubling))
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
    let bytes = 4 * Double(parameterCount)
    let size = (workerCount + nodeCount - 1) / nodeCount
    // All ranks of a node move bytes at once: two copies of each, and then they are added up.
    let sharing = max(1, Double(size) / Double(coreCount))
    let local = min(localBandwidth, nodeBandwidth / (4 * Double(size))) / sharing
    let adding = min(coreBandwidth, nodeBandwidth / Double(size)) / (3 * sharing)
    let inside = allReduce.seconds(
      byteCount: bytes, rankCount: size, latency: localLatency * sharing, bandwidth: local,
      addBandwidth: adding)
    return inside
      + allReduce.seconds(
        byteCount: bytes, rankCount: nodeCount, latency: latency, bandwidth: linkBandwidth,
        addBandwidth: coreBandwidth / 3)
  }
}
