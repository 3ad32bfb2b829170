public import Configuration
import HDF5

/// The stage `impute` of a table: something takes the place of missing cells, NaN or empty texts.
///
/// Columns of numbers get their mean, median or most frequent number, or one that is given; those of texts the
/// most frequent text, or one that is given. With `flag`, each column `x` is followed, behind all others, by
/// a column `x_missing`, 1 where a cell was missing and 0 elsewhere.
/// - Source: as the stage of rows of numbers, `Impute`.
public struct ImputeCells: ConfiguredTableStage {
  /// `impute`.
  public static let name = "impute"
  /// The columns: all of numbers, or all of texts.
  public let columns: [String]
  /// Where numbers come from.
  public let numbers: Impute.Strategy
  /// A text that is given, with the strategy `constant`.
  public let text: String?
  /// Whether columns of flags follow.
  public let flags: Bool

  /// Makes the stage; columns of texts have the strategy `mostFrequent`.
  public init(_ columns: [String], _ strategy: Impute.Strategy = .mean, flags: Bool = false) {
    (self.columns, numbers, text, self.flags) = (columns, strategy, nil, flags)
  }

  /// Makes a stage that puts `text`, which is not empty, in the place of missing texts.
  public init(_ columns: [String], text: String, flags: Bool = false) {
    precondition(!text.isEmpty, "an empty text is a missing value itself")
    (self.columns, numbers, self.text, self.flags) = (columns, .constant(0), text, flags)
  }

  /// Takes `columns`, `strategy` (`mean` without), `value` for `constant`, `sketch` for `median`, and `flag`.
  public init(options: inout Options) throws(ConfigurationError) {
    columns = try options.names("columns")
    if let value = options.value("value"), case .string(let text) = value.kind {
      let strategy = try options.choice(
        "strategy", among: ["mean", "median", "most_frequent", "constant"], default: "mean")
      guard strategy == "constant" else {
        throw options.error(
          "only the strategy 'constant' takes a value, not '\(strategy)'", "value")
      }
      guard !text.isEmpty else {
        throw options.error("an empty text is a missing value itself", "value")
      }
      self.text = text
      numbers = .constant(0)
      flags = try options.bool("flag", default: false)
      return
    }
    text = nil
    let own = try Impute(options: &options)
    (numbers, flags) = (own.strategy, own.flags)
  }

  /// The options.
  public var value: Value {
    var entries: [Value.Entry] = [.init("columns", .names(columns))]
    if let text {
      entries += [
        .init("strategy", "constant"), .init("value", Value(.string(text))),
        .init("flag", Value(.bool(flags))),
      ]
    } else if case .map(let own) = Impute(numbers, flags: flags).value.kind {
      entries += own
    }
    return Value(.map(entries))
  }

  /// The columns again, and flags.
  public func step(for schema: Schema) throws(PipelineError) -> TableStep {
    let found = try schema.indices(of: columns, for: Self.name)
    let areTexts = found.contains { schema.columns[$0].kind == .text }
    let reads =
      areTexts
      ? try schema.texts(columns, for: Self.name) : try schema.numbers(columns, for: Self.name)
    if areTexts {
      switch numbers {
      case .mostFrequent: break
      case .constant where text != nil: break
      default:
        throw PipelineError(
          "impute: '\(columns[0])' is a text column, whose missing cells most_frequent or a constant text can "
            + "take: set `strategy: most_frequent`, or `strategy: constant` with a text as `value`")
      }
    } else if text != nil {
      throw PipelineError(
        "impute: '\(columns[0])' holds numbers, and a text shall take the place of missing ones: give a "
          + "number as `value`")
    }
    let kinds = reads.map { schema.columns[$0].kind }
    var step = TableStep(schema, replacing: reads, by: kinds)
    guard flags else { return step }
    for (index, kind) in kinds.enumerated() {
      step.results.append(.init("\(columns[index])_missing", .made(step.made.count)))
      step.made.append(kind == .text ? .number(width: 1) : kind)
    }
    return step
  }

  /// What the strategy asks for.
  public func findings(for columns: [Column]) -> CellFindings? {
    if columns.contains(where: { $0.kind == .text }) {
      return text == nil ? .texts(CategoryCounts(columns, for: Self.name)) : nil
    }
    let width = columns.reduce(0) { $0 + ($1.kind.width ?? 0) }
    return Impute(numbers).statistics(for: [width]).map {
      .numbers(ColumnsFindings($0, fills: .fills, width: width))
    }
  }

  /// What takes the place of missing cells.
  public func fitted(
    to findings: CellFindings?, columns: [Column]
  ) throws(PipelineError) -> CellImputation {
    if columns.contains(where: { $0.kind == .text }) {
      var texts: [String] = []
      for (index, column) in columns.enumerated() {
        if let text {
          texts.append(text)
        } else if case .texts(let counts) = findings,
          let first = counts.columns[index].byFrequency().first
        {
          texts.append(counts.columns[index].index.texts.text(first))
        } else {
          throw PipelineError(
            "impute: the column '\(column.name)' has only missing cells, or there are no rows: give a text "
              + "as `value`, or drop it")
        }
      }
      return CellImputation(columns, numbers: [], texts: texts, flags: flags)
    }
    let width = columns.reduce(0) { $0 + ($1.kind.width ?? 0) }
    var statistics: ImputeStatistics?
    if case .numbers(let found) = findings { statistics = found.statistics }
    let own = try Impute(numbers).fitted(to: statistics, shape: [width])
    return CellImputation(columns, numbers: own.fill, texts: [], flags: flags)
  }
}

/// What `impute` finds out about columns of numbers, or of texts.
public enum CellFindings: TableFindings {
  /// About columns of numbers.
  case numbers(ColumnsFindings<ImputeStatistics>)
  /// About columns of texts.
  case texts(CategoryCounts)

  /// The numbers of either.
  public var values: [Double] {
    get {
      switch self {
      case .numbers(let findings): findings.values
      case .texts(let findings): findings.values
      }
    }
    set {
      switch self {
      case .numbers(var findings):
        findings.values = newValue
        self = .numbers(findings)
      case .texts(var findings):
        findings.values = newValue
        self = .texts(findings)
      }
    }
  }

  /// Takes in rows.
  public mutating func add(_ block: TableBlock) throws(PipelineError) {
    // The case is emptied meanwhile: a second reference to its memory would have it copied.
    switch consume self {
    case .numbers(var findings):
      do { try findings.add(block) } catch {
        self = .numbers(findings)
        throw error
      }
      self = .numbers(findings)
    case .texts(var findings):
      do { try findings.add(block) } catch {
        self = .texts(findings)
        throw error
      }
      self = .texts(findings)
    }
  }

  /// Takes in the findings of other rows, of the same kind.
  public mutating func merge(_ other: CellFindings) {
    switch (consume self, other) {
    case (.numbers(var findings), .numbers(let other)):
      findings.merge(other)
      self = .numbers(findings)
    case (.texts(var findings), .texts(let other)):
      findings.merge(other)
      self = .texts(findings)
    default: preconditionFailure("findings of two kinds")
    }
  }
}
