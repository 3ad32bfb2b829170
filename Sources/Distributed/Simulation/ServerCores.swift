/// The cores of the nodes on which servers run, where they have none of their own.
///
/// Servers and workers of a node share its cores in equal parts (processor sharing).
struct ServerCores {
  /// Whether servers take their time from the workers of their node.
  let areShared: Bool
  /// How many times as long a server's work takes.
  let slowdown: Double
  private let countOfNode: Double
  private let crowding: Double

  init(_ model: ClusterModel, _ training: SimulatedTraining) {
    areShared = model.serversShareCores
    let sizes = training.nodeSizes
    let nodes = training.serverNodes(of: model.serverNodeCount)
    countOfNode = Double(training.serverCount) / Double(nodes.count)
    let count = Double(nodes.map { sizes[$0] }.max() ?? 0) + countOfNode
    crowding = max(1, count / Double(model.coreCount))
    slowdown = areShared ? model.slowdown(computing: count) : 1
  }

  /// The cores that the servers of a node take, where each of them is busy or waits for a core in the part `use`
  /// of the time.
  func taken(_ use: Double) -> Double { areShared ? countOfNode * use / crowding : 0 }
}
