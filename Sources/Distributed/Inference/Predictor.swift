internal import HDF5
internal import NN
public import Pipeline

/// Predicts rows of a file with a trained model, shared among all ranks; rank 0 writes.
public struct Predictor: Sendable {
  private let model: TrainedModel
  private let source: DataSource
  private let threadCount: Int
  /// Rows of one step, and of one message to rank 0.
  private let batchSize: Int
  private let request: PredictionRequest
  /// The names of the classes, where the data or the model tell them.
  private var classNames: [String]?
  private var keptNames: [String] = []

  /// Prepares to predict the features that `source` names; its target is not read.
  ///
  /// Without a request the mean is predicted.
  public init(
    _ model: TrainedModel, source: DataSource, batchSize: Int? = nil, threadCount: Int = 1,
    request: PredictionRequest = PredictionRequest()
  ) {
    self.model = model
    self.request = request
    var features = source.bound(to: model.pipeline)
    (features.target, features.targetParts, features.weights) = (nil, [], nil)
    self.source = features
    self.batchSize = model.batchSize(asked: batchSize)
    self.threadCount = threadCount
  }

  /// The same, with names of classes in place of their numbers where the output is a text.
  ///
  /// Names that are not as many as the classes are passed over.
  public func naming(classes names: [String]?) -> Predictor {
    var copy = self
    copy.classNames = model.isClassifier && names?.count == model.network.outputCount ? names : nil
    return copy
  }

  /// The same, which passes columns of the data's table, or data sets beside its features, through to the output.
  public func keeping(_ columns: [String]) -> Predictor {
    var copy = self
    copy.keptNames = columns
    return copy
  }

  /// Predicts `rows` (all, unless given) and writes them to `output`: HDF5 for a name that ends in
  /// `.h5` or `.hdf5`, standard output for `-`, CSV otherwise.
  ///
  /// What is passed through stands beside the predictions in HDF5, with its name and type, and rank 0 alone reads it.
  /// A row that `unknown: skip` of the pipeline leaves out has an empty prediction. Collective over `world` and
  /// blocking. The file appears whole or not at all.
  /// - Returns: the number of rows.
  public func run(
    on world: borrowing Communicator, rows: Range<Int>? = nil, output: String
  ) throws -> Int {
    try run(on: world, rows: rows, gaps: RowGaps(), output: output)
  }

  /// The same where rows are missing among those that can be read: they get an empty prediction.
  ///
  /// `rows` counts those that can be read, and `asked` the same rows with the gaps among them, which begin and end
  /// them, too; `asked` and `gaps` are rank 0's, and are not looked at elsewhere. `leavingOut` hears on rank 0 of rows
  /// that are left out, before the first one is predicted.
  package func run(
    on world: borrowing Communicator, rows: Range<Int>? = nil, asked: Range<Int>? = nil,
    gaps: RowGaps, output: String, leavingOut: (LeftOutRows) -> Void = { _ in }
  ) throws -> Int {
    Engine.configure(threads: threadCount)
    let source = try source.aligned(inputs: model.rowInputs.map(\.name), outputs: [])
    let opened = try source.open()
    try source.checkAlike(opened.layout, on: world)
    if !source.featureParts.isEmpty {
      try RowParts(opened, source).check(model.rowInputs)
    }
    // What is left of several inputs may have a form of its own in its data set.
    let pipeline =
      source.featureParts.count == 1
      ? model.pipeline.taking(rowsOf: opened.layout.featureShape) : model.pipeline
    let rowCount = opened.layout.rowCount
    let rows = try RowRange.checked(rows, of: rowCount, in: source)
    let forecast = try Forecast(model, request, batchSize: batchSize)
    let leftOut = try source.leftOut(
      among: RowSet(runs: [rows]), with: try MPIImportCrew(world))
    let read = RowSet(runs: [rows]).subtracting(leftOut.rows)
    guard world.rank == 0 else {
      try predict(read, of: source, pipeline, forecast, on: world) { _, _ in }
      return rows.count
    }
    if leftOut.count > 0 { leavingOut(leftOut) }
    let written = rows.count + gaps.indices(in: asked).count
    func take(_ writer: any PredictionWriter) throws {
      let gapWriter = GapWriter(
        writer, gaps, asked: asked, from: rows.lowerBound, width: forecast.width)
      let writer = LeftOutWriter(
        gapWriter, leftOut.rows, from: rows.lowerBound, width: forecast.width)
      try predict(read, of: source, pipeline, forecast, on: world) {
        try writer.write($0, rowCount: $1)
      }
      try writer.writeGap()
      try gapWriter.writeGaps()
    }
    let isHDF5 = Self.writesHDF5(output)
    let kept =
      keptNames.isEmpty
      ? nil : try KeptColumns(keptNames, of: source, layout: opened.layout, asRows: isHDF5)
    if isHDF5 {
      try File.replace(output) { file in
        let writer = try HDF5PredictionWriter(
          file, rowCount: written, place: rows.lowerBound, hasGaps: written > rows.count,
          fields: forecast.fields, width: forecast.width, classNames: classNames, kept: kept)
        try take(writer)
      }
      return written
    }
    func writeText(_ path: String) throws {
      try take(
        try CSVPredictionWriter(
          path, firstRow: asked?.lowerBound ?? rows.lowerBound, place: rows.lowerBound,
          fields: forecast.fields, width: forecast.width, classNames: classNames, kept: kept))
    }
    if output == "-" {
      try writeText(output)
    } else {
      try OutputFiles.checkWritable(output, key: "--output")
      try AtomicFile.replace(output) { try writeText($0) }
    }
    return written
  }

