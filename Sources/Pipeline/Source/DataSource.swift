public import Configuration

/// Which data to read: files and the names of their data sets, as a job file has them.
public struct DataSource: Sendable, Equatable {
  /// One of several data sets whose rows stand one after the other in a row.
  public struct Part: Sendable, Equatable {
    /// What it is for: an input or an output of the network.
    public var name: String
    /// The data set.
    public var dataset: String

    /// Names a data set.
    public init(_ name: String, _ dataset: String) {
      self.name = name
      self.dataset = dataset
    }
  }

  /// HDF5 files, patterns (`part-*.h5`) and texts that list files (`files.txt`): at least one.
  ///
  /// The rows of all files stand one behind the other.
  public var files: [String]
  /// Rows that a program reads by itself, in place of files and names in them; nil: they are in files.
  var programRows: ProgramRows?
  /// The compound data set, or the group of columns, whose columns all other names are; nil: they are
  /// names of data sets.
  public var table: String?
  /// How CSV files among them are read; nil: as is found out.
  public var csv: CSVForm?
  /// What is read of the table's columns: they themselves, or what stages make of them.
  public var tableUse: TableUse = .rows
  /// Rows that follow on each other and are one; nil: each is one by itself.
  public var window: RowWindow?
  /// The classes that the texts of the target are; nil: it holds numbers.
  public var targetClasses: TextClasses?
  /// Whether all columns of the table are features, but for the target and the weights.
  public var takesAllColumns = false
  /// The data set of features, or a group or compound data set with its columns; of several their names,
  /// for messages.
  public var features: String
  /// The data set of targets, or the names of several; nil for data to predict on.
  public var target: String?
  /// The data sets of a network with several inputs, in the order of a row; empty for one input.
  public var featureParts: [Part] = []
  /// The data sets of a network with several outputs, in the order of a row; empty for one output.
  public var targetParts: [Part] = []
  /// Data sets, or columns of the table, that make a row of features; empty for one.
  public var featureColumns: [String] = []
  /// The same for the targets.
  public var targetColumns: [String] = []
  /// The columns of a row of features in the order in which a training has them; empty: the file's own, nil: that of
  /// the model that it is bound to.
  ///
  /// Groups of columns, compound data sets and matrices with names have them in any order.
  public var columnOrder: [String]?
  /// The same for a row of targets.
  public var targetOrder: [String]?
  /// Data sets that are no features, though the group that is named as features has them: the targets and
  /// the weights, also of data that are read without.
  public var leftOut: [String]
  /// The data set of the rows' weights in the loss; nil: all weigh 1.
  public var weights: String?
  /// The most bytes that one row may take; nil for as many as can be counted.
  ///
  /// The job file's `data.memory`, which stands beside this section.
  public var largestRowByteCount: Int?

  /// Names a file and its data sets.
  public init(file: String, features: String, target: String?, weights: String? = nil) {
    files = [file]
    self.features = features
    self.target = target
    self.weights = weights
    leftOut = [target, weights].compactMap { $0 }
  }

  /// Takes `file`, `table`, `features`, `target` and `weights`, or `source`, the name of a program's rows.
  ///
  /// CSV files are a table without being called one. Without features all columns of a table are some, but for the
  /// target and the weights. The file may be a list of files; features and target may be lists of data sets or columns,
  /// or maps of a network's inputs and outputs to them.
  public init(options: inout Options) throws(ConfigurationError) {
    if options.contains(Self.programKey) {
      self.init(programName: try Self.programName(&options))
    } else {
      try self.init(files: &options)
    }
  }

  /// Takes the keys of files.
  private init(files options: inout Options) throws(ConfigurationError) {
    let listed = try Self.names("file", &options) ?? []
    files = listed.isEmpty ? [try options.string("file")] : listed
    if var form = try options.options("csv") {
      csv = try CSVForm(options: &form)
      try form.finish()
    }
    // The columns of a CSV file have names, as those of a table.
    let usual = csv != nil || Self.areCSV(files) ? Self.usualTable : nil
    table = options.value("table") == nil ? usual : try options.string("table")
    featureParts = try Self.parts("features", &options)
    featureColumns = try Self.names("features", &options) ?? []
    targetParts = try Self.parts("target", &options)
    targetColumns = try Self.names("target", &options) ?? []
    weights = options.value("weights") == nil ? nil : try options.string("weights")
    let inputs = featureParts.map(\.dataset) + featureColumns
    if inputs.isEmpty, let table, options.value("features") == nil {
      features = table
      takesAllColumns = true
    } else {
      features =
        inputs.isEmpty ? try options.string("features") : inputs.joined(separator: ", ")
    }
    let outputs = targetParts.map(\.dataset) + targetColumns
    let target =
      outputs.isEmpty ? try options.string("target") : outputs.joined(separator: ", ")
    self.target = target
    leftOut = (outputs.isEmpty ? [target] : outputs) + (weights.map { [$0] } ?? [])
  }

