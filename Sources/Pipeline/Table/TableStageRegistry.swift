public import Configuration
import HDF5

/// All kinds of stages of `pipeline.table`, by name.
///
/// A stage of `pipeline.features` is one of a table's, too, with the key `columns`: see `ColumnsStage`.
public enum TableStageRegistry {
  /// A kind of stage: how a job file and a model file make one.
  struct Kind: Sendable {
    let name: String
    let make: @Sendable (inout Options) throws(ConfigurationError) -> any TableStage
    let load: @Sendable (borrowing Group, [Column]) throws(PipelineError) -> any FittedTableStage
  }

  /// The kinds that are a table's own; a new one is registered by adding its type here.
  static let own: [Kind] = [
    kind(Select.self), kind(Drop.self), kind(Rename.self), kind(Assemble.self),
    kind(Cast.self), kind(Index.self), kind(OneHotTexts.self), kind(Ordinal.self),
    kind(TargetEncode.self), kind(Hash.self), kind(CountTerms.self), kind(TFIDF.self),
    kind(TokenSequence.self), kind(Compute.self), kind(ImputeCells.self),
  ]

  /// The kinds that are stages of rows of numbers as well.
  static let wrapped: [Kind] = StageRegistry.estimators.map { wrapped($0) }

  private static var kinds: [Kind] {
    own + wrapped.filter { other in !own.contains { $0.name == other.name } }
  }

  /// The names of all kinds, sorted.
  public static var names: [String] { kinds.map(\.name).sorted() }

  /// The stages that a job file's list stands for; what stands in an item `pipeline` is put into the list.
  ///
  /// `columns` are those of the stages that name none.
  public static func stages(
    _ items: [Value], at keyPath: [String], columns: [String]? = nil
  ) throws(ConfigurationError) -> [any TableStage] {
    var stages: [any TableStage] = []
    for value in items {
      let item = try NamedOptions(value, at: keyPath)
      guard item.name == nested else {
        stages.append(try stage(try adding(columns, to: value, item, keyPath)))
        continue
      }
      guard keyPath.count < deepest else {
        throw ConfigurationError(
          "pipelines stand in each other too deep", at: keyPath, origin: item.origin)
      }
      var options = item.options
      let own = options.contains("columns") ? try options.names("columns") : columns
      let inner = try options.list("stages")
      guard !inner.isEmpty else {
        throw options.error("expected a list of stages", "stages")
      }
      try options.finish()
      stages += try Self.stages(inner, at: keyPath + [nested, "stages"], columns: own)
    }
    return stages
  }

  private static let nested = "pipeline"
  private static let deepest = 32

  /// An item that names no columns with those of the pipeline around it, where it takes any.
  private static func adding(
    _ columns: [String]?, to value: Value, _ item: NamedOptions, _ keyPath: [String]
  ) throws(ConfigurationError) -> NamedOptions {
    guard let columns, !item.options.contains("columns"),
      ![Rename.name, Compute.name].contains(item.name)
    else { return item }
    var entries = [Value.Entry("columns", .names(columns))]
    if case .map(let named) = value.kind, case .map(let own) = named[0].value.kind {
      entries += own
    }
    let options = Value(.map(entries), origin: value.origin)
    return try NamedOptions(
      Value(.map([Value.Entry(item.name, options, origin: item.origin)]), origin: value.origin),
      at: keyPath)
  }

  /// The stage that one item of a job file's list stands for.
  public static func stage(_ item: NamedOptions) throws(ConfigurationError) -> any TableStage {
    try item.read("stage", as: kinds, name: { $0.name }, telling: names) {
      (kind, options) throws(ConfigurationError) in try kind.make(&options)
    }
  }

  /// The fitted stage of the kind `name` that `group` holds.
  ///
  /// - Throws: `PipelineError` for a kind that this version does not know.
  static func fitted(
    _ name: String, from group: borrowing Group, columns: [Column]
  ) throws(PipelineError) -> any FittedTableStage {
    guard let kind = kinds.first(where: { $0.name == name }) else {
      throw PipelineError(
        "\(group.place): this version of sounder has no stage '\(name)' for tables (it has "
          + "\(names.joined(separator: ", "))): use the version that wrote the file, or a newer one"
      )
    }
    return try kind.load(group, columns)
  }

  private static func kind<S: ConfiguredTableStage>(_ type: S.Type) -> Kind {
    Kind(
      name: S.name,
      make: { (options) throws(ConfigurationError) in try S(options: &options) },
      load: { (group, columns) throws(PipelineError) in
        try S.Fitted(from: group, columns: columns)
      })
  }

  private static func wrapped<E: Estimator>(_ type: E.Type) -> Kind {
    Kind(
      name: E.name,
      make: { (options) throws(ConfigurationError) in try ColumnsStage<E>(options: &options) },
      load: { (group, columns) throws(PipelineError) in
        try ColumnsTransform<E.Fitted>(from: group, columns: columns)
      })
  }
}

/// A stage that a job file makes.
public protocol ConfiguredTableStage: TableStage {
  /// Takes the stage's keys from the job file.
  init(options: inout Options) throws(ConfigurationError)
}
