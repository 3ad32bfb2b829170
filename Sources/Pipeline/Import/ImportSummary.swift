public import Configuration
public import HDF5

/// What an import wrote.
public struct ImportSummary: Sendable {
  /// One data set, or one table: a group of data sets.
  public struct Entry: Sendable {
    /// The data set's name in the file.
    public var name: String
    /// The file that it came from.
    public var path: String
    /// The count along each axis.
    public var shape: [Int]
    /// The type of the elements; `table` for a table.
    public var type: ElementType
    /// The count of missing values, which became NaN.
    public var missingCount = 0
    /// The texts that a target stands for, by their number; empty for a target of numbers.
    public var classNames: [String] = []
    /// The columns of a table, in order; empty for a data set.
    public var columns: [Column] = []
    /// The rows that were passed over.
    public var badRows = BadRows()
    /// What else is worth knowing.
    public var notes: [String] = []
  }

  /// One column of a table.
  public struct Column: Sendable {
    /// The name of its data set in the table's group.
    public var name: String
    /// The type of its elements.
    public var type: ElementType
    /// The count of missing values, which became NaN or empty texts.
    public var missingCount: Int
  }

  /// The file that was written.
  public var output: String
  /// Whether it took the place of another.
  public var replacedExisting: Bool
  /// The data sets in order of writing.
  public var entries: [Entry]

  /// The summary as a tree, to be printed as JSON.
  public var value: Value {
    Value(
      .map([
        .init("output", Value(.string(output))),
        .init("overwritten", Value(.bool(replacedExisting))),
        .init("datasets", Value(.list(entries.map(\.value)))),
      ]))
  }
}

extension ImportSummary.Entry {
  fileprivate var value: Value {
    Value(
      .map([
        .init("name", Value(.string(name))),
        .init("source", Value(.string(path))),
        .init("shape", Value(.list(shape.map { Value(.int($0)) }))),
        .init("type", Value(.string("\(type)"))),
        .init("missing_values", Value(.int(missingCount))),
        .init("class_names", Value(.list(classNames.map { Value(.string($0)) }))),
        .init("columns", Value(.list(columns.map(\.value)))),
        .init("skipped_rows", Value(.int(badRows.count))),
        .init("skipped_lines", Value(.list(badRows.lines.map { Value(.int($0)) }))),
        .init("notes", Value(.list(notes.map { Value(.string($0)) }))),
      ]))
  }
}

extension ImportSummary.Column {
  fileprivate var value: Value {
    Value(
      .map([
        .init("name", Value(.string(name))),
        .init("type", Value(.string("\(type)"))),
        .init("missing_values", Value(.int(missingCount))),
      ]))
  }
}
