public import Configuration
public import HDF5

/// The stage `assemble`: columns of numbers become one, side by side in this order.
/// - Source: as Spark's `VectorAssembler`, but the columns are gone then.
public struct Assemble: ConfiguredTableStage, FittedTableStage {
  /// `assemble`.
  public static let name = "assemble"
  /// The columns.
  public let columns: [String]
  /// The name of what they become.
  public let into: String
  /// One column as wide as all.
  public let made: [ColumnKind]

  /// Makes the stage.
  public init(_ columns: [String], into: String) {
    self.init(columns, into: into, made: [.number(width: nil)])
  }

  private init(_ columns: [String], into: String, made: [ColumnKind]) {
    (self.columns, self.into, self.made) = (columns, into, made)
  }

  /// Takes `columns` and `into`.
  public init(options: inout Options) throws(ConfigurationError) {
    self.init(try options.names("columns"), into: try options.string("into"))
  }

  /// `columns` and `into`.
  public var value: Value { ["columns": .names(columns), "into": Value(.string(into))] }

  /// One column in the place of the first.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let reads = try schema.numbers(columns, for: Self.name)
    return TableStep(
      schema, joining: reads, as: into,
      .number(width: Self.width(reads.map { schema.columns[$0] })))
  }

  private static func width(_ columns: [Column]) -> Int? {
    let widths = columns.compactMap(\.kind.width)
    return widths.count == columns.count ? widths.reduce(0, +) : nil
  }

  /// The stage, which knows the width now.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> Assemble {
    Assemble(self.columns, into: into, made: [.number(width: Self.width(columns))])
  }

  /// Puts the numbers side by side.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    let (output, width) = (made[0].numbers, made[0].width)
    var start = 0
    for column in block.columns {
      for row in 0..<block.rowCount {
        for place in 0..<column.width {
          output[row * width + start + place] = column.numbers[row * column.width + place]
        }
      }
      start += column.width
    }
  }

  /// Writes nothing: the names of the columns say it all.
  public func write(to group: borrowing Group) {}

  /// Reads nothing.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    guard !columns.isEmpty, let width = Self.width(columns) else {
      throw PipelineError(
        "\(group.place): the stage assemble reads no numbers: the model file is damaged, write it again"
      )
    }
    self.init(columns.map(\.name), into: "", made: [.number(width: width)])
  }
}
