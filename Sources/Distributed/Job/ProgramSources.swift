public import Configuration
public import Pipeline

extension TrainingJob {
  /// Decodes a job whose rows the program reads by itself: `data.train.source` and `data.validation.source` name
  /// some of `sources`.
  ///
  /// All else is as in a job file. What is about files is an error: stages of a table, windows and texts as classes
  /// in `pipeline`, `data.stage`, `data.bad_rows`.
  /// - Throws: `ConfigurationError` as for a job file; `PipelineError` (66) for a name that none of `sources` has.
  public init(value: Value, sources: [DataSource]) throws {
    try self.init(value: value)
    data = try data.reading(among: sources)
  }
}

extension PipelineJob {
  /// Decodes a job whose rows the program reads by itself, as `TrainingJob` does.
  ///
  /// - Throws: `ConfigurationError` as for a job file; `PipelineError` (66) for a name that none of `sources` has.
  public init(value: Value, sources: [DataSource]) throws {
    try self.init(value: value)
    data = try data.reading(among: sources)
  }
}

extension DataConfiguration {
  /// The same, with those of `sources` that it names.
  fileprivate func reading(among sources: [DataSource]) throws(PipelineError) -> DataConfiguration {
    var copy = self
    copy.train = try train.reading(among: sources)
    if case .source(let source) = validation {
      copy.validation = .source(try source.reading(among: sources))
    }
    return copy
  }
}

extension DataSource {
  /// Throws on all ranks unless their programs read rows of one form; files are the same for all.
  ///
  /// Ranks that deal other rows would wait for each other without end. Collective over `world`, for the rows of a
  /// program alone.
  func checkAlike(_ layout: RowLayout, on world: borrowing Communicator) throws {
    guard let programName else { return }
    let numbers = [
      layout.rowCount, layout.featureCount, layout.targetShape == nil ? -1 : layout.targetCount,
      layout.weightShape == nil ? -1 : layout.weightCount, layout.blockRowCount,
    ]
    var largest = numbers
    try world.allReduce(&largest, .maximum)
    var smallest = numbers
    try world.allReduce(&smallest, .minimum)
    guard largest != smallest else { return }
    let names = [
      "rows", "numbers in a row of features", "numbers in a row of targets",
      "numbers in a row of weights", "rows in a block",
    ]
    let index = numbers.indices.first { largest[$0] != smallest[$0] } ?? 0
    throw DistributedError(
      "'\(programName)' has \(smallest[index]) \(names[index]) on one rank and \(largest[index]) on another: all must "
        + "read the same rows")
  }
}
