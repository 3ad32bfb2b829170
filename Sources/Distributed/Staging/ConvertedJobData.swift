private import Configuration
package import Pipeline

/// A job's data, with temporary HDF5 files in place of those that are none.
package struct ConvertedJobData {
  /// The job's data.
  package private(set) var data: DataConfiguration
  /// What was made, in one line; nil where there was nothing to do.
  package private(set) var line: String?
  private var made: [ConvertedData] = []

  /// Converts what is no HDF5 in the data of a job, whose rows go through `pipeline`.
  ///
  /// Rows of numbers alone, all columns but the target, become one data set; all others a table. Names and order of
  /// the columns are those of the first file, which files with names have in any order. The first row that cannot be
  /// read ends it. Collective over the crew and blocking.
  /// - Parameters:
  ///   - data: the job's data.
  ///   - pipeline: what their rows go through.
  ///   - place: What temporary names begin with, the name of a file that is written.
  ///   - crew: who converts.
  ///   - sign: hears on each rank that this works.
  /// - Throws: as `ConvertedData`; for a column that the job names and that is not there, before a row is read.
  package init(
    _ data: DataConfiguration, for pipeline: PipelineConfiguration, beside place: String,
    with crew: any ImportCrew, sign: (any SignOfLife)? = nil
  ) throws {
    self.data = data
    let start = Clock.now
    var train = try Part(data.train, pipeline, after: nil, crew)
    var validation: Part?
    if case .source(let other) = data.validation {
      validation = try Part(other, pipeline, after: train, crew)
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
      _ crew: any ImportCrew
    ) throws {
      // What is missing is told when it is read.
      guard let paths = try? source.paths(), ConvertedData.isNeeded(for: paths) else { return nil }
      self.source = source
      self.paths = paths
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
      surveys: part.surveys, sign: sign)
    made.append(converted)
    source.files = converted.files
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

  /// Whether the columns are features but for one target, and nothing else.
  private static func isMatrix(_ source: DataSource, _ paths: [String]) -> Bool {
    source.takesAllColumns && source.weights == nil && source.targetParts.isEmpty
      && source.targetColumns.isEmpty && paths.allSatisfy(ConvertedData.isCSV)
  }

  /// Calls `body`; an error of its about a temporary file is about the one that the user knows.
  package func naming<Result>(_ body: () throws -> Result) throws -> Result {
    guard let last = made.last else { return try body() }
    return try last.naming {
      made.count == 1 ? try body() : try made[0].naming(body)
    }
  }

  /// The text, with the names that the user knows in place of those of temporary files.
  package func named(_ text: String) -> String { made.reduce(text) { $1.named($0) } }

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
