private import Configuration
internal import Distributed
internal import Pipeline

/// The rows that a trained model is fed with: HDF5 as it is, other files converted for the time being.
struct ModelData {
  /// The data sets.
  let source: DataSource
  /// The rows that are wanted, of those that can be read; nil: all.
  private(set) var rows: Range<Int>?
  /// The same rows, counted with those that cannot be read; on rank 0, of data that were converted.
  private(set) var asked: Range<Int>?
  /// Where rows could not be read, on rank 0.
  private(set) var gaps = RowGaps()
  /// How many of the rows that are wanted could not be read, on rank 0.
  var unreadableCount: Int { gaps.indices(in: asked).count }
  private let converted: ConvertedData?
  /// The files, as the user has them.
  private let paths: [String]
  /// Whether a user hears remarks, on this rank.
  private let speaks: Bool
  /// The files, as the user knows them.
  var name: String { converted?.names.joined(separator: ", ") ?? source.file }

  /// What a user should know of figures that are measured on these rows: that the model was trained on them; nil: it
  /// was not, as far as their files tell.
  func remark(about model: TrainedModel) -> String? {
    guard let trained = model.job?.data, rows == nil, let others = try? trained.train.paths(),
      paths.map({ FileIdentity($0) }) == others.map({ FileIdentity($0) }),
      converted != nil || source.features == trained.train.features
    else { return nil }
    switch trained.validation {
    case .fraction, .fold:
      return "these are all rows of the job's data.train, also those that the model was trained on"
    case .source, nil: return "these are rows that the model was trained on: the job's data.train"
    }
  }

  /// Finds the rows for `model`, and says on rank 0 what a user should know about them.
  ///
  /// Collective over `world`. `output` is the file that the command writes, if it writes one.
  /// - Throws: an error that says what to do where the model cannot be fed with the data.
  init(
    _ options: DataOptions, for model: TrainedModel, target: String? = nil, needsTarget: Bool,
    kept: [String] = [], output: String? = nil, _ report: ReportOptions,
    on world: borrowing Communicator
  ) throws {
    try self.init(
      path: options.dataPath, features: options.features, rows: options.rows, options.raw,
      for: model,
      target: target, needsTarget: needsTarget, kept: kept, output: output, report, on: world)
  }

  /// The same for a data file and options that stand alone.
  init(
    path: String, features: String?, rows wanted: RowSelection?, _ raw: RawOptions,
    for model: TrainedModel, target: String? = nil, needsTarget: Bool, kept: [String] = [],
    output: String? = nil, _ report: ReportOptions, on world: borrowing Communicator
  ) throws {
    speaks = world.rank == 0 && !report.quiet
    let files = try DataSource(file: path, features: "", target: nil).paths()
    paths = files
    guard ConvertedData.isNeeded(for: paths) else {
      guard !raw.isGiven else {
        throw CommandError.usage(
          "\(path) is HDF5: --header, --separator, --columns and --strict are about other data")
      }
      converted = nil
      let selection = try DataSelection(
        path, for: model, features: features, target: target, needsTarget: needsTarget)
      if speaks, let remark = selection.remark { StandardError.write(remark + "\n") }
      source = selection.source
      rows = try wanted?.range(in: source)
      return
    }
    try ConvertedData.requireOneKind(paths)
    var options = raw.importOptions
    // A row that is left out would join others to windows that there are not.
    if model.pipeline.window != nil { options.badRows = .stop }
    var columns: RawSelection?
    var form: RecordedForm?
    if files.contains(where: ConvertedData.isCSV) {
      let found = try RecordedForm(
        files, for: model, given: CSVForm(options), advice: RawOptions.advice)
      found.form.apply(to: &options)
      let (request, read) = (
        RawSelection.Request(
          features: features.map(ListOption.words), target: target, needsTarget: needsTarget,
          kept: kept, keepsTexts: output.map { !Predictor.writesHDF5($0) } ?? true), options
      )
      let chosen = try found.telling {
        try RawSelection(files[0], for: model, request, read)
      }
      (form, columns, options) = (found, chosen, chosen.options)
    } else {
      guard !raw.isAboutCSV else {
        throw CommandError.usage(
          "\(path) is no CSV: --header, --separator and --columns are about CSV: leave them out")
      }
      // Zeros at a row's end are left out.
      options.columns = RawSelection.rowWidth(of: model)
    }
    // What stands beside a file says of another name that it cannot be written.
    if world.rank == 0, let output, output != "-" {
      try OutputFiles.checkWritable(output, key: "--output")
    }
    let line = speaks && !report.json ? ConvertDisplay() : nil
    let (read, table) = (options, columns?.table ?? DataSource.usualTable)
    let crew = try MPIImportCrew(world)
    func convert() throws -> ConvertedData {
      try ConvertedData(
        files, options: read, table: table, beside: raw.place(beside: output), with: crew
      ) { line?.draw($0) }
    }
    let converted = try form?.telling(convert) ?? convert()
    line?.clear()
    self.converted = converted
    gaps = converted.gaps
    if speaks, !gaps.remarks.isEmpty {
      let words = form?.words.map { ["\(path): \($0)"] } ?? []
      for remark in gaps.remarks + words { StandardError.write(remark + "\n") }
    }
    var found = columns?.source
    if found == nil {
      found = try converted.naming {
        try DataSelection(
          converted.files[0], for: model, features: features, target: target,
          needsTarget: needsTarget
        ).source
      }
    }
    guard var found else { preconditionFailure("no data set was chosen") }
    found.files = converted.files
    source = found
    guard let wanted else { return }
    // The gaps are rank 0's.
    var bounds = [0, 0]
    if world.rank == 0 {
      let range = try wanted.range(of: gaps.wholeCount, in: path)
      guard range.upperBound <= gaps.wholeCount else {
        throw CommandError.usage(
          "--rows \(range.lowerBound):\(range.upperBound): \(path) has the rows 0:\(gaps.wholeCount)"
        )
      }
      asked = range
      bounds = [gaps.place(of: range.lowerBound), gaps.place(of: range.upperBound)]
      guard bounds[0] < bounds[1] else {
        throw CommandError(
          "--rows \(range.lowerBound):\(range.upperBound): none of these rows can be read",
          exitCode: ExitCode.data)
      }
    }
    bounds = try world.broadcast(bounds, from: 0)
    rows = bounds[0]..<bounds[1]
  }

  /// Calls `body`; an error of its about a temporary file is about the one that the user knows.
  func naming<Result>(_ body: () throws -> Result) throws -> Result {
    guard let converted else { return try body() }
    return try converted.naming(body)
  }

  /// The text, with the names that the user knows in place of those of temporary files.
  func named(_ text: String) -> String { converted?.named(text) ?? text }

  /// Says, on rank 0, which rows the pipeline leaves out, numbered as in the file.
  func tell(of rows: LeftOutRows) {
    guard speaks, rows.count > 0 else { return }
    StandardError.write("\(name): \(rows.words(numbering: gaps.row))\n")
  }

  /// Removes what was made for the time being; when no rank reads any more.
  func remove() { converted?.remove() }
}
