internal import Distributed

/// The trainings of one simulation: every combination of the lists.
struct SimulationSweep {
  let workers: [Int]
  let modes: [any ExchangeMode]
  let servers: [Int]
  let intervals: [Int]
  let compressions: [PushCompression]
  /// Nil: as many as the workers need with one on each core.
  let nodeCount: Int?
  let coreCount: Int
  /// Whether hogwild's workers have a copy of the weights.
  let usesCopy: Bool

  /// In the order in which they are shown: a mode's rows stand together.
  ///
  /// Servers and intervals mean nothing to modes in which all workers meet, nor on one node.
  var trainings: [SimulatedTraining] {
    var trainings: [SimulatedTraining] = []
    for mode in modes {
      let usesServers = type(of: mode).sharesMemory
      for count in usesServers ? servers : [1] {
        for interval in usesServers ? intervals : [1] {
          for compression in compressions {
            for worker in workers {
              let nodes = nodeCount ?? max(1, (worker + coreCount - 1) / max(1, coreCount))
              trainings.append(
                SimulatedTraining(
                  mode: mode, workerCount: worker, nodeCount: nodes, serverCount: count,
                  nodeInterval: interval, compression: compression, usesCopy: usesCopy))
            }
          }
        }
      }
    }
    return trainings
  }
}
