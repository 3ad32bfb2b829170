internal import ArgumentParser
internal import Configuration

/// How a command changes its job file: shared by the commands that read one.
struct JobOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Replace one setting of the job file, as in --set training.epochs=3 (repeatable).",
      valueName: "key.path=value"))
  var overrides: [String] = []

  @Option(help: "Replace the job file's random seed: that of the training, and of a search.")
  var seed: Int?

  /// Applies `--set` in order, then `--seed`.
  func apply(to job: inout Value) throws(ConfigurationError) {
    for text in overrides { try job.apply(override: text) }
    guard let seed else { return }
    let isCommand = job["search"]?["command"] != nil
    if !isCommand { try job.apply(override: "training.seed=\(seed)") }
    if job["search"] != nil { try job.apply(override: "search.seed=\(seed)") }
  }
}
