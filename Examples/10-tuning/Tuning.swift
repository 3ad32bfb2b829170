// An estimator of house prices is validated on three parts of the rows; then a study looks for better settings, its
// trials side by side on groups of ranks.
//
//   mpirun -n 3 .build/release/10-tuning [jobs/tables/houses.csv]      (rank 0 coordinates one group of two)

import Configuration
import Distributed
import Foundation
import HyperOpt

@main
struct Tuning {
  static func main() {
    let path = CommandLine.arguments.dropFirst().first ?? "jobs/tables/houses.csv"
    exit(
      Session.run(reading: [path]) { world in
        let houses = try Table(path, on: world)
        var regressor = NetworkRegressor(label: "price", batchSize: 16, epochs: 20)
        regressor.dropped = ["remarks"]
        regressor.seed = 3

        let validation = try CrossValidator(regressor, folds: 3, metrics: ["r2_score"])
          .run(houses, on: world)
        let spread = validation.standardDeviation("val_r2_score") ?? .infinity
        if world.rank == 0 {
          print("\(validation.folds.count) folds, \(validation.names.joined(separator: " and "))")
          print("they differ by less than the worst there is: \(spread < 1)")
        }

        let space = try SearchSpace([
          Parameter("rate", .float(low: 1e-3, high: 3e-2, log: true)),
          Parameter("batch", .int(low: 8, high: 64, log: true)),
        ])
        var plan = SearchPlan(
          objectives: [SearchObjective("val_loss", .minimize)], trialLimit: 4,
          ranksPerTrial: world.size > 2 ? 2...2 : 1...1)
        plan.lastStep = 20
        let report = try Study.optimize(
          on: world, StudySettings(space: space, sampler: "random"), plan: plan
        ) { trial, group in
          try trial.fit(
            regressor.with(\.learningRate, try trial.number("rate"))
              .with(\.batchSize, try trial.int("batch")), to: houses, on: group)
        }
        if let report {
          let loss = report.best?.values[0] ?? .infinity
          print("\(report.summary.complete) trials, the best one's loss below 0.5: \(loss < 0.5)")
        }
        return 0
      })
  }
}
