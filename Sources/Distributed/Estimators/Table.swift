internal import Configuration
private import HDF5
public import Pipeline

/// A table: named columns of numbers and texts, a row for each sample, in a file, or made by a program.
///
/// A CSV file, plain or gzipped, is converted when it is opened, as by `sounder convert --table`, to a file for a
/// while; of an HDF5 file the table is a group of columns or a compound data set. A value stands for the file, not
/// for its rows: copies cost nothing, and it may be handed on to groups of ranks.
public struct Table: Sendable {
  /// The file that was named, or the name of a program's rows.
  public let path: String
  /// The HDF5 file that is read: the same, or what was made of a CSV file or a program's rows.
  public let file: String
  /// The table's name in it.
  public let name: String
  /// What all rows together say about the columns; nil where they were not looked through.
  public let summary: TableSummary?
  /// The columns, in the table's order.
  public let columns: [Column]
  /// What a user should know of the conversion of a CSV file: rows that cannot be used; on rank 0 only.
  public let notes: [String]
  /// How a CSV file is read where that was not found out; nil for HDF5.
  let csv: CSVForm?
  /// What the rows are in the file that was named; on rank 0.
  private let numbers: RowNumbers
  /// Keeps what was made for the table as long as somebody may read it.
  private let scratch: ScratchFile?

  /// Opens the file at `path`, and looks through its rows once unless `surveys` is false: what learns from a table
  /// asks for that, predictions do not.
  ///
  /// Collective over `world` and blocking; every rank sees the file under the same path and reads a part. What is
  /// made of a CSV file, in `$TMPDIR` or with several nodes in the working directory, goes with the last copy of the
  /// value on rank 0; after a crash it may stay. Texts and numbers, missing cells and rows that cannot be used are
  /// told apart as `convert` does.
  /// - Parameters:
  ///   - path: The file.
  ///   - name: The table of an HDF5 file, nil: the only one; what the table of a CSV file is called, nil: as
  ///     the file.
  ///   - options: How a CSV file is read.
  ///   - surveys: Whether all rows are looked through.
  ///   - world: The ranks that open it.
  ///   - progress: Is told how far the conversion of a CSV file is, and returns false to stop it.
  /// - Throws: `PipelineError` and `DistributedError`: 66 for a file or table that is not there, 65 for rows that
  ///   cannot be used.
  public init(
    _ path: String, name: String? = nil, options: ImportOptions = ImportOptions(),
    surveys: Bool = true, on world: borrowing Communicator,
    progress: (ImportProgress) -> Bool = { _ in true }
  ) throws {
    let isHDF5 =
      try world.broadcast(
        bytes: world.rank == 0 ? [File.isHDF5(path) ? 1 : 0] : [], from: 0) == [1]
    if isHDF5 {
      try self.init(
        path, name: try name ?? Self.onlyTable(in: path), in: nil, surveys: surveys, on: world)
    } else {
      let scratch = try ScratchFile(ending: ".h5", on: world)
      let input = ImportInput(path: path, name: name)
      let gaps = try Self.convert(input, to: scratch.path, options, on: world, progress)
      try self.init(
        path, name: input.name, in: scratch, CSVForm(options), gaps, surveys: surveys, on: world)
    }
  }

  /// Opens the table `name` of the file at `path`, or what `scratch` has in its place, which `gaps` are missing in.
  ///
  /// Collective over `world`.
  init(
    _ path: String, name: String, in scratch: ScratchFile?, _ csv: CSVForm? = nil,
    _ gaps: RowGaps = RowGaps(), surveys: Bool, on world: borrowing Communicator
  ) throws {
    (self.path, self.name, self.scratch, self.csv) = (path, name, scratch, csv)
    let file = scratch?.path ?? path
    self.file = file
    notes = gaps.remarks
    numbers = scratch.map { RowNumbers([$0.path], gaps, made: [($0.path, path)]) } ?? RowNumbers()
    let source = Self.source(file, name)
    (summary, columns) = try Self.naming(file, as: path) {
      guard surveys else { return (nil, try source.open().schema?.columns ?? []) }
      let summary = try Self.survey(source, on: world)
      return (summary, summary.schema)
    }
  }

  /// The table `name` of an HDF5 file, looked through by this process alone.
  package init(file: String, name: String) throws {
    (path, self.file, self.name, scratch, notes) = (file, file, name, nil, [])
    (csv, numbers) = (nil, RowNumbers())
    let summary = try TableSummary(of: Self.source(file, name))
    (self.summary, columns) = (summary, summary.schema)
  }

