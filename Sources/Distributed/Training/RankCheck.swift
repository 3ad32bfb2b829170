package import NN

extension TrainingJob {
  /// Throws what a training on `nodeCount` nodes of `ranksPerNode` ranks would throw about their number.
  ///
  /// What is only known where it runs, as how many servers `auto` comes to, is left to it. Not collective.
  package func checkRanks(nodeCount: Int, ranksPerNode: Int, network: Network) throws {
    let layout = try NodeLayout.expected(
      distribution, nodeCount: nodeCount, ranksPerNode: ranksPerNode,
      parameterCount: network.parameterCount)
    if let layout { try check(layout) }
  }

  /// Throws where the ranks of a node cannot be cut into workers, or where the optimizer would forget what other
  /// nodes do.
  func check(_ layout: NodeLayout) throws {
    try WorkerGroup.check(distribution.ranksPerWorker, layout)
    let optimizer = training.optimizer
    guard layout.isLinked, distribution.sharesMemory, optimizer.recomputesParameters else { return }
    throw DistributedError(
      "\(type(of: optimizer).name) computes the weights anew from the gradients that it has seen, "
        + "and the ranks are on \(layout.nodeCount) nodes, which change each other's weights: use "
        + "one node, distribution.mode: sync, or another optimizer", exitCode: 65)
  }
}
