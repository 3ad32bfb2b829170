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
  /// Rows of numbers alone, all columns but the target, become one data set; all others a table. The first row
  /// that cannot be read ends it. Collective over the crew and blocking.
  /// - Parameters:
  ///   - data: the job's data.
  ///   - pipeline: what their rows go through.
  ///   - place: What temporary names begin with, the name of a file that is written.
  ///   - crew: who converts.
  ///   - sign: hears on each rank that this works.
  /// - Throws: as `ConvertedData`.
  package init(
    _ data: DataConfiguration, for pipeline: PipelineConfiguration, beside place: String,
    with crew: any ImportCrew, sign: (any SignOfLife)? = nil
  ) throws {
    self.data = data
    let start = Clock.now
    var train = data.train
    try convert(&train, pipeline, "\(place).train", crew, sign)
    self.data.train = train
    if case .source(var other) = data.validation {
      try convert(&other, pipeline, "\(place).validation", crew, sign)
      self.data.validation = .source(other)
    }
    guard !made.isEmpty else { return }
    // A copy of a file that is not kept would be of no use to anybody.
    self.data.stage?.keeps = false
    let rows = made.reduce(0) { $0 + $1.gaps.rowCount }
    line =
      "converted \(made.flatMap(\.names).joined(separator: ", ")), \(rows) rows, to HDF5 for the time being in "
      + "\(((Clock.now - start) * 10).rounded() / 10) s"
  }

  private mutating func convert(
    _ source: inout DataSource, _ pipeline: PipelineConfiguration, _ place: String,
    _ crew: any ImportCrew, _ sign: (any SignOfLife)?
  ) throws {
    // What is missing is told when it is read.
    guard let paths = try? source.paths(), ConvertedData.isNeeded(for: paths) else { return }
    let table = source.table ?? DataSource.usualTable
    var options = ImportOptions()
    let fitted = try pipeline.fittedBefore()
    let hasStages = fitted.map { $0.table != nil } ?? !pipeline.table.isEmpty
    let hasClasses = fitted.map { $0.targetClasses != nil } ?? (pipeline.targetClasses != nil)
    let isMatrix = !hasStages && !hasClasses && Self.isMatrix(source, paths)
    let target = isMatrix ? source.target : nil
    if let target {
      options.target = target
    } else if source.table != nil {
      options.isTable = true
      for column in fitted?.table?.needed ?? [] { options.columnKinds[column.name] = column.kind }
      var numbers = hasStages ? [] : source.featureColumns
      if !hasStages, !source.takesAllColumns, numbers.isEmpty { numbers = [source.features] }
      if !hasClasses {
        numbers +=
          source.targetColumns.isEmpty
          ? [source.target].compactMap { $0 } : source.targetColumns
      }
      if let weights = source.weights { numbers.append(weights) }
      for name in numbers { options.columnKinds[name] = .number(width: 1) }
    }
    let converted = try ConvertedData(
      paths, options: options, table: table, beside: place, with: crew, sign: sign)
    made.append(converted)
    source.files = converted.files
    guard let target else { return }
    let isClass = converted.entries.contains { !$0.classNames.isEmpty }
    guard !isClass else {
      throw DistributedError(
        "\(paths[0]): the target '\(target)' holds texts: begin pipeline.target with `index`, which numbers "
          + "them as classes")
    }
    source.use(matrix: table)
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