  /// The name of a program's rows, which have their features, targets and weights themselves.
  private static func programName(
    _ options: inout Options
  ) throws(ConfigurationError) -> String {
    let key = programKey
    let others = ["file", "csv", "table", "features", "target", "weights"].filter {
      options.contains($0)
    }
    guard others.isEmpty else {
      throw options.error(
        "names rows that a program reads by itself: leave \(others.joined(separator: ", ")) out, or the source",
        key)
    }
    let name = try options.string(key)
    guard !name.isEmpty else { throw options.error("a name is needed", key) }
    return name
  }

  /// The name of the table that CSV files are, unless they have one.
  package static let usualTable = "table"

  /// Whether all files are CSV, gzipped or not, by their names.
  private static func areCSV(_ files: [String]) -> Bool {
    files.allSatisfy { file in
      let name = file.lowercased()
      return [".csv", ".tsv", ".csv.gz", ".tsv.gz"].contains(where: name.hasSuffix)
    }
  }

  /// The files in words, or the name of a program's rows, for messages; setting it names one file in place of all.
  public var file: String {
    get {
      if let programName { return programName }
      return files.count < 4
        ? files.joined(separator: ", ") : "\(files[0]) and \(files.count - 1) more files"
    }
    set { (files, programRows) = ([newValue], nil) }
  }

  /// Whether a row's target is what the file says of its features, as for an autoencoder: opened once.
  var targetsAreFeatures: Bool {
    tableUse == .rows && !takesAllColumns && target == features && targetParts == featureParts
      && targetColumns == featureColumns
  }

  /// Whether more than one name makes a row, or a name stands for a column.
  public var isComposed: Bool {
    table != nil || !featureParts.isEmpty || !targetParts.isEmpty || !featureColumns.isEmpty
      || !targetColumns.isEmpty
  }

  /// The paths of all files: what patterns match, by name, and what texts list, in their order.
  ///
  /// - Throws: `PipelineError`: 66 for a pattern without matches and for a list that is not there, 65 for the rows of
  ///   a program.
  public func paths() throws(PipelineError) -> [String] {
    try requireFiles(for: "files are needed here")
    return try DataFiles.paths(files)
  }

