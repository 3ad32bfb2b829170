private import Glibc
private import HDF5
private import NN
public import Pipeline

/// Measures by how much a trained model misses rows that it was not trained on, shared among all ranks,
/// and writes that into the model file: see `IntervalCalibration`.
public struct Calibrator: Sendable {
  private let model: TrainedModel
  private let source: DataSource
  private let rows: RowSet?
  private let request: PredictionRequest
  private let batchSize: Int
  private let threadCount: Int

  /// Of so many scores at most there is a copy on rank 0: 256 MB.
  private static let mostScores = 1 << 26

  /// Prepares to measure on the features and targets that `source` names.
  ///
  /// - Parameters:
  ///   - model: what is calibrated.
  ///   - source: the rows, which the model must not have been trained on.
  ///   - rows: some of them; nil for all.
  ///   - request: of which `passCount` and `seed` count: intervals that are asked for with dropout are
  ///     calibrated with dropout.
  ///   - batchSize: rows of one step.
  ///   - threadCount: compute threads of a rank.
  public init(
    _ model: TrainedModel, source: DataSource, rows: RowSet? = nil,
    request: PredictionRequest = PredictionRequest(), batchSize: Int? = nil, threadCount: Int = 1
  ) {
    self.model = model
    self.source = source.bound(to: model.pipeline)
    self.rows = rows
    self.request = request
    self.batchSize = model.batchSize(asked: batchSize)
    self.threadCount = threadCount
  }

  /// The rows that the model's own job kept from training: its validation rows, also those that `unknown: skip`
  /// leaves out.
  ///
  /// `data` are the job's data as they can be read now, where they are no HDF5; nil: as the job has them. The processes
  /// of `crew` share what has to be read for that. Collective over `crew`.
  /// - Throws: an error when the file names no job, or the job no such rows.
  public static func heldOutRows(
    of model: TrainedModel, in data: DataConfiguration? = nil,
    with crew: any ImportCrew = LoneImporter()
  ) throws -> (source: DataSource, rows: RowSet) {
    guard var job = model.job else {
      throw DistributedError(
        "\(model.path) was not written by sounder and names no rows to calibrate with: name a data file",
        exitCode: 64)
    }
    if let data { job.data = data }
    let own = try TrainingData(
      job.data, job.pipeline, seed: job.training.seed, fitted: model.pipeline, with: crew)
    guard let validation = own.validation, let rows = own.whole.validation else {
      throw DistributedError(
        "the job of \(model.path) has no data.validation, and rows that a model was trained on make its "
          + "intervals too narrow: name a data file with others", exitCode: 64)
    }
    return (validation.source, rows)
  }

  /// Measures; rank 0 gets the calibration, the others nil.
  ///
  /// Collective over `world` and blocking. The same on any number of ranks. `leavingOut` hears on each rank of rows
  /// that `unknown: skip` of the pipeline leaves out.
  public func run(
    on world: borrowing Communicator, leavingOut: (LeftOutRows) -> Void = { _ in }
  ) throws -> IntervalCalibration? {
    Engine.configure(threads: threadCount)
    guard model.canBeCalibrated else {
      throw DistributedError(
        "\(model.path) predicts no numbers that residuals could be taken from, but classes or "
          + "probabilities: only regressions have intervals", exitCode: 64)
    }
    guard source.target != nil else {
      throw DistributedError(
        "a calibration needs the data set of targets: name it with --target", exitCode: 64)
    }
    if source.programName != nil {
      let layout = try source.open().layout
      try source.checkAlike(layout, on: world)
      guard layout.targetShape != nil else {
        throw DistributedError(
          "\(source.file): its rows have no targets, which a calibration needs: give its layout a targetShape"
        )
      }
    }
    let forecast = try Forecast(model, scaleRequest, batchSize: batchSize)
    let count = forecast.reading.targetCount
    guard model.pipeline.target.outputCount == count || model.job == nil else {
      throw DistributedError(
        "\(model.path) predicts \(count) numbers, and its targets have "
          + "\(model.pipeline.target.outputCount)")
    }
    let leftOut = try source.leftOut(among: rows, with: try MPIImportCrew(world))
    var read = rows
    if leftOut.count > 0 {
      read = try (rows ?? RowSet(rowCount: source.open().layout.rowCount))
        .subtracting(leftOut.rows)
      leavingOut(leftOut)
    }
    var scores = try scores(read, forecast, count, on: world)
    let rowCount = try world.allReduce(scores.rowCount, .sum)
    guard rowCount > 0 else {
      throw DistributedError("\(source.file) has no rows to calibrate with")
    }
    for rank in 1..<max(1, world.size) {
      if world.rank == rank {
        try world.send([scores.values.count], to: 0, tag: 4)
        if !scores.values.isEmpty { try world.send(scores.values, to: 0, tag: 5) }
      } else if world.rank == 0 {
        var size = [0]
        try world.receive(into: &size, from: rank, tag: 4)
        guard size[0] > 0 else { continue }
        var part = [Float](repeating: 0, count: size[0])
        try world.receive(into: &part, from: rank, tag: 5)
        scores.values += part
      }
    }
    try world.barrier()
    guard world.rank == 0 else { return nil }
    guard scores.values.allSatisfy({ !$0.isNaN }) else {
      throw DistributedError(
        "a prediction or a target of \(source.file) is not a number: nothing can be calibrated with it"
      )
    }
    let target = source.target.map { ", \($0)" } ?? ""
    return IntervalCalibration(
      scores: scores.values, targetCount: count, rowCount: rowCount,
      scale: Forecast.scale(request, forecast.reading),
      source: "\(source.file): \(source.features)\(target)")
  }

