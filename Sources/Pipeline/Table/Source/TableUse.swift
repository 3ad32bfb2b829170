/// What is read of a table, whose columns may be texts.
public enum TableUse: Sendable, Equatable {
  /// Its columns of numbers are rows, as they are.
  case rows
  /// Its columns, for stages that are not fitted yet: rows of features cannot be read before.
  case columns
  /// Rows that fitted stages make of its columns.
  case stages(FittedTable)
}
