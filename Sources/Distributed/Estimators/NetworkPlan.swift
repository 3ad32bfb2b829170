internal import Configuration
internal import NN
internal import Pipeline

/// How a network is learnt from a table: stages, layers and numbers, as far as the user has not named them.
///
/// The rules are those of docs/estimators.md: functions of the table's summary alone, the same on all ranks.
struct NetworkPlan {
  let table: Table
  let summary: TableSummary
  let settings: NetworkSettings
  private let schema: Schema
  private let label: String?
  /// The stages that the user gave; nil: they are proposed.
  private let given: StageLists?

  /// Prepares a plan.
  ///
  /// - Throws: `PipelineError` for a column that is not there, with the nearest; `DistributedError` for settings that
  ///   contradict each other, and for a table whose rows were not looked through.
  init(_ table: Table, _ settings: NetworkSettings, label: String?, stages: StageLists?) throws {
    (self.table, self.settings, self.label, given) = (table, settings, label, stages)
    summary = try table.surveyed()
    schema = try Schema(summary.schema, of: table.path)
    if settings.patience != nil, !settings.stopsEarly || heldOut == 0 {
      throw DistributedError(
        "patience is how long a training waits that stops early, and this one does not: leave it out, or hold out "
          + "rows and let it stop early", exitCode: ExitCode.usage)
    }
    if let label, settings.features.contains(label) {
      throw DistributedError(
        "'\(label)' is the label, and a feature: the network would be told what it shall learn: leave it out of the "
          + "features", exitCode: ExitCode.usage)
    }
    if let label { _ = try index(of: label) }
    for name in settings.dropped { _ = try index(of: name) }
    let both = settings.dropped.first { settings.features.contains($0) || $0 == label }
    if let both {
      throw DistributedError(
        "'\(both)' shall be dropped, and is \(both == label ? "the label" : "one of the features"): leave it out of "
          + "one of the lists", exitCode: ExitCode.usage)
    }
    // Behind stages that the user gave there may be other columns.
    if given?.table.isEmpty ?? true { for name in settings.features { _ = try index(of: name) } }
  }

  /// The place of a column among those of the table.
  func index(of name: String) throws(PipelineError) -> Int {
    try schema.index(of: name, for: table.path)
  }

  /// The columns that features are made of, in order.
  private var featureEntries: [TableSummary.Entry] {
    let isListed = given?.table.isEmpty ?? true && !settings.features.isEmpty
    guard isListed else {
      let others = Set(settings.dropped + (label.map { [$0] } ?? []))
      return summary.columns.filter { !others.contains($0.column.name) }
    }
    let places = Dictionary(
      summary.columns.enumerated().map { ($0.element.column.name, $0.offset) }
    ) { first, _ in first }
    return settings.features.compactMap { places[$0] }.map { summary.columns[$0] }
  }

  /// The columns of numbers that an autoencoder sees.
  ///
  /// - Throws: `DistributedError` for texts that the user asks for, and where there are none.
  func numberColumns() throws -> [String] {
    let texts = featureEntries.filter { $0.column.kind == .text }
    if !settings.features.isEmpty, let text = texts.first {
      throw DistributedError(
        "\(table.path): '\(text.column.name)' is a column of texts, and an autoencoder gives back numbers: leave it "
          + "out of the features")
    }
    let numbers = featureEntries.filter { entry in
      entry.column.kind != .text && (!settings.features.isEmpty || !isConstant(entry))
    }
    guard !numbers.isEmpty else {
      throw DistributedError(
        "\(table.path): has no column of numbers that differ from row to row: name another table")
    }
    return numbers.map(\.column.name)
  }

  /// Numbers in a row of these columns behind the stages of rows.
  ///
  /// - Throws: `PipelineError` where a stage does not fit, `DistributedError` where only the data tell.
  func rowCount(of names: [String]) throws -> Int {
    let wanted = Set(names)
    let width = summary.columns.filter { wanted.contains($0.column.name) }
      .reduce(0) { $0 + ($1.column.kind.width ?? 0) }
    let shape = try PipelineConfiguration(features: given?.rows ?? []).featureShape(for: [width])
    guard let shape else {
      throw DistributedError(
        "how many numbers the stages make of a row is not known before they are fitted, and the autoencoder's last "
          + "layer gives as many: use stages that keep the columns", exitCode: ExitCode.usage)
    }
    return shape.reduce(1, *)
  }

  /// Whether the column says nothing: all cells are the same, or missing.
  private func isConstant(_ entry: TableSummary.Entry) -> Bool {
    guard let categories = entry.categories else { return false }
    return categories.count == 0 || categories.count == 1 && entry.missingCount == 0
  }

