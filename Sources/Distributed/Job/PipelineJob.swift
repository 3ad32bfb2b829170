public import Configuration
public import Pipeline

/// The sections of a job file that a pipeline is fitted with: `data`, `pipeline`, and the seed of a split.
public struct PipelineJob: Sendable {
  /// `data`: the rows.
  public var data: DataConfiguration
  /// `pipeline`: the stages.
  public var pipeline: PipelineConfiguration
  /// `training.seed`: which rows `data.validation` holds out.
  public var seed: UInt64

  /// Decodes what is needed of a job file's tree; other sections may be missing, and are not looked at.
  public init(value: Value) throws(ConfigurationError) {
    var options = try Options(value)
    // A misspelled section is reported as such before the right one is missed.
    for section in TrainingJob.sections + ["search"] { _ = options.value(section) }
    try options.finish()
    var data = try options.requiredOptions("data")
    self.data = try DataConfiguration(options: &data)
    try data.finish()
    var pipeline = try options.requiredOptions("pipeline")
    self.pipeline = try PipelineConfiguration(options: &pipeline)
    try pipeline.finish()
    guard self.pipeline.file == nil else {
      throw pipeline.error(
        "names a pipeline that is fitted already: list stages to be fitted", "file")
    }
    var training = try options.options("training")
    seed = UInt64(try training?.int("seed", default: 1, in: 0...Int.max) ?? 1)
  }
}
