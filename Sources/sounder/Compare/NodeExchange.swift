internal import Configuration
internal import Distributed

/// What the nodes of a training have exchanged, and how the job asked for it.
package struct NodeExchange {
  /// The nodes with workers.
  package var nodeCount = 2
  /// The ranks that only serve; 0: servers are beside workers.
  package var serverCount = 1
  /// The steps of a node's first worker between two exchanges that were asked for.
  package var interval = 4
  /// The steps that were made between two exchanges, those at the ends of epochs among them.
  package var reachedInterval = 4.0
  /// Bytes that the nodes have sent and received.
  package var byteCount = 0
  /// How many exchanges of others came between two of a node, in the mean and at the most.
  package var staleness = (mean: 0.0, largest: 0)
  /// How often it was how many; nil where it is not told.
  package var histogram: StalenessHistogram?

  /// Two nodes that exchange nothing.
  package init() {}

  /// Reads the figures of a training's result; nil where its workers were on one node.
  init?(_ value: Value, shares: UsageShares, ranks: [RankUsage], job: TrainingJob?) {
    guard let nodes = value["nodes"]?.int, nodes > 1, let bytes = value["exchanged_bytes"]?.int
    else { return nil }
    (nodeCount, byteCount) = (nodes, bytes)
    serverCount = job?.distribution.servers == .colocated ? 0 : ranks.count { $0.isServer }
    interval = job?.distribution.nodeInterval ?? 4
    reachedInterval =
      shares.stepCount * Double(nodes) / Double(max(1, value["node_exchanges"]?.int ?? 0))
    staleness = (
      value["node_staleness_mean"]?.number ?? 0, value["node_staleness_largest"]?.int ?? 0
    )
    histogram = StalenessHistogram(value["node_staleness_counts"])
  }

  /// What a step of a worker comes to of these bytes.
  func bytesPerStep(_ shares: UsageShares) -> Double {
    Double(byteCount) / max(1, shares.stepCount * Double(shares.workerCount))
  }

  /// Whether the servers answer more rarely than they are asked.
  var isLate: Bool { reachedInterval > 1.25 * Double(interval) }
}
