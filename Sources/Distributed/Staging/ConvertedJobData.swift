private import Configuration
package import Pipeline

/// A job's data, with temporary HDF5 files in place of those that are none.
package struct ConvertedJobData {
  /// The job's data.
  package private(set) var data: DataConfiguration
  /// What was made, in one line; nil where there was nothing to do.
  package private(set) var line: String?
  /// What is told of rows that cannot be used, in one line for each file that has some; on rank 0.
  package var remarks: [String] { made.flatMap(\.gaps.remarks) }
  /// The rows' numbers in the files that the user knows.
  package private(set) var numbers: RowNumbers
  private var made: [ConvertedData] = []

  /// What is told of rows that are left out of `rows`, in one line for each source that has some; on rank 0.
  func remarks(leftOutOf rows: TrainingData) -> [String] {
    var sources = [(data.train, rows.leftOut)]
    if case .source(let own) = data.validation { sources.append((own, rows.validationLeftOut)) }
    return sources.filter { $1.count > 0 }.map { numbers.remark(on: $1, of: $0) }
  }

  /// Converts what is no HDF5 in the data of a job, whose rows go through `pipeline`.
  ///
  /// Rows of numbers alone, all columns but the target, become one data set; all others a table. Names and order of
  /// the columns are those of the first file, which files with names have in any order. The first row that cannot be
  /// used ends it, unless `bad_rows` passes over such rows. Collective over the crew and blocking.
  /// - Parameters:
  ///   - data: the job's data.
  ///   - pipeline: what their rows go through.
  ///   - place: What temporary names begin with, the name of a file that is written.
  ///   - crew: who converts.
  ///   - known: The numbers of rows of files that were converted before.
  ///   - sign: hears on each rank that this works.
  /// - Throws: as `ConvertedData`; for a column that the job names and that is not there, before a row is read; 64 for
  ///   `csv` of other files, and for `bad_rows: skip` where no file has lines, or rows become windows.
  package init(
    _ data: DataConfiguration, for pipeline: PipelineConfiguration, beside place: String,
    with crew: any ImportCrew, known: RowNumbers = RowNumbers(), sign: (any SignOfLife)? = nil
  ) throws {
    self.data = data
    numbers = known
    let start = Clock.now
    try Self.check(data, for: pipeline)
    // Of the files that are made there are none.
    self.data.badRows = .stop
    var train = try Part(data.train, pipeline, after: nil, data.badRows, crew)
    var validation: Part?
    if case .source(let other) = data.validation {
      validation = try Part(other, pipeline, after: train, data.badRows, crew)
    }
    try train?.lookThrough(crew, sign, asOneOf: validation == nil ? 1 : 2)
    try validation?.lookThrough(crew, sign, asOneOf: 2)
    if var own = train?.surveys, var other = validation?.surveys {
      own.unify(with: &other)
      train?.surveys = own
      validation?.surveys = other
    }
    if let train { self.data.train = try convert(train, "\(place).train", crew, sign) }
    if let validation {
      self.data.validation = .source(
        try convert(validation, "\(place).validation", crew, sign))
    }
    guard !made.isEmpty else { return }
    // A copy of a file that is not kept would be of no use to anybody.
    self.data.stage?.keeps = false
    let rows = made.reduce(0) { $0 + $1.gaps.rowCount }
    line =
      "converted \(made.flatMap(\.names).joined(separator: ", ")), \(rows) rows, to HDF5 for the time being in "
      + "\(((Clock.now - start) * 10).rounded() / 10) s"
  }

  /// Throws for what is said of files in the data of a job, whose rows go through `pipeline`, and is not so.
  ///
  /// Looks at the first bytes of each file.
  /// - Throws: 64 for `csv` of other files, and for `bad_rows: skip` where no file has lines, or rows become windows.
  package static func check(
    _ data: DataConfiguration, for pipeline: PipelineConfiguration
  ) throws {
    try checkForms(data)
    try checkBadRows(data, pipeline)
  }

  /// Throws where `csv` says how files are read, and one that is there is no CSV.
  private static func checkForms(_ data: DataConfiguration) throws(DistributedError) {
    var sources = [("train", data.train)]
    if case .source(let other) = data.validation { sources.append(("validation", other)) }
    for (name, source) in sources where source.csv != nil {
      guard
        let other = ((try? source.paths()) ?? []).first(where: {
          ConvertedData.isThere($0) && !ConvertedData.isCSV($0)
        })
      else { continue }
      throw DistributedError(
        "data.\(name).csv says how CSV files are read, and \(other) is none: leave it out",
        exitCode: ExitCode.usage)
    }
  }

  /// Throws where rows that cannot be used are to be passed over, and there can be none, or are to stand in windows.
  private static func checkBadRows(
    _ data: DataConfiguration, _ pipeline: PipelineConfiguration
  ) throws {
    guard data.badRows == .skip else { return }
    var sources = [data.train]
    if case .source(let other) = data.validation { sources.append(other) }
    guard hasLines(sources) else {
      throw DistributedError(
        "data.bad_rows is about rows of CSV and LIBSVM files, and \(data.train.file) is none: leave it out",
        exitCode: ExitCode.usage)
    }
    try checkWindows(data, pipeline)
  }

  /// Whether there can be rows that cannot be used and are passed over; so it is with what is missing, which is told
  /// when it is read.
  static func hasLines(_ sources: [DataSource]) -> Bool {
    sources.flatMap { (try? $0.paths()) ?? $0.files }
      .contains { ConvertedData.hasLines($0) || !ConvertedData.isThere($0) }
  }

  /// Throws (64) where rows that cannot be used are passed over, and others stand in windows.
  static func checkWindows(
    _ data: DataConfiguration, _ pipeline: PipelineConfiguration
  ) throws {
    guard data.badRows == .skip else { return }
    guard try pipeline.window == nil && pipeline.fittedBefore()?.window == nil else {
      throw DistributedError(
        "data.bad_rows: a row that is passed over would join others to windows that there are not, and the "
          + "pipeline has windows: leave it out, and mend the rows", exitCode: ExitCode.usage)
    }
  }

  /// Files of the training or the validation rows that are to be converted, and how.
  private struct Part {
    let source: DataSource
    let paths: [String]
    let table: String
    private(set) var options = ImportOptions()
    /// The target of a matrix; nil for a table.
    let target: String?
    /// What the CSV files hold, where one says how another is read.
    var surveys: CSVSurveys?
    private let csvFiles: [String]

    /// Finds out what becomes of the columns of `source`; nil where nothing is to be converted.
    ///
    /// Reads the beginning of the first CSV file. The order of the columns is that of `first`, if it has one.
    init?(
      _ source: DataSource, _ pipeline: PipelineConfiguration, after first: Part?,
      _ badRows: BadRowPolicy, _ crew: any ImportCrew
    ) throws {
      // What is missing is told when it is read.
      guard let paths = try? source.paths(), ConvertedData.isNeeded(for: paths) else { return nil }
      self.source = source
      self.paths = paths
      options.badRows = badRows
      source.csv?.apply(to: &options)
      table = source.table ?? DataSource.usualTable
      csvFiles = ConvertedData.csvFiles(paths)
      let fitted = try pipeline.fittedBefore()
      let hasStages = fitted.map { $0.table != nil } ?? !pipeline.table.isEmpty
      let hasClasses = fitted.map { $0.targetClasses != nil } ?? (pipeline.targetClasses != nil)
      let isMatrix = !hasStages && !hasClasses && ConvertedJobData.isMatrix(source, paths)
      target = isMatrix ? source.target : nil
      if let target {
        options.target = target
      } else if source.table != nil {
        options.isTable = true
        for column in fitted?.table?.needed ?? [] { options.columnKinds[column.name] = column.kind }
        var numbers = hasStages ? [] : source.namedFeatures
        if !hasClasses { numbers += source.leftOut.filter { $0 != source.weights } }
        if let weights = source.weights { numbers.append(weights) }
        for name in numbers { options.columnKinds[name] = .number(width: 1) }
      }
      guard let path = csvFiles.first, target != nil || options.isTable else { return }
      let hasOrder = source.takesAllColumns && fitted?.table == nil
      if hasOrder, let first, !hasStages {
        // Stages find the columns of validation rows by name; no other does.
        let order = first.options.columnOrder
        options.columnOrder =
          first.source.leftOut == source.leftOut || order.isEmpty
          ? order : order.filter { !first.source.leftOut.contains($0) } + source.leftOut
      } else if hasOrder, first == nil, let names = fitted?.featureNames, !names.isEmpty {
        options.columnOrder = names + source.leftOut
      }
      let (tableOptions, stages) = (options, fitted == nil ? pipeline.table : [])
      let sample = try crew.agree {
        let sample = try ColumnSample(path, tableOptions)
        try sample.check(source, for: stages, areFitted: fitted?.table != nil)
        return sample
      }
      if hasOrder, first == nil, options.columnOrder.isEmpty, sample.areNamed {
        options.columnOrder = sample.names
      }
    }

    /// Looks through the CSV files before one is converted, where there are several in `count` parts.
    mutating func lookThrough(
      _ crew: any ImportCrew, _ sign: (any SignOfLife)?, asOneOf count: Int
    ) throws {
      guard csvFiles.count > 1 || count > 1, !csvFiles.isEmpty else { return }
      surveys = try CSVSurveys(csvFiles, options: options, with: crew) { _ in
        ConvertedData.goesOn(sign)
      }
    }
  }

  private mutating func convert(
    _ part: Part, _ place: String, _ crew: any ImportCrew, _ sign: (any SignOfLife)?
  ) throws -> DataSource {
    var source = part.source
    let converted = try ConvertedData(
      part.paths, options: part.options, table: part.table, beside: place, with: crew,
      surveys: part.surveys, needsPlaces: false, sign: sign)
    made.append(converted)
    numbers.add(converted.numbers)
    (source.files, source.csv) = (converted.files, nil)
    guard let target = part.target else { return source }
    let isClass = converted.entries.contains { !$0.classNames.isEmpty }
    guard !isClass else {
      throw DistributedError(
        "\(part.paths[0]): the target '\(target)' holds texts: begin pipeline.target with `index`, which numbers "
          + "them as classes")
    }
    source.use(matrix: part.table)
    return source
  }

  /// The data of `job` with what was made of those of `example` in place of what is no HDF5; nil where they are others,
  /// or read in another way.
  ///
  /// `converted` are the data of `example`, another job, as they can be read. For trials, whose jobs are made of one.
  package static func reading(
    _ converted: DataConfiguration, of example: TrainingJob, for job: TrainingJob
  ) -> DataConfiguration? {
    var data = job.data
    let (own, other) = (job.pipeline, example.pipeline)
    guard data.train.value.json == example.data.train.value.json,
      data.badRows == example.data.badRows, own.file == other.file,
      own.table.isEmpty == other.table.isEmpty,
      (own.targetClasses == nil) == (other.targetClasses == nil),
      // What rows may be left out depends on it.
      (own.window == nil) == (other.window == nil)
    else { return nil }
    if case .source(let rows) = data.validation {
      guard case .source(let known) = example.data.validation,
        rows.value.json == known.value.json
      else { return nil }
      data.validation = converted.validation
    }
    data.train = converted.train
    data.train.largestRowByteCount = data.memoryByteCount
    if case .source(var rows) = data.validation {
      rows.largestRowByteCount = data.memoryByteCount
      data.validation = .source(rows)
    }
    data.badRows = .stop
    data.stage?.keeps = false
    return data
  }

  /// Whether the columns are features but for one target, and nothing else.
  private static func isMatrix(_ source: DataSource, _ paths: [String]) -> Bool {
    source.takesAllColumns && source.weights == nil && source.targetParts.isEmpty
      && source.targetColumns.isEmpty && paths.allSatisfy(ConvertedData.isCSV)
  }

  /// Calls `body`; an error of its about a temporary file is about the one that the user knows.
  package func naming<Result>(_ body: () throws -> Result) throws -> Result {
    try ConvertedData.naming(named, body)
  }

  /// The text, with the names that the user knows in place of those of temporary files.
  package func named(_ text: String) -> String { numbers.named(text) }

  /// A name among those of the temporary files, for what other processes should know of `data`; nil without them.
  ///
  /// What a killed process leaves behind goes with them.
  package var notePath: String? { made.lazy.compactMap(\.firstPath).first.map { $0 + ".json" } }

  /// Removes the temporary files; when no rank reads them any more.
  package func remove() {
    for converted in made { converted.remove() }
  }
}

extension DataSource {
  /// Names the data sets that `sounder convert --target` makes of a CSV file, in place of columns of a table.
  package mutating func use(matrix group: String) {
    (table, takesAllColumns) = (nil, false)
    (features, featureColumns) = ("\(group)/features", [])
    if target != nil { target = "\(group)/target" }
    leftOut = [target].compactMap { $0 }
  }
}
