import Configuration

/// The columns of a table in order: what a stage takes and gives.
public struct Schema: Sendable, Hashable {
  /// The columns; each name once.
  public let columns: [Column]
  /// The place of each name.
  private let places: [String: Int]

  /// Makes a schema.
  ///
  /// - Throws: `PipelineError` for a name that is there twice.
  public init(_ columns: [Column], of what: String) throws(PipelineError) {
    var places: [String: Int] = [:]
    places.reserveCapacity(columns.count)
    for (index, column) in columns.enumerated()
    where places.updateValue(index, forKey: column.name) != nil {
      throw PipelineError(
        "\(what): there would be two columns of the name '\(column.name)': rename or drop one")
    }
    (self.columns, self.places) = (columns, places)
  }

  /// The place of the column called `name`, which the stage `stage` asks for.
  ///
  /// - Throws: `PipelineError` with the nearest name when there is none.
  public func index(of name: String, for stage: String) throws(PipelineError) -> Int {
    if let index = places[name] { return index }
    throw missingColumn(name, among: columns.map(\.name), of: "\(stage): the table", "column")
  }

  /// The places of several columns.
  public func indices(
    of names: [String], for stage: String
  ) throws(PipelineError) -> [Int] {
    try names.map { (name) throws(PipelineError) in try index(of: name, for: stage) }
  }

  /// The places of columns that must hold numbers.
  public func numbers(_ names: [String], for stage: String) throws(PipelineError) -> [Int] {
    let found = try indices(of: names, for: stage)
    for index in found where columns[index].kind == .text {
      throw PipelineError(
        "\(stage): '\(columns[index].name)' is a text column, and numbers are needed: put `index` or "
          + "`one_hot` before, or leave it out")
    }
    return found
  }

  /// The places of columns that must hold texts.
  public func texts(_ names: [String], for stage: String) throws(PipelineError) -> [Int] {
    let found = try indices(of: names, for: stage)
    for index in found where columns[index].kind != .text {
      throw PipelineError(
        "\(stage): '\(columns[index].name)' holds \(columns[index].kind), and a text column is needed: "
          + "`cast: {columns: [\(columns[index].name)], to: text}` makes one, or leave it out")
    }
    return found
  }

  /// The places of columns of texts, or of one number in each row.
  public func cells(_ names: [String], for stage: String) throws(PipelineError) -> [Int] {
    let found = try indices(of: names, for: stage)
    for index in found {
      if case .number(let width) = columns[index].kind, width != 1 {
        throw PipelineError(
          "\(stage): '\(columns[index].name)' holds \(columns[index].kind) in each row, and one is "
            + "needed: leave it out")
      }
    }
    return found
  }

  /// The columns in words, for messages.
  var words: String {
    columns.prefix(12).map(\.description).joined(separator: ", ")
      + (columns.count > 12 ? " and \(columns.count - 12) more" : "")
  }
}
