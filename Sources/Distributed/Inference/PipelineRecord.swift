private import Configuration
internal import HDF5
internal import Pipeline

/// A fitted pipeline in a file of its own: the group `/sounder` of a model file, without what is the network's.
///
/// | in `/sounder` | what                                              |
/// |---------------|---------------------------------------------------|
/// | `data`        | the job's section `data`, as JSON                 |
/// | `pipeline/`   | the fitted pipeline (see `FittedPipeline`)        |
struct PipelineRecord {
  let pipeline: FittedPipeline
  /// The data that it was fitted to.
  let data: DataConfiguration

  init(pipeline: FittedPipeline, data: DataConfiguration) {
    (self.pipeline, self.data) = (pipeline, data)
  }

  /// Writes a whole file in place of the one at `path`.
  func write(_ path: String) throws {
    try OutputFiles.checkWritable(path, key: "--output")
    try File.replace(path) { file in
      let group = try file.root().createGroup(TrainingRecord.groupName)
      try group.writeAttribute("data", data.value.json)
      try pipeline.write(to: try group.createGroup("pipeline"))
    }
  }

  /// Reads a file that `write(_:)` has written; nil for one that is none.
  init?(from file: borrowing File) throws {
    let root = try file.root()
    guard !root.hasAttribute("model_config"), root.contains(TrainingRecord.groupName) else {
      return nil
    }
    let group = try root.group(TrainingRecord.groupName)
    guard group.contains("pipeline"), group.hasAttribute("data") else { return nil }
    pipeline = try FittedPipeline(from: try group.group("pipeline"))
    var options = try Options(try Value(json: try group.stringAttribute("data")))
    data = try DataConfiguration(options: &options)
  }
}
