// An LSTM learns a monthly series and forecasts its last year, step by step on its own forecasts.
//
//   mpirun -n 2 .build/release/06-forecast [Examples/06-forecast/airline_passengers.csv [forecast.svg]]
//
// The series is that of Box and Jenkins (1976): passengers of airlines in thousands, 1949 to 1960. The
// last twelve months are kept from training. The forecast is compared with the plainest one: each month
// as a year before.

import Configuration
import Distributed
import Foundation
import HDF5
import NN

@main
struct Forecast {
  /// Months that the network looks back.
  static let window = 12
  /// Months that are forecast.
  static let horizon = 12

  static func main() {
    let words = CommandLine.arguments.dropFirst().map { $0 }
    let source = words.first ?? "Examples/06-forecast/airline_passengers.csv"
    let plot = words.count > 1 ? words[1] : nil
    exit(
      Session.run { world in
        let series = try Series(reading: source)
        let folder = FileManager.default.temporaryDirectory.path
        let name = "\(folder)/sounder-forecast-\(try world.allReduce(Int(getpid()), .minimum))"
        let (data, model) = (name + ".data.h5", name + ".model.h5")
        if world.rank == 0 { try write(series, to: data) }
        try world.barrier()
        let report = try Trainer(try job(data, model)).run(on: world, observer: Silence())
        if world.rank == 0 {
          let forecast = try series.forecast(with: model)
          let plain = Array(series.passengers.suffix(2 * horizon).prefix(horizon))
          let errors = (series.error(of: forecast), series.error(of: plain))
          print(
            "\(horizon) months, error below that of last year's figures: \(errors.0 < errors.1)")
          if let plot {
            print(
              "root mean squared error \(round(errors.0 * 10) / 10) thousand passengers, last year's"
                + " figures \(round(errors.1 * 10) / 10); wrote \(plot)")
            try series.plot(forecast).write(toFile: plot, atomically: true, encoding: .utf8)
          }
          for file in [data, model] { try FileManager.default.removeItem(atPath: file) }
        }
        return report.exitCode
      })
  }

  /// A job file's text, as a value.
  static func job(_ data: String, _ model: String) throws -> TrainingJob {
    try TrainingJob(value: [
      "data": [
        "train": ["file": Value(.string(data)), "features": "windows", "target": "next"]
      ],
      "network": ["layers": [["lstm": ["units": 8]], ["dense": ["units": 1]]]],
      "training": [
        "loss": "mean_squared_error",
        "optimizer": [
          "adam": [
            "learning_rate": ["cosine_decay": ["initial_learning_rate": 0.005, "decay_steps": 600]]
          ]
        ], "batch_size": 12, "epochs": 60, "seed": 3,
      ],
      "output": ["model": Value(.string(model))],
    ])
  }

  /// Each window of the training months, and how far the month behind it is above the same month a
  /// year before, with which the window begins.
  static func write(_ series: Series, to path: String) throws {
    let known = series.scaled.dropLast(horizon).map { $0 }
    let count = known.count - window
    let windows = (0..<count).flatMap { known[$0..<$0 + window] }
    try File.replace(path) { file in
      let root = try file.root()
      try root.createDataset("windows", shape: [count, window, 1], of: Float.self).write(windows)
      try root.createDataset("next", shape: [count, 1], of: Float.self)
        .write((0..<count).map { known[$0 + window] - known[$0] })
    }
  }
}

/// An observer that says nothing.
final class Silence: TrainingObserver {
  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {}
}
