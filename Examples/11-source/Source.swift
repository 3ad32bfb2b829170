// A source of one's own: rows that no file has are trained on, measured and predicted.
//
//   mpirun -n 3 .build/release/11-source
//
// A row is 32 values of a noisy wave, and the target says which form it has. Each rank makes the rows that it needs
// when it needs them; a real source would read a format that Sounder does not know.

import Configuration
import Distributed
import Foundation
import NN
import Pipeline

@main
struct Source {
  static func main() {
    let folder = FileManager.default.temporaryDirectory.path
    exit(
      Session.run { world in
        let name = "\(folder)/sounder-source-\(try world.allReduce(Int(getpid()), .minimum))"
        let (file, output) = (name + ".model.h5", name + ".csv")
        // The name tells all that makes other rows: a checkpoint goes on with the same ones alone.
        let seen = DataSource(named: "2000 waves, seed 1") { Waves(rowCount: 2000, seed: 1) }
        let unseen = DataSource(named: "600 waves, seed 2") { Waves(rowCount: 600, seed: 2) }

        let job = try TrainingJob(
          value: [
            "data": ["train": seen.value, "validation": unseen.value],
            "pipeline": ["features": ["standardize"]],
            "network": [
              "layers": [
                ["dense": ["units": 32, "activation": "relu"]],
                ["dense": ["units": 3, "activation": "softmax"]],
              ]
            ],
            "training": [
              "loss": "sparse_categorical_crossentropy", "optimizer": "adam",
              "metrics": ["accuracy"], "batch_size": 32, "epochs": 15,
            ],
            "output": ["model": Value(.string(file))],
          ], sources: [seen, unseen])
        let report = try Trainer(job).run(on: world, observer: Silence())
        guard report.outcome == .finished else { return report.exitCode }
        try world.barrier()

        let model = try TrainedModel(reading: file)
        let found = try Evaluator(model, source: unseen).run(on: world)
        let accuracy = found.values.first { $0.name == "accuracy" }?.value ?? 0
        let count = try Predictor(model, source: unseen).run(on: world, output: output)
        if world.rank == 0 {
          print("\(found.rowCount) waves, accuracy above 90 %: \(accuracy > 0.9)")
          let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
          print("\(count) predictions on \(lines.count - 1) lines")
        }

        // Without a job: an estimator proposes one for a table of the same rows.
        let table = try Table(seen, target: "form", on: world)
        let classifier = try NetworkClassifier(label: "form", epochs: 15).fit(table, on: world)
        let rows = try Table(unseen, target: "form", surveys: false, on: world)
        let share = try classifier.evaluate(rows, on: world)["accuracy"] ?? 0
        if world.rank == 0 {
          print(
            "an estimator of \(table.columnNames.joined(separator: ", ")) does so, too: \(share > 0.9)"
          )
        }
        try world.barrier()
        if world.rank == 0 {
          for path in [file, output] { try FileManager.default.removeItem(atPath: path) }
        }
        return 0
      })
  }
}

/// Waves of three forms, one after the other, each with a frequency, a phase and noise of its own.
struct Waves: RowSource {
  let layout: RowLayout
  let featureName: String
  let seed: UInt64
  static let length = 32

  init(rowCount: Int, seed: UInt64) {
    layout = RowLayout(rowCount: rowCount, featureShape: [Self.length], targetShape: [])
    featureName = "waves with seed \(seed)"
    self.seed = seed
  }

  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    for (index, row) in rows.enumerated() {
      // A row is the same whenever it is read, and whoever reads it.
      var generator = RandomGenerator(seed: RandomGenerator.hash(seed, UInt64(row)))
      let (phase, step) = (generator.uniform(), generator.uniform(0.06, 0.07))
      for place in 0..<Self.length {
        let time = (phase + step * Double(place)).truncatingRemainder(dividingBy: 1)
        let value =
          switch row % 3 {
          case 0: sin(2 * Double.pi * time)
          case 1: time < 0.5 ? 1.0 : -1.0
          default: 2 * time - 1
          }
        buffer[index * Self.length + place] = Float(value + 0.1 * generator.normal())
      }
    }
  }

  func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    for (index, row) in rows.enumerated() { buffer[index] = Float(row % 3) }
  }
}

/// An observer that says nothing.
final class Silence: TrainingObserver {
  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {}
}
