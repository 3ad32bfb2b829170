private import Configuration

/// Rows that a program reads in a way of its own, known by a name: what a `DataSource` has in place of files.
struct ProgramRows: Sendable, Equatable {
  /// What jobs, checkpoints and messages call them.
  let name: String
  /// Opens them; nil where a job or a model file names them, and this program does not have them.
  let open: (@Sendable () throws -> any RowSource)?

  /// Opens them, on whatever thread calls it.
  ///
  /// - Throws: `PipelineError`, also where they are not there (66).
  func opened() throws(PipelineError) -> any RowSource {
    guard let open else {
      throw PipelineError(
        "the data are '\(name)', rows that a program reads by itself, and this one does not have them: run "
          + "the program that does, or name a file", exitCode: ExitCode.missingInput)
    }
    do {
      return try open()
    } catch let error as PipelineError {
      throw error
    } catch {
      let code = (error as? any ExitCoded)?.exitCode ?? ExitCode.data
      throw PipelineError("'\(name)' cannot be opened: \(error)", exitCode: code)
    }
  }

  /// Names are all that is known of rows that are not there.
  static func == (a: ProgramRows, b: ProgramRows) -> Bool { a.name == b.name }
}

/// The open rows of a program, as a `DataSource` asks for them.
///
/// Not sendable: each thread opens its own.
final class ProgramSource: OpenedSource {
  let layout: RowLayout
  let featureName: String
  let targetName: String
  let weightName: String
  let partShapes: (features: [[Int]], targets: [[Int]])
  let schema: Schema? = nil
  let featureColumns: [String] = []
  let columnNames: [String] = []
  let targetNames: [String] = []
  private let rows: any RowSource

  /// Opens `own`, the rows of `source`.
  ///
  /// - Throws: `PipelineError` for what only files can give, for a form that no rows can have, and where a row takes
  ///   more than `source` allows.
  init(_ own: ProgramRows, of source: DataSource) throws(PipelineError) {
    try Self.check(source)
    rows = try own.opened()
    var layout = rows.layout
    try Self.check(layout, of: own.name)
    // Where targets are not asked for, nothing stands beside the features.
    if source.target == nil { (layout.targetShape, layout.weightShape) = (nil, nil) }
    self.layout = layout
    featureName = rows.featureName
    targetName = rows.targetName
    weightName = rows.weightName
    partShapes = ([layout.featureShape], layout.targetShape.map { [$0] } ?? [])
    try source.checkRow(layout, featureName)
  }

  /// Throws for what is made of the cells of files.
  private static func check(_ source: DataSource) throws(PipelineError) {
    if source.tableUse != .rows {
      try source.requireFiles(for: DataSource.tableNeed)
    }
    if source.window != nil {
      try source.requireFiles(for: "pipeline.window joins the rows of files")
    }
    if source.targetClasses != nil, source.target != nil {
      try source.requireFiles(for: DataSource.classNeed)
    }
  }

  private static func check(_ layout: RowLayout, of name: String) throws(PipelineError) {
    let shapes = [
      ("featureShape", layout.featureShape), ("targetShape", layout.targetShape ?? []),
      ("weightShape", layout.weightShape ?? []),
    ]
    for (key, shape) in shapes where !isPossible(shape) {
      throw PipelineError(
        "'\(name)': the \(key) of its layout is \(shape): numbers from 1 are possible")
    }
    guard layout.rowCount > 0 else {
      throw PipelineError(
        "'\(name)': the rowCount of its layout is \(layout.rowCount): one row is needed")
    }
    if let count = layout.chunkRowCount, count < 1 {
      throw PipelineError(
        "'\(name)': the chunkRowCount of its layout is \(count): give a number from 1, or nil")
    }
    let starts = layout.fileStarts
    let areSorted = zip(starts, starts.dropFirst()).allSatisfy(<)
    guard
      starts.isEmpty || starts[0] == 0 && areSorted && starts[starts.count - 1] < layout.rowCount
    else {
      throw PipelineError(
        "'\(name)': the fileStarts of its layout are \(starts.prefix(8)): give rows in order, from 0 on, or "
          + "none")
    }
  }

  /// Whether a row of the shape can be counted in bytes.
  private static func isPossible(_ shape: [Int]) -> Bool {
    var count = MemoryLayout<Float>.size
    for size in shape {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
      guard size > 0, !isTooLarge, product <= 1 << 48 else { return false }
      count = product
    }
    return true
  }

  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(PipelineError) { try self.rows.readFeatures(rows, into: buffer) }

  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) { try self.rows.readFeatures(rows, into: buffer) }

  func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) { try self.rows.readTargets(rows, into: buffer) }

  func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) { try self.rows.readWeights(rows, into: buffer) }
}

@available(*, unavailable)
extension ProgramSource: Sendable {}

extension DataSource {
  /// Why files are needed, where there are stages of a table.
  package static let tableNeed = "pipeline.table works on the columns of files"
  /// The same where a target's texts are numbered.
  package static let classNeed =
    "pipeline.target begins with index, which numbers the texts of files"

  /// The key of a job file that names the rows of a program.
  package static let programKey = "source"

  /// Rows that a program reads in a way of its own.
  ///
  /// They take the place of `data.train`, and of rows to validate, evaluate or predict. Stages of numbers work on
  /// them as on those of files; what is about files does not: tables of columns, windows, texts as classes,
  /// conversion and staging.
  /// - Parameters:
  ///   - name: what jobs, model files, checkpoints and messages call them, not empty. A training goes on from a
  ///     checkpoint only with rows of the same name: one that tells of everything that makes other rows, such as a
  ///     seed or a version, keeps other rows out.
  ///   - open: called on each rank, several times and on several threads, each of which uses the source that it
  ///     gets by itself. All must have the same rows. An error ends the job.
  public init(named name: String, open: @escaping @Sendable () throws -> any RowSource) {
    precondition(!name.isEmpty, "rows of a program need a name")
    self.init(programRows: ProgramRows(name: name, open: open))
  }

  /// Names rows that another program has.
  init(programName: String) {
    self.init(programRows: ProgramRows(name: programName, open: nil))
  }

  private init(programRows: ProgramRows) {
    self.init(file: "", features: "features", target: "target")
    files = []
    leftOut = []
    self.programRows = programRows
  }

  /// The name of a program's rows; nil for files.
  public var programName: String? { programRows?.name }

  /// The source where it names files and what is in them; nil for the rows of a program.
  package var ofFiles: DataSource? { programRows == nil ? self : nil }

  /// The same, where it names rows of a program, with those of `sources` that have the name.
  ///
  /// - Throws: `PipelineError` (66) where none has it.
  package func reading(among sources: [DataSource]) throws(PipelineError) -> DataSource {
    guard let name = programName else { return self }
    guard let rows = sources.first(where: { $0.programName == name })?.programRows else {
      let names = sources.compactMap(\.programName)
      throw PipelineError(
        "'\(name)' is none of the sources that the program gives: \(Spelling.advice(for: name, among: names))",
        exitCode: ExitCode.missingInput)
    }
    var copy = self
    copy.programRows = rows
    return copy
  }

  /// Throws for the rows of a program, which have no files; `use` says what needs them, as the beginning of a
  /// sentence.
  package func requireFiles(for use: String) throws(PipelineError) {
    guard let name = programName else { return }
    throw PipelineError(
      "\(use), and '\(name)' are rows of numbers that a program reads by itself: leave it out, or name files"
    )
  }
}
