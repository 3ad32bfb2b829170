import Foundation
import HDF5
import NN
import TestSupport

/// A regression whose noise grows with |x|: y = 1000 + 300 (sin 3x + (0.1 + 0.4 |x|) e), e normal.
struct RegressionJob {
  /// Where its files are.
  let folder: URL
  static let trainCount = 2000, heldOutCount = 1500, testCount = 2000

  /// Writes `data.h5` and `job.yaml` into `folder`.
  init(in folder: URL, loss: String, units: Int, layers: String = "", epochs: Int = 25) throws {
    self.folder = folder
    var generator = RandomGenerator(seed: 21)
    let file = try File(creating: url("data.h5").path)
    let root = try file.root()
    for (name, count) in [
      ("train", Self.trainCount), ("held", Self.heldOutCount), ("test", Self.testCount),
    ] {
      var xs: [Float] = [], ys: [Float] = []
      for _ in 0..<count {
        let x = generator.uniform(-1, 1)
        let noise = (0.1 + 0.4 * abs(x)) * generator.normal()
        xs.append(Float(x))
        ys.append(Float(1000 + 300 * (sin(3 * x) + noise)))
      }
      try root.createDataset("\(name)/x", shape: [count, 1], of: Float.self).write(xs)
      try root.createDataset("\(name)/y", shape: [count], of: Float.self).write(ys)
    }
    try file.flush()
    try """
    data:
      train: {file: data.h5, features: train/x, target: train/y}
      validation: {file: data.h5, features: held/x, target: held/y}
    pipeline:
      target: [standardize]
    network:
      layers:
        - dense: {units: 32, activation: tanh}
    \(layers)    - dense: {units: \(units)}
    training:
      loss: \(loss)
      optimizer: {adam: {learning_rate: 0.01}}
      batch_size: 50
      epochs: \(epochs)
    output: {model: model.h5}

    """.write(to: url("job.yaml"), atomically: true, encoding: .utf8)
  }

  /// A file of the folder.
  func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// The model that this job trains, as a file's bytes.
  static func trained(loss: String, units: Int, layers: String = "") -> Result<Data, any Error> {
    Result {
      try withTemporaryFolder { folder in
        let job = try RegressionJob(in: folder, loss: loss, units: units, layers: layers)
        let run = try Program().run(["train", "job.yaml", "--quiet"], in: folder)
        guard run.status == 0 else {
          throw CocoaError(.fileNoSuchFile, userInfo: ["errors": run.errors])
        }
        return try Data(contentsOf: job.url("model.h5"))
      }
    }
  }

  /// All numbers of a data set.
  func numbers(_ file: String, _ dataset: String) throws -> [Float] {
    try File(opening: url(file).path).dataset(dataset).readAll(as: Float.self)
  }

  /// The part of the test targets that lies between `lower` and `upper` of a file of predictions.
  func coverage(_ file: String) throws -> Double {
    let lower = try numbers(file, "lower"), upper = try numbers(file, "upper")
    let truth = try numbers("data.h5", "test/y")
    let hits = truth.indices.filter { truth[$0] >= lower[$0] && truth[$0] <= upper[$0] }
    return Double(hits.count) / Double(truth.count)
  }
}
