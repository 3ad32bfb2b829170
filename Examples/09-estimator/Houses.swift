// SparkFlow's README in Swift: columns are assembled and one-hot encoded, a network is trained behind them, and the
// pipeline is saved, loaded, and predicts.
//
//   mpirun -n 3 .build/release/09-estimator [jobs/tables/houses.csv]
//
// It writes houses-pipeline.h5 and prices.csv into the working directory, over what is there.

import Distributed
import Foundation
import NN
import Pipeline

@main
struct Houses {
  static func main() {
    let path = CommandLine.arguments.dropFirst().first ?? "jobs/tables/houses.csv"
    exit(
      Session.run(reading: [path]) { world in
        let houses = try Table(path, on: world)
        let pipeline = Pipeline(stages: [
          ImputeCells(["rooms", "age"], .median(), flags: true),
          Assemble(["area", "rooms", "age"], into: "size"),
          ColumnsStage(Standardize(), columns: ["size"]),
          OneHotTexts(["city", "kind"], unknown: .ignore),
          NetworkRegressor(
            label: "price", features: ["size", "rooms_missing", "age_missing", "city", "kind"],
            layers: [Dense(units: 32, activation: .relu), Dense(units: 32, activation: .relu)],
            learningRate: 0.01, batchSize: 16, epochs: 60),
        ])
        try pipeline.fit(houses, on: world).save(to: "houses-pipeline.h5", on: world)

        let model = try PipelineModel(loading: "houses-pipeline.h5")
        let count = try model.transform(houses, to: "prices.csv", on: world)
        let fit = try model.evaluate(houses, on: world)["r2_score"] ?? 0
        if world.rank == 0 {
          print("\(count) prices, more than 0.6 of their variance explained: \(fit > 0.6)")
        }
        return 0
      })
  }
}
