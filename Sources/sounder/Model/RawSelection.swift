private import Configuration
internal import Distributed
internal import Pipeline

/// How the columns of CSV files become rows that a trained model takes.
struct RawSelection {
  /// How the files are to be converted: with the columns that the model knows, as it knows them.
  private(set) var options: ImportOptions
  /// The rows, of files that are still to be made.
  private(set) var source: DataSource
  /// The name of the table that they become.
  private(set) var table = DataSource.usualTable

  /// Rows of as many columns are read from one data set, if that is possible.
  private static let fewColumns = 32

  /// What a user says about the columns.
  struct Request {
    /// The columns that are features, in order; nil: those of the model's job.
    var features: [String]?
    /// The column of targets; nil: that of the model's job.
    var target: String?
    /// Whether targets are read.
    var needsTarget: Bool
    /// Columns that are passed through.
    var kept: [String] = []
    /// Whether they are passed through as texts, to the letter; else as what is found in them.
    var keepsTexts = true
  }

  /// Finds the columns of `path`, and files of the same form behind it, for `model`.
  ///
  /// - Throws: `PipelineError` for a file that cannot be read, `CommandError` for columns that the model cannot
  ///   be fed with.
  init(
    _ path: String, for model: TrainedModel, _ request: Request, _ options: ImportOptions
  ) throws {
    self.options = options
    self.options.isTable = true
    source = DataSource(file: path, features: table, target: nil)
    let recorded = model.data?.train.ofFiles
    if let stages = model.pipeline.table {
      guard request.features == nil else {
        throw CommandError.usage(
          "--features: the model finds the columns of CSV data by their names: leave it out, or rename them "
            + "with --no-header and --columns")
      }
      table = recorded?.table ?? table
      for column in stages.needed { self.options.columnKinds[column.name] = column.kind }
      if request.needsTarget {
        let columns = recorded?.targetColumns ?? []
        addTarget(
          request.target.map { [$0] } ?? (columns.isEmpty ? Self.names(recorded?.target) : columns),
          model)
        source.weights = recorded?.weights
        if let weights = recorded?.weights {
          self.options.columnKinds[weights] = .number(width: 1)
        }
      }
      source.features = table
    } else {
      try selectRows(path, model, request, recorded)
    }
    source.table = self.options.isTable ? table : nil
    for name in request.kept where request.keepsTexts && self.options.columnKinds[name] == nil {
      self.options.columnKinds[name] = .text
    }
    // They have been found, or named one by one.
    source.columnOrder = []
    source = source.bound(to: model.pipeline)
  }

  /// The name of a column; of a data set, the last part of its own.
  private static func names(_ name: String?) -> [String] {
    name.flatMap { $0.split(separator: "/").last }.map { [String($0)] } ?? []
  }

  private mutating func addTarget(_ names: [String], _ model: TrainedModel) {
    guard !names.isEmpty else { return }
    source.target = names.joined(separator: ", ")
    source.targetColumns = names.count > 1 ? names : []
    // Classes are found by their texts.
    guard model.pipeline.targetClasses == nil else { return }
    for name in names { options.columnKinds[name] = .number(width: 1) }
  }

  /// Rows of numbers, column by column: those that are named, or all that are nothing else.
  private mutating func selectRows(
    _ path: String, _ model: TrainedModel, _ request: Request, _ recorded: DataSource?
  ) throws {
    let (names, areFiles) = try ImportInput(path: path).columnNames(options)
    let areNamed = areFiles || options.columnNames != nil
    var targets = request.target.map { [$0] } ?? recorded?.targetColumns ?? []
    if targets.isEmpty { targets = Self.names(recorded?.target) }
    let isThere = !targets.isEmpty && targets.allSatisfy(names.contains)
    guard isThere || !request.needsTarget || request.target != nil else {
      guard !targets.isEmpty else {
        throw CommandError(
          "\(path): no job tells which column holds the targets: name it with --target",
          exitCode: ExitCode.usage)
      }
      throw CommandError(
        "\(path): has no column '\(targets.joined(separator: ", "))', which holds the targets by the model's "
          + "job: name one with --target (\(Spelling.advice(for: targets.first ?? "", among: names)))",
        exitCode: ExitCode.missingInput)
    }
    var features = request.features
    // Columns of a file without names are found by their places.
    let known = model.pipeline.featureNames
    let areKnown = !known.allSatisfy { $0.hasPrefix("column_") && Int($0.dropFirst(7)) != nil }
    if features == nil, areNamed, areKnown {
      if let missing = known.first(where: { !names.contains($0) }) {
        throw CommandError(
          "\(path): has no column '\(missing)', which the model was trained on "
            + "(\(Spelling.advice(for: missing, among: Array(names.prefix(30))))): rename it, or name the columns "
            + "that it takes, in order, with --features", exitCode: ExitCode.missingInput)
      }
      features = known
    }
    // Data sets of a job with HDF5 files are no columns.
    if features == nil, let columns = recorded?.featureColumns, !columns.isEmpty,
      columns.allSatisfy(names.contains)
    {
      features = columns
    }
    let count = Self.rowWidth(of: model)
    let weights = Self.names(recorded?.weights)
    let others = Set(targets + weights)
    var all = names.filter { !others.contains($0) }
    // What is passed through may be a feature.
    if all.count > count { all.removeAll { request.kept.contains($0) } }
    let wanted = features ?? all
    guard wanted.count == count else {
      throw CommandError(
        "\(path): has \(wanted.count) columns of features (\(Self.words(wanted))), and the model takes "
          + "\(count): name them in order with --features", exitCode: ExitCode.data)
    }
    guard Set(wanted).count == wanted.count else {
      throw CommandError(
        "\(path): two columns of features have the same name: rename one, or name all with --columns",
        exitCode: ExitCode.data)
    }
    source.features = wanted.joined(separator: ", ")
    if request.needsTarget { addTarget(targets, model) }
    if request.needsTarget, let name = weights.first, names.contains(name) {
      source.weights = name
      options.columnKinds[name] = .number(width: 1)
    }
    // Many columns are read faster from one data set, which has them all.
    let areAll =
      wanted == all && all.count + (request.needsTarget ? 1 : 0) == names.count
      && request.kept.isEmpty
    if areAll, count > Self.fewColumns, model.pipeline.targetClasses == nil {
      options.isTable = false
      options.columnKinds = [:]
      options.target = request.needsTarget ? targets[0] : nil
      if areNamed { options.columnOrder = wanted + (request.needsTarget ? [targets[0]] : []) }
      if request.needsTarget { source.use(matrix: table) } else { source.features = table }
      return
    }
    source.featureColumns = wanted
    for name in wanted { options.columnKinds[name] = .number(width: 1) }
  }

  /// The numbers that the model takes of each row of a file.
  static func rowWidth(of model: TrainedModel) -> Int {
    model.pipeline.features.inputShape.reduce(1, *) / (model.pipeline.window?.length ?? 1)
  }

  private static func words(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
  }
}
