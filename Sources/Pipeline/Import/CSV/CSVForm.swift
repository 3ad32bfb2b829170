public import Configuration

/// `csv` beside the files of a job's rows: how CSV files are read where that is not to be found out.
public struct CSVForm: Sendable, Equatable {
  /// `header`: whether files begin with a line of names; nil finds out.
  public var hasHeader: Bool?
  /// `separator`: the byte between two fields; nil finds out.
  public var separator: UInt8?
  /// `columns`: the names of the columns of files without a line of names, in order; nil: `column_0` and so on.
  public var columns: [String]?

  /// That of a file that was opened with `options`.
  package init(_ options: ImportOptions) {
    (hasHeader, separator) = (options.hasHeader, options.separator)
    columns = options.columnNames
  }

  /// Takes `header`, `separator` (a character, `tab` or `space`) and `columns`.
  public init(options: inout Options) throws(ConfigurationError) {
    if options.value("header") != nil { hasHeader = try options.bool("header") }
    if options.value("separator") != nil {
      let text = try options.string("separator")
      separator = Separator.byte(text)
      guard separator != nil else {
        throw options.error("'\(text)' is not \(Separator.advice)", "separator")
      }
    }
    columns = try DataSource.names("columns", &options)
    if columns == nil, let value = options.value("columns") {
      throw options.error("expected a list of names, found \(value.summary)", "columns", value)
    }
    guard columns == nil || hasHeader != true else {
      throw options.error(
        "names the columns of files without a line of names, and 'header' says that there is one: leave out one "
          + "of them", "columns")
    }
  }

  /// The options as a job file has them; null where nothing is said.
  public var value: Value {
    var entries: [Value.Entry] = []
    if let hasHeader { entries.append(.init("header", Value(.bool(hasHeader)))) }
    if let separator {
      entries.append(.init("separator", Value(.string(Separator.text(separator)))))
    }
    if let columns {
      entries.append(.init("columns", Value(.list(columns.map { Value(.string($0)) }))))
    }
    return entries.isEmpty ? nil : Value(.map(entries))
  }

  /// The same, and what `other` says where this says nothing, but for what this contradicts: files with a line of names
  /// have no others.
  package func completed(by other: CSVForm) -> CSVForm {
    var copy = self
    copy.separator = separator ?? other.separator
    if hasHeader == nil, columns == nil || other.hasHeader != true {
      copy.hasHeader = other.hasHeader
    }
    if columns == nil, hasHeader != true { copy.columns = other.columns }
    return copy
  }

  /// Says the same in the options of an import.
  package func apply(to options: inout ImportOptions) {
    (options.hasHeader, options.separator) = (hasHeader, separator)
    options.columnNames = columns
  }
}
