public import Configuration
public import HDF5

/// The stage `expression`: columns that formulas make of the numbers of others.
///
/// All formulas see the columns before the stage. A new column stands behind all others, one that is there
/// already keeps its place.
public struct Compute: ConfiguredTableStage, FittedTableStage {
  /// `expression`.
  public static let name = "expression"
  /// The columns' names with their formulas.
  public let formulas: [(name: String, expression: Expression)]

  /// Makes the stage.
  public init(_ formulas: [(name: String, expression: Expression)]) { self.formulas = formulas }

  /// Takes the names of columns as keys, and formulas as values.
  public init(options: inout Options) throws(ConfigurationError) {
    var formulas: [(name: String, expression: Expression)] = []
    for key in options.keys {
      guard let value = options.value(key) else { throw options.error("expected a formula", key) }
      switch value.kind {
      case .string, .int, .number: break
      default: throw options.error("expected a formula, found \(value.summary)", key, value)
      }
      do throws(PipelineError) {
        formulas.append((key, try Expression(value.plainText)))
      } catch { throw options.error(error.description, key, value) }
    }
    guard !formulas.isEmpty else {
      throw ConfigurationError(
        "name at least one column, as in `expression: {ratio: a / (b + 1)}`", at: options.keyPath,
        origin: options.origin)
    }
    self.formulas = formulas
  }

  /// The names of columns with their formulas.
  public var value: Value {
    Value(.map(formulas.map { Value.Entry($0.name, Value(.string($0.expression.text))) }))
  }

  /// The columns that are read, each once.
  private var columns: [String] {
    var names: [String] = []
    for formula in formulas {
      for name in formula.expression.columns where !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// A column more for each formula.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let names = columns
    let reads = try schema.numbers(names, for: Self.name)
    _ = try schema.cells(names, for: Self.name)
    var results = schema.columns.indices.map {
      TableStep.Result(schema.columns[$0].name, .kept($0))
    }
    for (index, formula) in formulas.enumerated() {
      if let place = results.firstIndex(where: { $0.name == formula.name }) {
        results[place].origin = .made(index)
      } else {
        results.append(.init(formula.name, .made(index)))
      }
    }
    return TableStep(reads: reads, made: made, results: results)
  }

  /// A number for each formula.
  public var made: [ColumnKind] { formulas.map { _ in .number(width: 1) } }

  /// The stage itself.
  public func fitted(to findings: NoFindings?, columns: [Column]) -> Compute { self }

  /// Writes the results.
  public func transform(_ block: TableBlock, into made: [CellColumn]) {
    let names = columns
    for (index, formula) in formulas.enumerated() {
      let read = formula.expression.columns.compactMap { name in
        names.firstIndex(of: name).map { block.columns[$0] }
      }
      formula.expression.evaluate(
        read, rowCount: block.rowCount, into: made[index].numbers)
    }
  }

  /// Writes the data sets `names` and `formulas`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeTexts("names", TextRows(formulas.map(\.name)))
    try group.writeTexts("formulas", TextRows(formulas.map(\.expression.text)))
  }

  /// Reads what `write(to:)` has written.
  public init(from group: borrowing Group, columns: [Column]) throws(PipelineError) {
    let names = try group.readTexts("names")
    let texts = try group.readTexts("formulas")
    var formulas: [(name: String, expression: Expression)] = []
    guard names.count == texts.count, names.count > 0 else {
      throw PipelineError(
        "\(group.place): \(texts.count) formulas for \(names.count) columns: the model file is damaged, "
          + "write it again")
    }
    for index in 0..<names.count {
      formulas.append((names.text(index), try Expression(texts.text(index))))
    }
    self.formulas = formulas
    let own = self.columns
    guard own == columns.map(\.name), columns.allSatisfy({ $0.kind == .number(width: 1) }) else {
      throw PipelineError(
        "\(group.place): the formulas read \(own.joined(separator: ", ")), and the stage "
          + "\(columns.map(\.description).joined(separator: ", ")): the model file is damaged, write it "
          + "again")
    }
  }
}