  /// The names of the columns, in the table's order.
  public var columnNames: [String] { columns.map(\.name) }

  /// What the rows say.
  ///
  /// - Throws: `DistributedError` where they were not looked through.
  func surveyed() throws(DistributedError) -> TableSummary {
    guard let summary else {
      throw DistributedError(
        "\(path): an estimator has to know what is in the columns: open the table without `surveys: false`"
      )
    }
    return summary
  }

  /// All columns as they are, for stages.
  private static func source(_ file: String, _ name: String) -> DataSource {
    var source = DataSource(file: file, features: name, target: nil)
    (source.table, source.takesAllColumns, source.tableUse) = (name, true, .columns)
    return source
  }

  private static func survey(
    _ source: DataSource, on world: borrowing Communicator
  ) throws -> TableSummary {
    let layout = try source.open().layout
    let slice = Slice.deal(
      rowCount: layout.rowCount, blockRowCount: layout.blockRowCount, workerCount: world.size)[
        world.rank]
    return try TableSummary(
      of: source, rows: RowSet(runs: slice.count == 0 ? [] : [slice.positions]),
      reducer: try MPIReducer(world))
  }

  /// The data of `job` with what was made of the CSV file in its place; nil: they are read as the job names them.
  ///
  /// - Throws: `DistributedError` (64) where rows were passed over, and the job makes windows of those that are left.
  package func reading(_ job: TrainingJob) throws -> DataReading? {
    var data = job.data
    guard scratch != nil, data.train.files == [path], data.train.table == name else { return nil }
    try ConvertedJobData.checkWindows(data, job.pipeline)
    (data.train.file, data.train.csv) = (file, nil)
    // A copy of a file that is not kept would be of no use to anybody.
    data.stage?.keeps = false
    // Rows that cannot be used were passed over when the table was made; those of a validation file are still there.
    var hasLines = false
    if case .source(let rows) = data.validation { hasLines = ConvertedJobData.hasLines([rows]) }
    if !hasLines { data.badRows = .stop }
    return DataReading(data, numbers: numbers)
  }

  /// Calls `body` while the file is there; an error of its about what was made of a CSV file is about that one.
  package func naming<Result>(_ body: () throws -> Result) throws -> Result {
    try withExtendedLifetime(self) { try Self.naming(file, as: path, body) }
  }

  private static func naming<Result>(
    _ file: String, as path: String, _ body: () throws -> Result
  ) throws -> Result {
    try ConvertedData.naming({ $0.replacing(file, with: path) }, body)
  }

  /// Makes an HDF5 file of a CSV file; tells, on rank 0, which rows it does not have.
  private static func convert(
    _ input: ImportInput, to file: String, _ options: ImportOptions,
    on world: borrowing Communicator, _ progress: (ImportProgress) -> Bool
  ) throws -> RowGaps {
    var options = options
    options.isTable = true
    // A file for a while is there already, empty.
    options.overwrites = true
    let summary = try Importer(inputs: [input], output: file, options: options)
      .run(with: try MPIImportCrew(world), progress: progress)
    // The others open it next.
    try world.barrier()
    var gaps = RowGaps()
    guard world.rank == 0 else { return gaps }
    for entry in summary.entries {
      try gaps.append(
        rowCount: entry.shape.first ?? 0, bad: entry.badRows, of: input.path, needsPlaces: false)
    }
    return gaps
  }

  /// The only group, or compound data set, of a file.
  private static func onlyTable(in path: String) throws -> String {
    let root = try File(opening: path).root()
    var tables: [String] = []
    for child in root.childNames() {
      switch root.kind(of: child) {
      case .group where !SparseGroup.isSparse(try root.group(child)): tables.append(child)
      case .dataset where try root.dataset(child).isCompound: tables.append(child)
      default: continue
      }
    }
    guard !tables.isEmpty else {
      throw DistributedError(
        "\(path): has no table, a group of columns or a compound data set: make one with `sounder convert "
          + "--table`", exitCode: ExitCode.missingInput)
    }
    guard tables.count == 1 else {
      throw DistributedError(
        "\(path): has the tables \(tables.joined(separator: ", ")): name one of them",
        exitCode: ExitCode.usage)
    }
    return tables[0]
  }
}
