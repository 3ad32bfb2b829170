internal import Configuration
private import Distributed
private import HyperOpt

/// What a job file asks for, as far as a batch script has to know.
struct SubmittedWork {
  /// Whether hyperparameters are searched.
  let isSearch: Bool
  /// Whether the command starts the ranks of its trials itself.
  let startsSteps: Bool
  /// Compute threads of a rank.
  let threads: Int
  /// `search.wall_time` in seconds.
  let wallSeconds: Double?

  /// Reads the whole job file: what it would fail with on the cluster, it fails with here.
  init(_ value: Value, isolates: Bool) throws(ConfigurationError) {
    isSearch = value["search"] != nil
    if isSearch {
      let job = try SearchJob(value: value)
      startsSteps = isolates || job.configuration.command != nil
      threads = value["training"]?["threads"]?.int ?? 1
      wallSeconds = job.configuration.limits.wallTimeSeconds
    } else {
      let job = try TrainingJob(value: value)
      startsSteps = false
      wallSeconds = nil
      threads = job.training.threadCount
    }
  }

  /// What the script will do.
  var words: String {
    isSearch ? (startsSteps ? "a search in job steps" : "a search in rank groups") : "a training"
  }
}
