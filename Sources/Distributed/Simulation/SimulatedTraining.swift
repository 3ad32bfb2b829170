/// What is simulated on a cluster: a mode, and how many of each.
package struct SimulatedTraining: Sendable {
  /// The mode with its options.
  package var mode: any ExchangeMode
  /// Ranks that train.
  package var workerCount: Int
  /// Nodes that they are spread over, as evenly as it goes.
  package var nodeCount: Int
  /// Ranks that hold the weights between nodes.
  package var serverCount: Int
  /// Steps of a node's first worker between two exchanges with the servers.
  package var nodeInterval: Int
  /// What is sent between nodes.
  package var compression: PushCompression
  /// Whether the workers of `hogwild` compute on a private copy of the weights, as the self-test of a training may
  /// have chosen, in place of the shared ones; nothing in other modes.
  package var usesCopy: Bool

  /// Makes a training.
  package init(
    mode: any ExchangeMode, workerCount: Int, nodeCount: Int, serverCount: Int = 1,
    nodeInterval: Int = 4, compression: PushCompression = .none, usesCopy: Bool = false
  ) {
    self.mode = mode
    self.workerCount = workerCount
    self.nodeCount = nodeCount
    self.serverCount = serverCount
    self.nodeInterval = nodeInterval
    self.compression = compression
    self.usesCopy = usesCopy
  }

  /// The largest node that is simulated.
  package static let largestNode = 4096

  /// - Throws: `DistributedError` (64) for numbers that do not fit together.
  func check() throws(DistributedError) {
    func fail(_ text: String) throws(DistributedError) { throw ClusterModel.error(text) }
    guard workerCount > 0 else { return try fail("\(workerCount) workers: it takes one or more") }
    guard nodeCount > 0 else { return try fail("\(nodeCount) nodes: it takes one or more") }
    guard nodeCount <= workerCount else {
      return try fail(
        "\(workerCount) workers on \(nodeCount) nodes: some nodes would have none")
    }
    guard workerCount <= 1 << 22 else {
      return try fail("\(workerCount) workers: at most \(1 << 22) are simulated")
    }
    guard (workerCount + nodeCount - 1) / nodeCount <= Self.largestNode else {
      return try fail(
        "\(workerCount) workers on \(nodeCount) nodes: a node has at most \(Self.largestNode)")
    }
    guard serverCount > 0 else { return try fail("\(serverCount) servers: it takes one or more") }
    guard serverCount <= workerCount else {
      return try fail(
        "\(serverCount) servers for \(workerCount) workers: more servers than ranks that use them")
    }
    guard nodeInterval > 0 else { return try fail("an interval of \(nodeInterval) steps") }
  }

  /// The numbers of workers on each node: they differ by one at most, and the first nodes have fewer.
  var nodeSizes: [Int] {
    let (size, rest) = workerCount.quotientAndRemainder(dividingBy: nodeCount)
    return (0..<nodeCount).map { $0 < nodeCount - rest ? size : size + 1 }
  }

  /// The nodes with servers, the first ones: as many as there are servers, at most `limit` of them.
  func serverNodes(of limit: Int?) -> Range<Int> {
    0..<min(serverCount, nodeCount, limit ?? nodeCount)
  }
}
