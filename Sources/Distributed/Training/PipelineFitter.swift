internal import Pipeline
private import Configuration
internal import HDF5

/// Fits the pipeline of a job alone, on all ranks, and writes it into a file.
public struct PipelineFitter: Sendable {
  /// What was fitted.
  public struct Report: Sendable {
    /// A column of the table.
    public struct Column: Sendable {
      /// Its name.
      public let name: String
      /// What it holds, in words: `text`, `number`, `4 numbers`.
      public let kind: String
      /// How many of its cells are missing.
      public let missingCount: Int
    }

    /// A stage.
    public struct Stage: Sendable {
      /// Where it stands: `table`, `features` or `target`.
      public let list: String
      /// Its name.
      public let name: String
      /// The columns that it reads, each with the number of categories that it has found there, if it looked for
      /// some; empty for a stage of rows.
      public let columns: [(name: String, categoryCount: Int?)]
      /// The shape of a row behind it, or, of a stage of a table, the numbers in a row that it makes; nil for
      /// texts.
      public let shape: [Int]?
    }

    /// The rows that it was fitted to.
    public let rowCount: Int
    /// The columns of the table; empty where the data are rows.
    public let columns: [Column]
    /// The stages in order.
    public let stages: [Stage]
    /// The names of the target's classes; empty where it has none.
    public let classes: [String]
    /// The shape of a row of features.
    public let featureShape: [Int]
    /// What a user should know about rows that cannot be used, or were left out; on rank 0.
    public internal(set) var remarks: [String] = []
  }

  private let job: PipelineJob

  /// Prepares to fit the pipeline of `job` to its training rows, those that `data.validation` does not hold out.
  public init(_ job: PipelineJob) { self.job = job }

  /// Fits and, on rank 0, writes the file `output`.
  ///
  /// The file has the group `sounder/pipeline` of a model file. Collective over `world` and blocking.
  /// - Parameters:
  ///   - world: All ranks.
  ///   - output: The file to write.
  ///   - countsMissing: Whether all columns are read, for their missing cells; without it the report has none.
  /// - Returns: What was fitted.
  /// - Throws: as a training would, before its first step.
  public func run(
    on world: borrowing Communicator, output: String, countsMissing: Bool = true
  ) throws -> Report {
    let converted = try ConvertedJobData(
      job.data, for: job.pipeline, beside: output, with: try MPIImportCrew(world))
    defer { converted.remove() }
    return try converted.naming {
      let read = try TrainingData.withClasses(converted.data, job.pipeline, on: world)
      var data = try TrainingData(read, job.pipeline, seed: job.seed, on: world)
      let pipeline = try data.fit(job.pipeline, on: world, countsMissing: countsMissing)
      let rowCount = data.trainingRows.count
      try data.bind(pipeline, isOwn: true, on: world)
      if world.rank == 0 { try PipelineRecord(pipeline: pipeline, data: job.data).write(output) }
      try world.barrier()
      var report = Self.report(pipeline, rowCount: rowCount)
      report.remarks = converted.remarks + converted.remarks(leftOutOf: data)
      return report
    }
  }

  private static func report(_ pipeline: FittedPipeline, rowCount: Int) -> Report {
    var columns: [Report.Column] = []
    if let table = pipeline.table, let missing = table.missing {
      for (column, count) in zip(table.schema.columns, missing.counts) {
        columns.append(
          .init(name: column.name, kind: column.kind.description, missingCount: count))
      }
    }
    var stages: [Report.Stage] = []
    for stage in pipeline.table?.stageSummaries ?? [] {
      let widths = stage.made.compactMap(\.kind.width)
      stages.append(
        .init(
          list: "table", name: stage.name,
          columns: stage.reads.enumerated().map { ($1, stage.categoryCounts?[$0]) },
          shape: widths.isEmpty ? nil : [widths.reduce(0, +)]))
    }
    for (list, all) in [("features", pipeline.features), ("target", pipeline.target)] {
      for stage in all.stages {
        stages.append(
          .init(list: list, name: type(of: stage).name, columns: [], shape: stage.outputShape))
      }
    }
    return Report(
      rowCount: rowCount, columns: columns, stages: stages,
      classes: pipeline.targetClasses?.names ?? [], featureShape: pipeline.features.outputShape)
  }
}
