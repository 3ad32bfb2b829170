internal import Configuration
internal import HDF5
internal import NN
internal import Pipeline

/// A model file as training leaves it: what Keras reads, and the group `/sounder` beside it.
///
/// | in `/sounder`            | what                                                        |
/// |--------------------------|-------------------------------------------------------------|
/// | `job`                    | the job with every default, as JSON                         |
/// | `job_text`               | the job file as the user wrote it                           |
/// | `seed`, `versions/`      | the seed; the programs that trained                         |
/// | `history/`               | one data set per figure, one value per epoch                |
/// | `pipeline/`              | the fitted pipeline (see `FittedPipeline`)                  |
/// | `network/`               | what Keras has no word for (see `ModelFile`)                |
/// | `calibration/`           | residuals that make intervals (see `IntervalCalibration`)   |
struct TrainingRecord {
  let job: TrainingJob
  let jobText: String
  let pipeline: FittedPipeline
  let history: [EpochRecord]

  static let groupName = "sounder"
  private static let fixedColumns = ["epoch", "seconds", "samples_per_second"]

  /// Writes a whole model file in place of the one at `path`; `extra` may add to the group.
  func write(
    _ path: String, network: Network, parameters: [Float],
    extra: (borrowing Group) throws -> Void = { _ in }
  ) throws {
    var training = ModelFile.Training(
      loss: job.training.loss, optimizer: job.training.optimizer,
      measuresAccuracy: job.training.metrics.contains("accuracy"))
    if network.outputs.count > 1 {
      training.outputLosses = job.training.outputLosses.map { ($0.output, $0.loss) }
      training.lossWeights =
        job.training.lossWeights.isEmpty
        ? [] : training.outputLosses.map { job.training.lossWeights[$0.name] ?? 1 }
    }
    try parameters.withUnsafeBufferPointer { parameters in
      try ModelFile.write(path, network: network, parameters: parameters, training: training) {
        file in
        let group = try file.root().openOrCreateGroup(Self.groupName)
        try record.write(to: group)
        try group.writeAttribute("job_text", jobText)
        try pipeline.write(to: try group.createGroup("pipeline"))
        try extra(group)
      }
    }
  }

  private var record: ModelRecord {
    let names = history.last?.values.map(\.name) ?? []
    return ModelRecord(
      history: [
        .init("epoch", history.map { Double($0.epoch) }),
        .init("seconds", history.map(\.seconds)),
        .init("samples_per_second", history.map(\.samplesPerSecond)),
      ] + names.map { name in .init(name, history.map { $0[name] ?? .nan }) },
      seed: job.training.seed,
      versions: [
        "sounder": Version.current, "mpi": Session.libraryVersion(),
        "onednn": Engine.libraryVersion,
      ],
      job: job.value.json)
  }

  /// The epochs that a model file's group `/sounder` tells of.
  static func readHistory(from group: borrowing Group) throws -> [EpochRecord] {
    let columns = try ModelRecord(from: group).history
    func values(_ name: String) -> [Double] { columns.first { $0.name == name }?.values ?? [] }
    let epochs = values("epoch").compactMap { Int(exactly: $0) }
    let known = columns.map(\.name)
    guard columns.allSatisfy({ $0.values.count == epochs.count }),
      fixedColumns.allSatisfy(known.contains)
    else {
      throw DistributedError("\(group.path)/history is damaged: its columns do not fit together")
    }
    return epochs.indices.map { index in
      EpochRecord(
        epoch: epochs[index], seconds: values("seconds")[index],
        samplesPerSecond: values("samples_per_second")[index],
        values: columns.filter { !fixedColumns.contains($0.name) }
          .map { .init(name: $0.name, value: $0.values[index]) })
    }
  }
}
