// A training from Swift: rows in an HDF5 file, a job, one call on every rank.
//
//   mpirun -n 3 .build/release/03-train
//
// Rank 0 serves, the others train on their slices; alone, one process does both.

import Configuration
import Distributed
import Foundation
import HDF5

@main
struct Train {
  static func main() {
    let folder = FileManager.default.temporaryDirectory.path
    exit(
      Session.run { world in
        let name = "\(folder)/sounder-example-\(try world.allReduce(Int(getpid()), .minimum))"
        let data = name + ".data.h5"
        let model = name + ".model.h5"
        if world.rank == 0 { try writeRows(data) }
        try world.barrier()

        let job = try TrainingJob(value: [
          "data": ["train": source(data), "validation": source(data)],
          "pipeline": ["features": ["standardize"]],
          "network": [
            "layers": [
              ["dense": ["units": 16, "activation": "relu"]],
              ["dense": ["units": 3, "activation": "softmax"]],
            ]
          ],
          "training": [
            "loss": "sparse_categorical_crossentropy", "optimizer": "adam",
            "metrics": ["accuracy"], "batch_size": 32, "epochs": 12,
          ],
          "output": ["model": Value(.string(model))],
        ])
        let report = try Trainer(job).run(on: world, observer: Silence())

        if world.rank == 0, let last = report.history.last, let accuracy = last["val_accuracy"] {
          print("\(last.epoch) epochs, accuracy above 95 %: \(accuracy > 0.95)")
        }
        try world.barrier()
        if world.rank == 0 {
          for file in [data, model] { try FileManager.default.removeItem(atPath: file) }
        }
        return report.exitCode
      })
  }

  static func source(_ file: String) -> Value {
    ["file": Value(.string(file)), "features": "points", "target": "labels"]
  }

  /// Three clouds of points in the plane, and which cloud each point belongs to.
  static func writeRows(_ path: String) throws {
    var points: [Float] = []
    var labels: [UInt8] = []
    for row in 0..<3000 {
      let angle = Float(row) * 2.399963  // the golden angle spreads points evenly
      let radius = 0.9 * Float(row % 97) / 97
      let centre = Float(row % 3) * 2.0944
      points += [
        2 * cos(centre) + radius * cos(angle), 2 * sin(centre) + radius * sin(angle),
      ]
      labels.append(UInt8(row % 3))
    }
    try File.replace(path) { file in
      let root = try file.root()
      try root.createDataset("points", shape: [3000, 2], of: Float.self).write(points)
      try root.createDataset("labels", shape: [3000], of: UInt8.self).write(labels)
    }
  }
}

/// An observer that says nothing.
final class Silence: TrainingObserver {
  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {}
}
