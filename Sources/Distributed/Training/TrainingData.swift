private import Configuration
package import NN
internal import Pipeline

/// The rows of a job: which are trained on, which validate, and whether the network fits them.
package struct TrainingData {
  /// Rows of a source that measure an epoch.
  struct Validation {
    let source: DataSource
    let layout: RowLayout
    let rows: RowSet
  }

  private(set) var source: DataSource
  /// The form of a row; of a table's rows the width is not known before `bind`.
  private(set) var layout: RowLayout
  /// The rows that are trained on.
  private(set) var trainingRows: RowSet
  private(set) var validation: Validation?
  /// The rows to train on and to validate with, those that are left out among them.
  private(set) var whole: (training: RowSet, validation: RowSet?)
  /// The rows of the training rows' source that were left out last.
  private(set) var leftOut = LeftOutRows()
  /// Those of the rows that validate, where these have a source of their own.
  private(set) var validationLeftOut = LeftOutRows()
  /// Whether the rows that validate are a part of the training rows' source.
  private let isSplit: Bool
  private let memoryByteCount: Int
  private var blockRowCount: Int
  private let redealEpochCount: Int
  private let augment: [any Augmentation]

  /// Opens the job's files, looks at their data sets, and chooses the rows, as one process by itself does.
  ///
  /// Not collective; a stratified split reads all targets, and so does `pipeline.target: [index]` where `data` have no
  /// classes (see `withClasses`); `unknown: skip` reads its columns.
  init(_ job: TrainingJob) throws {
    try self.init(job.data, job.pipeline, seed: job.training.seed)
  }

  /// The same for sections of a job; `seed` chooses the rows that are held out, where these have no seed.
  ///
  /// Collective over `crew`, whose processes share what is read of the rows. With the pipeline that was fitted before,
  /// rows are known to the end.
  init(
    _ data: DataConfiguration, _ configuration: PipelineConfiguration, seed: UInt64,
    fitted pipeline: FittedPipeline? = nil, with crew: any ImportCrew = LoneImporter()
  ) throws {
    let (opened, rows) = try Self.open(data, configuration, fitted: pipeline)
    self = opened
    try chooseRows(data, of: rows, by: configuration.table, seed: seed, with: crew)
  }

  /// The same on all ranks, each of which reads its share of what a stratified split and `unknown: skip` look at.
  ///
  /// Collective over `world` and blocking. Rank 0 goes first where a file may be wrong, so that one rank speaks; what is
  /// wrong with the rows of one rank is an error on all.
  init(
    _ data: DataConfiguration, _ configuration: PipelineConfiguration, seed: UInt64,
    on world: borrowing Communicator
  ) throws {
    var first: (data: TrainingData, rows: any OpenedSource)?
    if world.rank == 0 { first = try Self.open(data, configuration) }
    try world.barrier()
    let (opened, rows) = try first ?? Self.open(data, configuration)
    self = opened
    try checkAlike(on: world)
    try chooseRows(
      data, of: rows, by: configuration.table, seed: seed, with: try MPIImportCrew(world))
  }

  /// Opens the files and looks at their data sets; which rows there are to train on is not known yet.
  ///
  /// Not collective. The training rows come opened with it.
  private static func open(
    _ data: DataConfiguration, _ configuration: PipelineConfiguration,
    fitted pipeline: FittedPipeline? = nil
  ) throws -> (data: TrainingData, rows: any OpenedSource) {
    let sources = try RowSources(data, configuration, fitted: pipeline)
    return (try TrainingData(data, configuration, sources), sources.opened)
  }

  private init(
    _ data: DataConfiguration, _ configuration: PipelineConfiguration, _ sources: RowSources
  ) throws {
    source = sources.train
    let opened = sources.opened
    layout = opened.layout
    if let schema = opened.schema { _ = try configuration.table.row(of: schema) }
    memoryByteCount = data.memoryByteCount
    redealEpochCount = data.redealEpochCount
    augment = configuration.augment
    switch data.validation {
    case .source(let named):
      let other = sources.validation ?? named
      let found = try other.open()
      if let schema = found.schema {
        _ = try configuration.table.row(of: schema)
      } else {
        try Self.check(found.layout, layout)
      }
      validation = Validation(
        source: other, layout: found.layout, rows: RowSet(rowCount: found.layout.rowCount))
    case .fraction, .fold, nil: validation = nil
    }
    trainingRows = RowSet(rowCount: layout.rowCount)
    blockRowCount = layout.blockRowCount
    whole = (trainingRows, validation?.rows)
    isSplit = if case .source = data.validation { false } else { true }
  }

  /// Holds out what `data.validation` asks for, and takes away the rows that `unknown: skip` leaves out.
  ///
  /// Collective over `crew`, whose processes have opened the same files. `opened` are the training rows.
  private mutating func chooseRows(
    _ data: DataConfiguration, of opened: any OpenedSource, by stages: [any TableStage],
    seed: UInt64, with crew: any ImportCrew
  ) throws {
    switch data.validation {
    case .fraction, .fold:
      let holdout = try data.holdout(of: opened, seed: seed, with: crew)
      trainingRows = holdout.training
      validation = Validation(source: source, layout: layout, rows: holdout.validation)
      blockRowCount = holdout.blockRowCount
      whole = (trainingRows, validation?.rows)
    case .source, nil: break
    }
    try leaveOut(by: stages, with: crew)
  }

  /// The training rows of `data`, which know the classes of their target where `configuration` has `index` for it: each
  /// rank reads the targets of its stretch of the rows, and no other's.
  ///
  /// Collective over `world`. Rank 0 goes first where a file may be wrong, so that one rank speaks.
  static func withClasses(
    _ data: DataConfiguration, _ configuration: PipelineConfiguration,
    on world: borrowing Communicator
  ) throws -> DataConfiguration {
    guard let order = configuration.targetClasses else { return data }
    if world.rank == 0 { _ = try TextClasses.rowCounts(of: data.train) }
    try world.barrier()
    var copy = data
    copy.train.targetClasses = try TextClasses(
      learning: data.train, order: order, part: world.rank, of: world.size,
      reducer: try MPIReducer(world))
    return copy
  }

  /// Throws unless all ranks have the same rows, where a program reads them by itself.
  ///
  /// Collective over `world`.
  func checkAlike(on world: borrowing Communicator) throws {
    try source.checkAlike(layout, on: world)
    if let validation, !isSplit {
      try validation.source.checkAlike(validation.layout, on: world)
    }
  }

  /// Takes away the rows that `unknown: skip` of `stages`, or of those that were fitted, leaves out.
  ///
  /// Collective over `crew`: each process looks through its part of the rows, but not through those of the training
  /// rows' source where these are `known`.
  /// - Throws: `DistributedError` where no row is left.
  private mutating func leaveOut(
    by stages: [any TableStage] = [], known: LeftOutRows? = nil, with crew: any ImportCrew
  ) throws {
    let found = try known ?? source.leftOut(by: stages, with: crew)
    leftOut = found
    var (others, otherSource) = (found, source)
    if !isSplit, let validation {
      otherSource = validation.source
      others = try otherSource.leftOut(by: stages, with: crew)
      validationLeftOut = others
    }
    trainingRows = whole.training.subtracting(found.rows)
    var parts = [("data.train", source, found, trainingRows.count)]
    if let own = validation, let rows = whole.validation {
      let kept = rows.subtracting(others.rows)
      validation = Validation(source: own.source, layout: own.layout, rows: kept)
      parts.append(("data.validation", otherSource, others, kept.count))
    }
    for (key, source, rows, keptCount) in parts where rows.count > 0 && keptCount == 0 {
      throw DistributedError(
        "\(key): no row is left of \(source.file), where \(rows.count) are left out (unknown: skip), the first since "
          + "\(rows.firstProblem): mend the rows, or choose another rule for unknown cells",
        exitCode: ExitCode.data)
    }
  }

  /// Reads a table's rows from here on as the stages of `pipeline` make them.
  ///
  /// Collective over `world`, whose ranks share the rows that are looked through for those to leave out.
  /// - Parameters:
  ///   - pipeline: the pipeline.
  ///   - isOwn: whether it has just been fitted to the training rows: it knows all that they have.
  ///   - world: all ranks.
  /// - Throws: where the rows that validate are not of the same form.
  mutating func bind(
    _ pipeline: FittedPipeline, isOwn: Bool = false, on world: borrowing Communicator
  ) throws {
    guard pipeline.table != nil || pipeline.targetClasses != nil || pipeline.window != nil
    else { return }
    source = source.bound(to: pipeline)
    layout = try source.open().layout
    if let other = validation {
      let bound = other.source.bound(to: pipeline)
      let otherLayout = try bound.open().layout
      try Self.check(otherLayout, layout)
      validation = Validation(source: bound, layout: otherLayout, rows: other.rows)
    }
    // Of a split, only a part of the rows was fitted to.
    let isKnown = isOwn && (!isSplit || validation == nil)
    try leaveOut(known: isKnown ? leftOut : nil, with: try MPIImportCrew(world))
  }

  private static func check(_ validation: RowLayout, _ layout: RowLayout) throws {
    guard
      validation.featureShape != layout.featureShape
        || validation.targetShape != layout.targetShape
    else { return }
    throw DistributedError(
      "a row of data.validation has the shape \(validation.featureShape) and a target of "
        + "\(validation.targetShape ?? []), one of data.train \(layout.featureShape) and "
        + "\(layout.targetShape ?? []): name data sets of the same form")
  }

  /// The share of `data.memory` that windows of validation rows may take while training's wait.
  var validationByteCount: Int { memoryByteCount / 4 }

  private var trainingByteCount: Int {
    validation == nil ? memoryByteCount : memoryByteCount - validationByteCount
  }

  /// Where blocks are counted from, in each of several files.
  private var blockStarts: [Int] {
    trainingRows.blockStarts(fileStarts: layout.fileStarts, blockRowCount: blockRowCount)
  }

  /// How the training rows are dealt and shuffled, and what an epoch draws of them.
  func shuffle(_ training: TrainingConfiguration) -> Shuffle {
    // No slice has more rows than there are.
    let batch = training.usesWholeSlice ? max(1, trainingRows.count) : training.batchSize
    return Shuffle(
      rowCount: trainingRows.count, blockRowCount: blockRowCount,
      windowRowCount: layout.windowRowCount(memoryByteCount: trainingByteCount),
      seed: training.seed, dealEpochCount: redealEpochCount,
      draw: training.stepsPerEpoch.map { Draw(stepCount: $0, batchRowCount: batch) },
      isRandom: training.shuffles, fileStarts: blockStarts)
  }

  /// The part of the training rows that a rank reads for all.
  private func rows(of rank: Int, among size: Int) -> RowSet {
    let slice = Slice.deal(
      rowCount: trainingRows.count, blockRowCount: blockRowCount, workerCount: size,
      fileStarts: blockStarts)[rank]
    return RowSet(runs: trainingRows.rows(at: slice.positions))
  }

  /// Fits the pipeline to the training rows, each rank reading its part; with `countsMissing` the missing cells of
  /// its table are counted, too.
  ///
  /// Collective.
  func fit(
    _ pipeline: PipelineConfiguration, on world: borrowing Communicator, countsMissing: Bool = false
  ) throws -> FittedPipeline {
    let rows = rows(of: world.rank, among: world.size)
    let reducer = try MPIReducer(world)
    let table = try pipeline.fittedTable(
      to: source, rows: rows, reducer: reducer, countsMissing: countsMissing)
    var bound = source
    if let table { bound.tableUse = .stages(table) }
    let opened = try bound.open()
    let stages = try pipeline.fitted(to: opened, rows: rows, reducer: reducer)
    return FittedPipeline(
      features: stages.features, target: stages.target, table: table,
      targetClasses: source.targetClasses, window: pipeline.window,
      featureNames: opened.featureColumns, targetNames: opened.targetNames)
  }

  /// Throws when a row's target is not what the losses compare the network's outputs with, or its
  /// weights are as many as neither samples nor positions.
  func check(network: Network, losses: [Loss], pipeline: FittedPipeline) throws {
    guard layout.targetShape != nil else {
      throw DistributedError(
        "data.train names no target: add the data set that the network shall learn to predict")
    }
    try RowParts(try source.open(), source).check(network: network, losses: losses, pipeline)
    for (key, shape) in [
      ("data.train", layout.weightShape), ("data.validation", validation?.layout.weightShape),
    ] {
      if let shape { try Self.checkWeights(shape, key: key, network: network) }
    }
    try Self.check(
      targetCount: pipeline.target.outputCount, of: source, network: network, losses: losses)
  }

  /// Throws unless a row of targets behind the pipeline, of `found` numbers, is what the losses compare the network's
  /// outputs with.
  static func check(
    targetCount found: Int, of source: DataSource, network: Network, losses: [Loss]
  ) throws {
    for (loss, tensor) in zip(losses, network.outputs) {
      try loss.requireFit(outputShape: network.tensors[tensor].shape)
    }
    let loss = losses[0]
    let expected = network.targetCount(losses: losses)
    guard expected == found else {
      if losses.count > 1 {
        throw DistributedError(
          "the losses compare the network's outputs with \(expected) numbers per row, but a row of "
            + "'\(source.target ?? "")' has \(found) after the pipeline: change the last layers or "
            + "the losses")
      }
      throw DistributedError(
        "the loss \(loss.function.rawValue) compares \(network.outputCount) outputs with \(expected) "
          + "number(s) per row, but a row of '\(source.target ?? "")' has \(found) after the "
          + "pipeline: "
          + (network.outputShape.count > 1 ? "add 'flatten' before the dense layers, " : "")
          + loss.advice(outputs: network.outputCount, targets: found))
    }
  }

  /// Throws unless weights of this shape are one for each row of data, or one for each row of an
  /// output.
  package static func checkWeights(
    _ shape: [Int], key: String, network: Network
  ) throws(DistributedError) {
    let count = shape.reduce(1, *)
    let positions = network.outputs.map { network.tensors[$0].shape.dropLast().reduce(1, *) }
    guard count != 1, !positions.allSatisfy({ $0 == count }) else { return }
    throw DistributedError(
      "\(key).weights has \(count) numbers per row: give one"
        + (positions[0] > 1 ? ", or one for each of the output's \(positions[0]) positions" : ""))
  }

  /// The classes that labels may name, when the only loss takes labels.
  static func classCount(network: Network, losses: [Loss]) -> Int? {
    losses.count == 1 && losses[0].isSparse ? network.outputShape.last : nil
  }

  /// Where class numbers stand in a row of targets of several outputs.
  static func labels(network: Network, losses: [Loss]) -> [RowChecks.LabelColumns] {
    guard losses.count > 1 else { return [] }
    var start = 0
    var labels: [RowChecks.LabelColumns] = []
    for (loss, output) in zip(losses, network.outputs) {
      let shape = network.tensors[output].shape
      let count = loss.targetCount(outputShape: shape)
      if loss.isSparse {
        labels.append(.init(start..<start + count, classCount: shape.last ?? 1))
      }
      start += count
    }
    return labels
  }

  /// Reads this rank's training rows ahead, augmented where the job says so, through the pipeline.
  func reader(
    _ pipeline: FittedPipeline, network: Network, training: TrainingConfiguration
  ) throws -> BatchReader {
    let losses = try training.losses(for: network)
    return try BatchReader(
      source.opener, rows: trainingRows, pipeline: pipeline,
      classCount: Self.classCount(network: network, losses: losses),
      labels: Self.labels(network: network, losses: losses),
      memoryByteCount: trainingByteCount, batchRowCount: training.batchSize, augment: augment,
      seed: training.seed)
  }
}

extension DataSource {
  /// Opens the source on whatever thread calls it.
  var opener: @Sendable () throws(PipelineError) -> any RowSource {
    { () throws(PipelineError) in try open() }
  }
}
