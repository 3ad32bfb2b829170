// A search whose trials run on groups of ranks, each with a network that is built in the closure.
//
//   mpirun -n 5 .build/release/05-search      (rank 0 coordinates two groups of two)
//
// Alone, one process runs one trial after the other.

import Configuration
import Distributed
import Foundation
import HyperOpt
import NN

@main
struct Search {
  static func main() {
    exit(
      Session.run { world in
        let space = try SearchSpace([
          Parameter("depth", .int(low: 1, high: 3)),
          Parameter("width", .int(low: 4, high: 32, log: true)),
          Parameter("rate", .float(low: 1e-3, high: 0.1, log: true)),
        ])
        var plan = SearchPlan(
          objectives: [SearchObjective("error", .minimize)], trialLimit: 12,
          ranksPerTrial: world.size > 2 ? 2...2 : 1...1)
        plan.lastStep = 10
        // With `journal: "sine.log"` the same call would go on where an earlier one ended.
        let report = try Study.optimize(
          on: world, StudySettings(space: space, sampler: "gp"), plan: plan
        ) { trial, group in
          try train(trial, on: group)
        }
        if let report {
          let error = report.best?.values[0] ?? .infinity
          print("\(report.summary.complete) trials, error below 0.05: \(error < 0.05)")
        }
        return 0
      })
  }

  /// Learns a sine on the ranks of a group: every rank has its own rows, gradients are averaged.
  static func train(
    _ trial: GroupTrial, on group: borrowing Communicator
  ) throws -> [String: Double] {
    let (depth, width) = (try trial.int("depth"), try trial.int("width"))
    var layers: [NamedLayer] = []
    for index in 0..<depth {
      // What a job file cannot say: every layer half as wide as the one before.
      let units = max(2, width >> index)
      layers.append(NamedLayer("hidden_\(index)", Dense(units: units, activation: .tanh)))
    }
    layers.append(NamedLayer("output", Dense(units: 1)))
    let network = try Network(inputShape: [1], layers: layers)

    let count = network.parameterCount
    let parameters = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    let gradient = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    let state = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2 * count)
    defer { for buffer in [parameters, gradient, state] { buffer.deallocate() } }
    network.initialize(parameters, seed: 1)
    gradient.initialize(repeating: 0)
    state.initialize(repeating: 0)
    guard let first = parameters.baseAddress, let slope = gradient.baseAddress,
      let slots = state.baseAddress
    else { return [:] }

    let rows = 64 / group.size
    let executor = try Executor(
      network, batchSize: rows, loss: Loss(.meanSquaredError), parameters: first, gradient: slope)
    for row in 0..<rows {
      let x = Float(row * group.size + group.rank) / 32 - 1
      executor.features[row] = x
      executor.targets[row] = sin(3 * x)
    }
    let adam = Adam(learningRate: try trial.number("rate"))
    var error = Double.infinity
    for epoch in 1...10 {
      for step in 1...30 {
        error = executor.step(seed: 1, step: UInt64(step))
        try group.allReduce(gradient, .sum)
        for i in 0..<count { gradient[i] /= Float(group.size) }
        adam.update(
          parameters: first, gradient: slope, state: slots, count: count,
          step: 30 * (epoch - 1) + step)
      }
      error = try group.allReduce(error, .sum) / Double(group.size)
      // All ranks of the group get the same answer at the same place.
      guard try trial.report(step: epoch, ["error": error], on: group) else { return [:] }
    }
    return ["error": error]
  }
}