  private var scaleRequest: PredictionRequest {
    var own = PredictionRequest()
    own.passCount = request.passCount
    own.seed = request.seed
    return own
  }

  /// This rank's scores: of every batch whose number is the rank's in turn.
  private func scores(
    _ rows: RowSet?, _ forecast: Forecast, _ count: Int, on world: borrowing Communicator
  ) throws -> (values: [Float], rowCount: Int) {
    var values: [Float] = []
    var seen = 0
    try model.withExecutor(batchSize: batchSize) { executor in
      let reader = try BatchReader(
        source.opener, rows: rows, pipeline: model.pipeline(forTargets: count),
        memoryByteCount: 64 << 20, batchRowCount: batchSize)
      let total = reader.rows.count
      let spread = max(1, (total * count + Self.mostScores - 1) / Self.mostScores)
      let targets = UnsafeMutableBufferPointer<Float>.allocate(capacity: batchSize * count)
      defer { targets.deallocate() }
      var batch = world.rank
      while batch * batchSize < total {
        let positions = batch * batchSize..<min((batch + 1) * batchSize, total)
        reader.start(positions: positions)
        let filled = try reader.next(
          into: executor.features, targets: targets, count: positions.count)
        precondition(filled == positions.count, "\(filled) of \(positions.count) rows")
        forecast.run(executor, batch: batch, rowCount: filled)
        for row in 0..<filled where (positions.lowerBound + row) % spread == 0 {
          for j in row * count..<(row + 1) * count {
            values.append(abs(targets[j] - forecast.means[j]) / forecast.divisor(j))
          }
        }
        seen += filled
        batch += world.size
      }
    }
    return (values, seen)
  }

  /// Throws for a model file that a calibration cannot be put into, before any row is read.
  ///
  /// - Throws: `DistributedError` (64) for Keras' archive.
  public static func checkStorable(in path: String) throws {
    guard !ModelFile.isArchive(path) else {
      throw DistributedError(
        "\(path) is Keras' own archive, which has no place for a calibration: write the model as HDF5 "
          + "(Keras' model.save(\"NAME.h5\")), and calibrate that", exitCode: 64)
    }
  }

  /// Puts a calibration into the model file at `path`, in place of an older one.
  ///
  /// A reader sees the file with the old one or with the new one.
  public static func store(_ calibration: IntervalCalibration, in path: String) throws {
    try checkStorable(in: path)
    try OutputFiles.checkWritable(path, key: "the model file")
    // A checkpoint stays one that can be trusted; HDF5 cuts off what stands behind its own end.
    let isSealed = try FileSeal.isThere(in: path)
    if isSealed { try Checkpoint.requireSound(path) }
    try AtomicFile.replace(path) { temporary in
      try copy(path, to: temporary)
      try add(calibration, to: temporary)
      if isSealed { try FileSeal.append(to: temporary) }
    }
  }

  private static func add(_ calibration: IntervalCalibration, to path: String) throws {
    let file = try File(opening: path, access: .readWrite)
    let group = try file.root().openOrCreateGroup(TrainingRecord.groupName)
    let name = IntervalCalibration.groupName
    if group.contains(name) { try group.remove(name) }
    try calibration.write(to: try group.createGroup(name))
    try file.flush()
  }

  private static func copy(_ path: String, to other: String) throws {
    func failed(_ what: String) -> DistributedError {
      DistributedError("\(what): \(String(cString: strerror(errno)))", exitCode: 74)
    }
    let input = open(path, O_RDONLY)
    guard input >= 0 else { throw failed("\(path) cannot be read") }
    defer { close(input) }
    let output = open(other, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
    guard output >= 0 else { throw failed("\(path) cannot be written") }
    defer { close(output) }
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = block.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failed("\(path) cannot be read") }
      if count == 0 { return }
      var done = 0
      while done < count {
        let written = block.withUnsafeBytes {
          write(output, $0.baseAddress.map { $0 + done }, count - done)
        }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw failed("\(path) cannot be written") }
        done += written
      }
    }
  }
}

extension TrainedModel {
  /// Whether its outputs are a distribution's parameters.
  package var predictsDistribution: Bool { distribution != nil }

  /// Whether residuals of its predictions mean something: it predicts numbers, not classes or
  /// probabilities.
  var canBeCalibrated: Bool { hasUnits || job == nil && distribution == nil && !isClassifier }

  /// The pipeline; without one in the file, targets are as many numbers as the predictions.
  func pipeline(forTargets count: Int) -> FittedPipeline {
    guard job == nil else { return pipeline }
    return FittedPipeline(
      features: pipeline.features,
      target: FittedStages(inputShape: count == 1 ? [] : network.outputShape),
      table: pipeline.table, targetClasses: pipeline.targetClasses,
      window: pipeline.window, featureNames: pipeline.featureNames,
      targetNames: pipeline.targetNames)
  }
}
