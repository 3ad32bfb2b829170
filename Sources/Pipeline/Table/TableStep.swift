/// What a stage does to the columns of a table: which it reads, and which there are behind it.
public struct TableStep: Sendable, Hashable {
  /// A column behind the stage.
  public struct Result: Sendable, Hashable {
    /// Where it comes from.
    public enum Origin: Sendable, Hashable {
      /// It is the column at this place before the stage, as it was.
      case kept(Int)
      /// It is this one of those that the stage makes.
      case made(Int)
    }

    /// Its name.
    public var name: String
    /// Where it comes from.
    public var origin: Origin

    /// Names a column.
    public init(_ name: String, _ origin: Origin) {
      self.name = name
      self.origin = origin
    }
  }

  /// The places of the columns whose cells the stage reads, each once.
  public var reads: [Int]
  /// What the columns hold that it makes.
  public var made: [ColumnKind]
  /// The columns behind it, in order.
  public var results: [Result]

  /// Makes a step.
  public init(reads: [Int], made: [ColumnKind], results: [Result]) {
    self.reads = reads
    self.made = made
    self.results = results
  }

  /// A step that keeps columns, under these names, and makes none.
  init(keeping columns: [(index: Int, name: String)]) {
    self.init(
      reads: [], made: [], results: columns.map { .init($0.name, .kept($0.index)) })
  }

  /// A step that makes of each column that it reads another one in its place.
  init(_ schema: Schema, replacing reads: [Int], by kinds: [ColumnKind]) {
    var places = [Int?](repeating: nil, count: schema.columns.count)
    for (place, index) in reads.enumerated() { places[index] = place }
    self.init(
      reads: reads, made: kinds,
      results: schema.columns.indices.map { index in
        .init(schema.columns[index].name, places[index].map { .made($0) } ?? .kept(index))
      })
  }

  /// A step that puts one column in the place of the first of those that it reads, and takes away the others.
  init(_ schema: Schema, joining reads: [Int], as name: String, _ kind: ColumnKind) {
    let first = reads.min()
    let joined = Set(reads)
    var results: [Result] = []
    for index in schema.columns.indices {
      if index == first {
        results.append(.init(name, .made(0)))
      } else if !joined.contains(index) {
        results.append(.init(schema.columns[index].name, .kept(index)))
      }
    }
    self.init(reads: reads, made: [kind], results: results)
  }

  /// The columns behind the stage called `stage`, which stands behind `schema`.
  ///
  /// - Throws: `PipelineError` for two columns of one name.
  func schema(behind schema: Schema, stage: String) throws(PipelineError) -> Schema {
    try Schema(
      results.map { result in
        switch result.origin {
        case .kept(let index): Column(result.name, schema.columns[index].kind)
        case .made(let index): Column(result.name, made[index])
        }
      }, of: stage)
  }

  /// Whether the places are ones that there are: what a file says need not be so.
  func fits(_ schema: Schema) -> Bool {
    let places = schema.columns.indices
    return reads.allSatisfy(places.contains) && Set(reads).count == reads.count
      && results.allSatisfy { result in
        switch result.origin {
        case .kept(let index): places.contains(index)
        case .made(let index): made.indices.contains(index)
        }
      }
  }
}