  /// More different texts are not worth a place of their own each.
  private static let mostPlaces = 64
  /// Places that texts of a column with more are spread over.
  private static let bucketsOfColumn = 64
  private static let mostBuckets = 1024

  /// The stages of columns that the plan proposes.
  private func proposedStages() throws -> [any TableStage] {
    let isListed = !settings.features.isEmpty
    let entries = featureEntries.filter { isListed || !isConstant($0) }
    guard !entries.isEmpty else {
      throw DistributedError(
        "\(table.path): no column beside '\(label ?? "")' differs from row to row: there is nothing to learn from"
      )
    }
    func names(_ belongs: (TableSummary.Entry) -> Bool) -> [String] {
      entries.filter(belongs).map(\.column.name)
    }
    let numbers = names { $0.column.kind != .text }
    let missing = names { $0.column.kind != .text && $0.missingCount > 0 }
    func hasFew(_ entry: TableSummary.Entry) -> Bool {
      entry.categories.map { $0.count <= Self.mostPlaces } ?? false
    }
    let few = names { $0.column.kind == .text && hasFew($0) }
    let many = names { $0.column.kind == .text && !hasFew($0) }
    var stages: [any TableStage] = []
    if isListed {
      stages.append(Select(settings.features))
    } else {
      let dropped = settings.dropped + featureEntries.filter(isConstant).map(\.column.name)
      if !dropped.isEmpty { stages.append(Drop(dropped)) }
    }
    if !missing.isEmpty {
      stages.append(
        ImputeCells(missing, .median(sketch: QuantileSketch.usualParameter), flags: true))
    }
    if !numbers.isEmpty { stages.append(ColumnsStage(Standardize(), columns: numbers)) }
    if !few.isEmpty { stages.append(OneHotTexts(few, unknown: .ignore)) }
    if !many.isEmpty {
      stages.append(
        Hash(many, buckets: min(Self.mostBuckets, Self.bucketsOfColumn * many.count)))
    }
    return stages
  }

  /// Numbers in a row of features, as far as is known before stages are fitted.
  private var estimatedWidth: Int {
    featureEntries.reduce(0) { sum, entry in
      guard let width = entry.column.kind.width else {
        return sum + min(entry.categories?.count ?? Self.mostPlaces, Self.mostPlaces)
      }
      return sum + width
    }
  }

  /// The largest power of two that is at most `number`, within `range`, whose ends are powers of two.
  static func powerOfTwo(_ number: Int, in range: ClosedRange<Int>) -> Int {
    var power = range.lowerBound
    while power < range.upperBound, 2 * power <= number { power *= 2 }
    return power
  }

  /// The units of the first layer: at most four for each number that comes in or goes out, and at most eight weights
  /// for each row.
  func firstWidth(inputCount: Int, outputCount: Int) -> Int {
    let wanted = 4 * (inputCount + outputCount)
    let affordable = 8 * summary.rowCount / max(1, inputCount)
    return Self.powerOfTwo(min(wanted, affordable), in: 16...512)
  }

  private func proposedLayers(_ task: NetworkTask) -> [Value] {
    let first = firstWidth(inputCount: estimatedWidth, outputCount: task.outputCount)
    return [first, first / 2].map { units in
      ["dense": ["units": Value(.int(units)), "activation": "relu"]]
    }
  }

  private static func items(_ layers: [any LayerConfiguration]) -> [Value] {
    let value = NetworkConfiguration(layers: layers.map { NamedLayer(nil, $0) }).value
    guard case .list(let items)? = value["layers"]?.kind else { return [] }
    return items
  }

  /// The rows that are trained on in all, at most, where the user does not say how many epochs.
  private static let mostSamples = 20_000_000

  private var epochCount: Int {
    settings.epochs ?? max(10, min(200, Self.mostSamples / max(1, summary.rowCount)))
  }

  private var heldOut: Double {
    // A handful of rows measures nothing.
    settings.validationFraction
      ?? (summary.rowCount < 20 ? 0 : summary.rowCount < 10_000 ? 0.2 : 0.1)
  }

  /// The tree of the job file.
  func job(_ task: NetworkTask) throws -> Value {
    guard (0..<1).contains(heldOut) else {
      throw DistributedError(
        "validationFraction is \(heldOut): give the share of the rows that is held out, below 1, or 0 for none",
        exitCode: ExitCode.usage)
    }
    var entries: [Value.Entry] = [.init("data", Value(.map(try data(task))))]
    let pipeline = try pipeline(task)
    if !pipeline.isEmpty { entries.append(.init("pipeline", Value(.map(pipeline)))) }
    entries += [
      .init(
        "network",
        [
          "layers": Value(
            .list(
              (given?.pretrained ?? []).map(\.item)
                + (settings.layers.map(Self.items) ?? task.hiddenLayers ?? proposedLayers(task))
                + [task.outputLayer]))
        ]),
      .init("training", Value(.map(training(task)))),
    ]
    if settings.distribution != nil as Value {
      entries.append(.init("distribution", settings.distribution))
    }
    entries.append(
      .init("output", ["model": Value(.string(settings.modelFile ?? Self.modelName))]))
    return Value(.map(entries))
  }

