/// How the nodes reach the servers: `distribution.transport`.
package enum Transport: String, Sendable, CaseIterable {
  /// Both are measured at the start where there are both, and the faster one is taken.
  case auto
  /// Messages that do not block, one to each server and back.
  case messages
  /// One-sided accesses to the servers' windows.
  case rma
}

/// What becomes of the changes that several nodes have made at the same time: `distribution.node_merge`.
package enum NodeMerge: String, Sendable, CaseIterable {
  /// The mean of the nodes' changes: as local SGD between nodes.
  case mean
  /// Their sum: as updates of one node, with the delay of the exchange.
  case sum

  /// What a node's change is multiplied by.
  func scale(nodeCount: Int) -> Double { self == .mean ? 1 / Double(nodeCount) : 1 }
}