  /// Whether an output of this name is HDF5.
  package static func writesHDF5(_ output: String) -> Bool {
    output.hasSuffix(".h5") || output.hasSuffix(".hdf5")
  }

  /// Deals the rows in turns of one batch per rank, so that rank 0 can write them in order and holds
  /// one batch at a time.
  private func predict(
    _ rows: RowSet, of source: DataSource, _ pipeline: FittedPipeline, _ forecast: Forecast,
    on world: borrowing Communicator,
    take: (UnsafeBufferPointer<Float>, Int) throws -> Void
  ) throws {
    try model.withExecutor(batchSize: batchSize) { executor in
      let reader = try BatchReader(
        source.opener, rows: rows, pipeline: pipeline, memoryByteCount: 64 << 20,
        batchRowCount: batchSize)
      var own = [Float](repeating: 0, count: batchSize * forecast.width)
      var message = own
      let columns = model.inputColumns
      var whole = [Float](
        repeating: 0, count: columns == nil ? 0 : batchSize * pipeline.features.outputCount)
      func fill(_ count: Int) throws -> Int {
        guard let columns else {
          return try reader.next(
            into: executor.features, targets: executor.targets, count: count)
        }
        // The pipeline was fitted to whole rows, of which this part of the network takes some columns.
        let found = try whole.withUnsafeMutableBufferPointer {
          try reader.next(into: $0, targets: executor.targets, count: count)
        }
        let (width, features) = (pipeline.features.outputCount, executor.features)
        var place = 0
        for row in 0..<found {
          for column in columns.joined() {
            features[place] = whole[row * width + column]
            place += 1
          }
        }
        return found
      }
      // Positions among the rows.
      var turn = 0
      while turn < rows.count {
        func share(_ rank: Int) -> Range<Int> {
          let start = min(turn + rank * batchSize, rows.count)
          return start..<min(start + batchSize, rows.count)
        }
        let mine = share(world.rank)
        if !mine.isEmpty {
          reader.start(positions: mine)
          let count = try fill(mine.count)
          precondition(count == mine.count, "\(count) of \(mine.count) rows")
          forecast.answer(
            executor, batch: mine.lowerBound / batchSize, rowCount: count, into: &own)
        }
        if world.rank == 0 {
          try own.withUnsafeBufferPointer { try take($0, mine.count) }
          for rank in 1..<max(1, world.size) where !share(rank).isEmpty {
            try world.receive(into: &message, from: rank, tag: 3)
            try message.withUnsafeBufferPointer { try take($0, share(rank).count) }
          }
        } else if !mine.isEmpty {
          try world.send(own, to: 0, tag: 3)
        }
        turn += batchSize * world.size
      }
    }
    try world.barrier()
  }
}

/// Checks of a range of rows that a user asked for.
enum RowRange {
  static func checked(
    _ rows: Range<Int>?, of rowCount: Int, in source: DataSource
  ) throws -> Range<Int> {
    guard let rows else { return 0..<rowCount }
    guard rows.lowerBound >= 0, rows.upperBound <= rowCount, !rows.isEmpty else {
      throw DistributedError(
        "rows \(rows.lowerBound):\(rows.upperBound) were asked for, but \(source.file): "
          + "'\(source.features)' has rows 0:\(rowCount)", exitCode: 64)
    }
    return rows
  }
}

extension TrainedModel {
  /// Plans the network for inference on these parameters, for the time of `body`.
  func withExecutor<Result>(
    batchSize: Int, _ body: (Executor) throws -> Result
  ) throws -> Result {
    // Parameters are only read, but an executor takes memory that training may write.
    let memory = Gradient(parameterCount: parameters.count)
    _ = memory.values.update(fromContentsOf: parameters)
    let executor = try Executor(
      predicting: network, batchSize: batchSize, parameters: memory.start)
    return try withExtendedLifetime(memory) { try body(executor) }
  }
}