  private static let modelName = "model.h5"

  private static func names(_ names: [String]) -> Value {
    Value(.list(names.map { Value(.string($0)) }))
  }

  /// Whether stages of columns make the row; else rows are columns of numbers as they are.
  private func usesTable(_ task: NetworkTask) -> Bool {
    task.mirrored.isEmpty && given.map { !$0.table.isEmpty } ?? true
  }

  private func data(_ task: NetworkTask) throws -> [Value.Entry] {
    var train = [Value.Entry("file", Value(.string(table.path)))]
    if let csv = table.csv?.value, csv != nil as Value { train.append(.init("csv", csv)) }
    train.append(.init("table", Value(.string(table.name))))
    if !task.mirrored.isEmpty {
      train += [
        .init("features", Self.names(task.mirrored)), .init("target", Self.names(task.mirrored)),
      ]
    } else {
      // By name, so that other tables may have their columns in another order.
      if !usesTable(task) {
        train.append(.init("features", Self.names(featureEntries.map(\.column.name))))
      }
      train.append(.init("target", task.target))
    }
    var entries: [Value.Entry] = [.init("train", Value(.map(train)))]
    guard heldOut > 0 else { return entries }
    var validation: [Value.Entry] = [.init("fraction", Value(.number(heldOut)))]
    if task.stratifies { validation.append(.init("stratify", true)) }
    entries.append(.init("validation", Value(.map(validation))))
    return entries
  }

  private func pipeline(_ task: NetworkTask) throws -> [Value.Entry] {
    var stages = given?.table ?? []
    if usesTable(task) {
      if given == nil {
        stages = try proposedStages()
      } else {
        if !settings.dropped.isEmpty { stages.insert(Drop(settings.dropped), at: 0) }
        if !settings.features.isEmpty { stages.append(Select(settings.features)) }
      }
      // Columns that do not fit are named before a row is read.
      _ = try stages.row(
        of: try Schema(schema.columns.filter { $0.name != label }, of: table.path))
    }
    var rows = given?.rows ?? []
    if given == nil, !task.mirrored.isEmpty {
      let names = Set(task.mirrored)
      let isMissing = summary.columns.contains {
        names.contains($0.column.name) && $0.missingCount > 0
      }
      rows =
        (isMissing ? [Impute(.median(sketch: QuantileSketch.usualParameter))] : [])
        + [Standardize()]
    }
    func list(_ key: String) -> Value {
      PipelineConfiguration(features: rows, table: stages).value[key] ?? []
    }
    var entries: [Value.Entry] = []
    if !stages.isEmpty { entries.append(.init("table", list("table"))) }
    if !rows.isEmpty { entries.append(.init("features", list("features"))) }
    if !task.mirrored.isEmpty {
      if !rows.isEmpty { entries.append(.init("target", list("features"))) }
    } else if !task.targetStages.isEmpty {
      entries.append(.init("target", Value(.list(task.targetStages))))
    }
    return entries
  }

  private func training(_ task: NetworkTask) -> [Value.Entry] {
    let rate = settings.learningRate
    let adam = Adam(learningRate: rate).namedValue
    // What is usual is not written out.
    let optimizer: Value =
      settings.optimizer.namedValue == adam
      ? ["adam": ["learning_rate": Value(.number(rate))]] : settings.optimizer.namedValue
    var entries: [Value.Entry] = [.init("loss", task.loss), .init("optimizer", optimizer)]
    let metrics = settings.metrics ?? task.metrics
    if !metrics.isEmpty { entries.append(.init("metrics", Value(.list(metrics)))) }
    let batchSize =
      settings.batchSize ?? Self.powerOfTwo(summary.rowCount / 64, in: 16...256)
    entries += [
      .init("batch_size", Value(.int(batchSize))), .init("epochs", Value(.int(epochCount))),
    ]
    if settings.stopsEarly, heldOut > 0 {
      let patience = settings.patience ?? max(3, epochCount / 10)
      entries.append(
        .init(
          "early_stopping",
          [
            "monitor": "val_loss", "patience": Value(.int(patience)),
            "restore_best_weights": true,
          ]))
    }
    entries.append(.init("seed", Value(.int(Int(clamping: settings.seed)))))
    return entries
  }
}
