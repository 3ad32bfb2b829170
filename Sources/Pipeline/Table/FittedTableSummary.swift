extension FittedTable {
  /// What one fitted stage does, in names.
  package struct StageSummary: Sendable {
    /// The stage's name.
    package let name: String
    /// The columns that it reads.
    package let reads: [String]
    /// The columns that it makes, with what they hold.
    package let made: [Column]
    /// The categories that it has found in each column that it reads; nil where it looks for none.
    package let categoryCounts: [Int]?
  }

  /// What each stage does.
  package var stageSummaries: [StageSummary] {
    var current = schema
    var summaries: [StageSummary] = []
    for step in steps {
      var made: [Column] = []
      for result in step.step.results {
        guard case .made(let place) = result.origin else { continue }
        made.append(Column(result.name, step.step.made[place]))
      }
      summaries.append(
        StageSummary(
          name: step.name, reads: step.step.reads.map { current.columns[$0].name }, made: made,
          categoryCounts: (step.stage as? any CategoryStage)?.categories.columns.map(\.count)))
      // Names were checked when the stages were put together.
      if let next = try? step.step.schema(behind: current, stage: step.name) { current = next }
    }
    return summaries
  }
}

/// A fitted stage that knows the categories of the columns that it reads.
protocol CategoryStage {
  /// The categories.
  var categories: Categories { get }
}

extension CategoryNumbers: CategoryStage {}
extension CategoryPlaces: CategoryStage {}