  /// The texts of a list; nil where the value is no list.
  static func names(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> [String]? {
    guard let value = options.value(key), case .list(let items) = value.kind else { return nil }
    var names: [String] = []
    var seen: Set<String> = []
    for item in items {
      guard case .string(let name) = item.kind, !name.isEmpty else {
        throw options.error("expected a list of names, found \(item.summary) in it", key, item)
      }
      guard seen.insert(name).inserted else {
        throw options.error("'\(name)' is named twice", key, item)
      }
      names.append(name)
    }
    guard !names.isEmpty else { throw options.error("at least one name is needed", key, value) }
    return names
  }

  private static func parts(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> [Part] {
    guard let value = options.value(key), case .map(let entries) = value.kind else { return [] }
    var parts: [Part] = []
    for entry in entries {
      guard case .string(let dataset) = entry.value.kind, !dataset.isEmpty else {
        throw options.error(
          "'\(entry.key)': expected the name of a data set, found \(entry.value.summary)", key,
          entry.value)
      }
      parts.append(Part(entry.key, dataset))
    }
    guard !parts.isEmpty else { throw options.error("at least one data set is needed", key, value) }
    return parts
  }

  private static func words(_ parts: [Part]) -> String {
    parts.map(\.dataset).joined(separator: ", ")
  }

  /// The same with the parts in the order of a network's inputs and outputs.
  ///
  /// - Throws: `PipelineError` when the names are not those of the network, each once.
  public func aligned(inputs: [String], outputs: [String]) throws(PipelineError) -> DataSource {
    var copy = self
    copy.featureParts = try Self.sorted(featureParts, inputs, "features", "inputs", file)
    copy.targetParts = try Self.sorted(targetParts, outputs, "target", "outputs", file)
    if !featureParts.isEmpty { copy.features = Self.words(copy.featureParts) }
    if !targetParts.isEmpty { copy.target = Self.words(copy.targetParts) }
    return copy
  }

  /// The same with the data sets of some of the network's inputs alone, where these have data sets of their own.
  package func reading(inputs names: Set<String>) -> DataSource {
    guard !featureParts.isEmpty else { return self }
    var copy = self
    copy.featureParts = featureParts.filter { names.contains($0.name) }
    copy.features = Self.words(copy.featureParts)
    return copy
  }

  private static func sorted(
    _ parts: [Part], _ names: [String], _ key: String, _ what: String, _ file: String
  ) throws(PipelineError) -> [Part] {
    guard !parts.isEmpty else { return [] }
    guard parts.map(\.name).sorted() == names.sorted() else {
      let advice = parts.first { !names.contains($0.name) }.map {
        " ('\($0.name)' is none of them: \(Spelling.advice(for: $0.name, among: names)))"
      }
      throw PipelineError(
        "\(file): \(key) names the data sets of \(parts.map(\.name).joined(separator: ", ")), but "
          + "the network's \(what) are \(names.joined(separator: ", ")): name one for each"
          + (advice ?? ""))
    }
    return names.compactMap { name in parts.first { $0.name == name } }
  }

  /// The names as the job file has them.
  public var value: Value {
    if let programName { return Value(.map([.init(Self.programKey, Value(.string(programName)))])) }
    func list(_ names: [String]) -> Value { Value(.list(names.map { Value(.string($0)) })) }
    func names(_ name: String, _ parts: [Part], _ columns: [String]) -> Value {
      guard columns.isEmpty else { return list(columns) }
      return parts.isEmpty
        ? Value(.string(name))
        : Value(.map(parts.map { Value.Entry($0.name, Value(.string($0.dataset))) }))
    }
    var entries = [
      Value.Entry("file", files.count == 1 ? Value(.string(files[0])) : list(files))
    ]
    if let csv { entries.append(Value.Entry("csv", csv.value)) }
    if let table { entries.append(Value.Entry("table", Value(.string(table)))) }
    if !takesAllColumns {
      entries.append(Value.Entry("features", names(features, featureParts, featureColumns)))
    }
    if let target {
      entries.append(Value.Entry("target", names(target, targetParts, targetColumns)))
    }
    if let weights { entries.append(Value.Entry("weights", Value(.string(weights)))) }
    return Value(.map(entries))
  }

  /// The columns of the table that are features, where they are listed.
  var columnNames: [String] { featureColumns.isEmpty ? [features] : featureColumns }

  /// The data sets, or columns of the table, that are named as features; empty where all columns are some.
  package var namedFeatures: [String] {
    guard featureParts.isEmpty else { return featureParts.map(\.dataset) }
    return takesAllColumns ? [] : columnNames
  }

  /// The same source as `pipeline` reads it: its table's columns through the stages that were fitted to them,
  /// its target's texts as the classes of the model.
  public func bound(to pipeline: FittedPipeline) -> DataSource {
    var copy = self
    copy.tableUse = pipeline.table.map { .stages($0) } ?? .rows
    copy.targetClasses = pipeline.targetClasses
    copy.window = pipeline.window
    if columnOrder == nil, pipeline.table == nil { copy.columnOrder = pipeline.featureNames }
    if targetOrder == nil { copy.targetOrder = pipeline.targetNames }
    return copy
  }

  /// The same with lists of the names that `other` lists in the order in which it does: rows that validate are made
  /// as those that are trained on.
  package func listed(as other: DataSource) -> DataSource {
    var copy = self
    if !featureColumns.isEmpty, Set(featureColumns) == Set(other.featureColumns) {
      (copy.featureColumns, copy.features) = (other.featureColumns, other.features)
    }
    if !targetColumns.isEmpty, Set(targetColumns) == Set(other.targetColumns) {
      (copy.targetColumns, copy.target) = (other.targetColumns, other.target)
    }
    return copy
  }

  /// Opens the files, or a program's rows, and checks that one row is not too long, and that the data sets can be
  /// used together.
  public func open() throws(PipelineError) -> any OpenedSource {
    if let programRows { return try ProgramSource(programRows, of: self) }
    return try HDF5Source(self)
  }

  /// The same for what reads cells of files; `use` is what does.
  ///
  /// - Throws: as `open()`, and for the rows of a program.
  func openFiles(for use: String) throws(PipelineError) -> HDF5Source {
    try requireFiles(for: use)
    return try HDF5Source(self)
  }

  /// Throws where a row takes more than it may.
  func checkRow(_ layout: RowLayout, _ name: String) throws(PipelineError) {
    guard let limit = largestRowByteCount, layout.rowByteCount > limit else { return }
    throw PipelineError(
      "\(name) has rows of \(layout.featureShape) with targets of "
        + "\(layout.targetShape ?? []): one takes \(layout.rowByteCount) bytes in memory, but "
        + "data.memory is \(limit): raise it, or make rows smaller (they are the first axis)")
  }
}
