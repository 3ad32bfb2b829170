public import HDF5

/// What is left to do of a stage that only chooses and names columns: nothing.
public struct NoColumns: FittedTableStage {
  /// None.
  public var made: [ColumnKind] { [] }

  /// Makes it.
  public init() {}

  /// Does nothing.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {}

  /// Writes nothing.
  public func write(to group: borrowing Group) {}

  /// Reads nothing.
  public init(from group: borrowing Group, columns: [Column]) {}
}
