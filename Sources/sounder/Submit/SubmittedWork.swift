internal import Configuration
internal import Distributed
private import Glibc
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
  /// The training; nil: a search.
  let training: TrainingJob?
  /// The first file that the job must not replace unasked, with its key; nil: there is none.
  let obstacle: (key: String, path: String)?

  /// Reads the whole job file: what it would fail with on the cluster, it fails with here.
  init(_ value: Value, isolates: Bool) throws(ConfigurationError) {
    isSearch = value["search"] != nil
    if isSearch {
      let job = try SearchJob(value: value)
      startsSteps = isolates || job.configuration.command != nil
      threads = value["training"]?["threads"]?.int ?? 1
      wallSeconds = job.configuration.limits.wallTimeSeconds
      training = nil
      // The study of a journal goes on, and the model is its own.
      let isNew = access(job.configuration.files.journal, F_OK) != 0
      obstacle = job.configuration.command == nil && isNew ? Self.model(of: job) : nil
    } else {
      let job = try TrainingJob(value: value)
      startsSteps = false
      wallSeconds = nil
      threads = job.training.threadCount
      training = job
      obstacle = OutputFiles.obstacle(job.output)
    }
  }

  /// The model file that a search would write, where it is there already.
  private static func model(of job: SearchJob) -> (key: String, path: String)? {
    guard let example = job.representative, let trial = try? job.job(for: example),
      access(trial.output.model, F_OK) == 0
    else { return nil }
    return ("output.model", trial.output.model)
  }

  /// What the script will do.
  var words: String {
    isSearch ? (startsSteps ? "a search in job steps" : "a search in rank groups") : "a training"
  }
}
