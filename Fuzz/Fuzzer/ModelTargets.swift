private import Configuration
private import Distributed
private import Foundation
private import NN
private import Pipeline

extension FuzzTarget {
  /// What trainings and predictions take of HDF5 files beside rows: models, pipelines, weights, checkpoints.
  ///
  /// As with other HDF5 files, some make the C library itself crash; see `files`.
  static let models = [
    FuzzTarget(name: "model") { bytes in
      let model = try TrainedModel(reading: InputFile.write(bytes))
      _ = model.isClassifier
    },
    FuzzTarget(name: "pipeline") { try transform(InputFile.write($0)) },
    FuzzTarget(name: "weights") { bytes in
      let path = InputFile.write(bytes)
      for network in networks { attempt("weights") { try load(path, into: network) } }
    },
    FuzzTarget(name: "checkpoint") { try resume(InputFile.write($0)) },
  ]

  /// A folder with models of an earlier version, seen from the project's folder.
  private static let folder = "Tests/Fixtures/models/0.1.0-5a4ffd0"

  /// Whatever a fixture is missing, nothing could be tried.
  private static func required<Result>(_ body: () throws -> Result) -> Result {
    do { return try body() } catch {
      preconditionFailure("the fixtures, seen from the project's folder: \(error)")
    }
  }

  /// Rows wider than these, which a file of some bytes may ask for, are slow and say nothing new.
  private static let widest = 1 << 12

  /// Reads a pipeline and lets it make what it makes of rows, as `sounder transform` does.
  private static func transform(_ path: String) throws {
    let model = try TrainedModel(readingPipeline: path)
    let pipeline = model.pipeline
    guard var source = model.data?.train, pipeline.features.outputCount <= widest,
      pipeline.target.outputCount <= widest
    else { return }
    source.files = ["\(folder)/notes.rows.h5"]
    source = source.bound(to: pipeline)
    (source.target, source.targetParts, source.weights) = (nil, [], nil)
    _ = try source.leftOut()
    try readBatches(source, pipeline)
  }

  /// Networks that Keras wrote down, of which the seeds are the weights, each trained and frozen.
  private static let networks: [(configuration: NetworkConfiguration, inputShape: [Int])] =
    required {
      try ["k3/ae", "k3/conv1d", "k3/functional", "k3/lstm", "k2/gru"].flatMap { name in
        let text = try String(
          contentsOfFile: "Tests/Fixtures/keras/golden/\(name).json", encoding: .utf8)
        let value = try Value(json: text)
        let shape = try Network(kerasModelConfig: value).inputShape
        var options = try Options(["keras": value])
        let trained = try NetworkConfiguration(options: &options)
        var frozen = trained
        for index in frozen.layers.indices { frozen.layers[index].isFrozen = true }
        return [(trained, shape), (frozen, shape)]
      }
    }

  /// Takes weights out of a file, as a training that begins with them does.
  private static func load(
    _ path: String, into network: (configuration: NetworkConfiguration, inputShape: [Int])
  ) throws {
    var configuration = network.configuration
    configuration.weights = [PretrainedWeights(file: path)]
    let loaded = try configuration.network(inputShape: network.inputShape)
    var parameters = [Float](repeating: 0, count: loaded.parameterCount)
    try parameters.withUnsafeMutableBufferPointer { try loaded.loadPretrained(into: $0) }
  }

  /// The training of which the seeds are checkpoints.
  private static let stopped: (job: TrainingJob, network: Network) = required {
    let text = try String(contentsOfFile: "\(folder)/stopped.yaml", encoding: .utf8)
    return (
      try TrainingJob(value: try Value(yaml: text, file: "stopped.yaml")),
      try TrainedModel(reading: "\(folder)/stopped.checkpoint.h5").network
    )
  }

  /// Reads a checkpoint as a training that goes on from it: one without a checksum, as they were once, and the
  /// same with a right one, which anybody can make.
  private static func resume(_ path: String) throws {
    var job = stopped.job
    job.output.checkpoint = path
    _ = job.resumption
    try FileSeal.append(to: path)
    _ = job.resumption
    attempt("checkpoint") { _ = try Checkpoint.pipeline(in: path) }
    _ = try Checkpoint(
      reading: path, identity: nil, network: stopped.network, job: job,
      shuffle: Shuffle(rowCount: 64, blockRowCount: 64, windowRowCount: 64, seed: 3))
  }
}
