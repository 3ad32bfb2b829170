public import Configuration
public import HDF5

/// A stage of `pipeline.table` as the job file names it, before it has seen data.
public protocol TableStage: PipelineStage {
  /// What a pass over rows finds out.
  associatedtype Findings: TableFindings
  /// The stage that has learnt what it needs.
  associatedtype Fitted: FittedTableStage

  /// The stage's name in a job file and in a model file.
  static var name: String { get }
  /// The options as the job file has them.
  var value: Value { get }
  /// Whether it learns from the rows' targets, one number each.
  var usesTarget: Bool { get }
  /// Whether rows with a cell that the stage does not know are left out; its fitted stage is a `CategoryStage`.
  var leavesOut: Bool { get }
  /// What the stage does to the columns of a table; it reads no row for that.
  ///
  /// - Throws: `PipelineError` for a column that is not there, naming the nearest, and for one that holds
  ///   something else than the stage needs.
  func step(for schema: Schema) throws(PipelineError) -> TableStep
  /// Empty findings about the columns that the stage reads; nil when it learns nothing from data.
  func findings(for columns: [Column]) -> Findings?
  /// Empty findings of another pass over the same rows, when `findings`, which are those of all rows, do not
  /// suffice; nil when they do.
  func findings(
    after findings: Findings, columns: [Column]
  ) throws(PipelineError) -> Findings?
  /// The stage for the columns that it reads, with what was learnt where `findings(for:)` asked for it.
  ///
  /// - Throws: `PipelineError` for data that the stage cannot work with.
  func fitted(to findings: Findings?, columns: [Column]) throws(PipelineError) -> Fitted
}

extension TableStage {
  /// Most stages see the features alone.
  public var usesTarget: Bool { false }

  /// Most stages make something of each row.
  public var leavesOut: Bool { false }

  /// None: most stages learn all they need in one pass.
  public func findings(
    after findings: Findings, columns: [Column]
  ) throws(PipelineError) -> Findings? { nil }
}

extension TableStage where Findings == NoFindings {
  /// Nothing is learnt.
  public func findings(for columns: [Column]) -> NoFindings? { nil }
}

/// What a table's rows say, in a form that merges.
public protocol TableFindings: MergeableFindings {
  /// Takes in rows of the columns that the stage reads.
  ///
  /// - Throws: `PipelineError` for cells that the stage cannot work with.
  mutating func add(_ block: TableBlock) throws(PipelineError)
}

/// The findings of a stage that learns nothing from data.
public struct NoFindings: TableFindings {
  /// Nothing.
  public var values: [Double] = []
  /// Makes empty findings.
  public init() {}
  /// Does nothing.
  public mutating func add(_ block: TableBlock) {}
  /// Does nothing.
  public mutating func merge(_ other: NoFindings) {}
}

/// A fitted stage of `pipeline.table`: it makes columns of columns, row by row and always in the same way.
public protocol FittedTableStage: Sendable {
  /// What the columns hold that the stage makes; widths are known.
  var made: [ColumnKind] { get }
  /// Writes the columns that the stage makes, for the rows of `block`; allocates nothing for each row.
  ///
  /// - Throws: `PipelineError` for a cell that the stage cannot work with.
  func transform(
    _ block: TableBlock, into made: [CellColumn]
  ) throws(PipelineError)
  /// Writes what the stage knows as attributes and data sets.
  func write(to group: borrowing Group) throws(HDF5Error)
  /// Reads what `write(to:)` has written, for the columns that the stage reads.
  init(from group: borrowing Group, columns: [Column]) throws(PipelineError)
}
