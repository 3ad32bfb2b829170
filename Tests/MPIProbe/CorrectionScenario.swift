import Configuration
import Distributed
import NN

/// Two workers of one process that update shared parameters in a fixed order, so that the staleness of each
/// update is known; prints what is left in the parameters.
///
/// The section `distribution` is the argument. The first worker reads 1, 2, 3; the second one makes two
/// updates; the first one makes its own, with a staleness of 2.
enum CorrectionScenario {
  static func run(_ text: String, on world: borrowing Communicator) throws {
    var options = try Options(try Value(yaml: text, file: "distribution"), at: ["distribution"])
    let section = try DistributionConfiguration(options: &options)
    let server = ParameterServer(parameterCount: 3, slotCount: 0)
    let gradients = [Gradient(parameterCount: 3), Gradient(parameterCount: 3)]
    var workers = gradients.map { gradient in
      section.mode.exchange(
        ExchangeParts(
          memory: server.memory, gradient: gradient, optimizer: SGD(learningRate: 0.5),
          workerCount: 2, usesCopy: section.exchange == .copy || section.correction.needsCopy,
          correction: section.correction))
    }
    for index in 0..<3 { server.memory.parameters[index] = Float(index + 1) }
    for index in workers.indices { workers[index].begin(from: nil) }
    func push(_ worker: Int, _ gradient: [Float]) throws {
      for index in 0..<3 { gradients[worker].values[index] = gradient[index] }
      _ = try workers[worker].push(rowCount: 1, wantsToStop: false, among: world)
    }
    try workers[0].pull()
    for _ in 0..<2 {
      try workers[1].pull()
      try push(1, [0.5, -1, 2])
    }
    try push(0, [2, -3, 0.25])
    let numbers = server.memory.parameters.map { Value(.number(Double($0))) }
    print(Value(.list(numbers)).json)
    try server.free()
  }
}
