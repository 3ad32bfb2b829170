import TestSupport

extension BadInput {
  /// The search space and the section `search`.
  static let searches = [
    search("an empty search space", ["job.yaml:17: search", "the search space is empty"]),
    search(
      "low > high", batchSize: "{search: int, low: 9, high: 3}",
      ["job.yaml:13: training.batch_size.low", "low 9 > high 3"]),
    search(
      "a log range that includes zero", batchSize: "{search: log-int, low: 0, high: 30}",
      ["job.yaml:13: training.batch_size.low", "cannot include 0"]),
    search(
      "a categorical without choices", batchSize: "{search: categorical, choices: []}",
      ["job.yaml:13: training.batch_size.choices", "no choices"]),
    search(
      "a choice twice", batchSize: "{search: ordinal, choices: [4, 8, 4]}",
      ["job.yaml:13: training.batch_size.choices", "4 stands twice"]),
    search(
      "a default that is none of the values",
      batchSize: "{search: int, low: 1, high: 4, default: 9}",
      ["job.yaml:13: training.batch_size.default", "9 is none of the values: 1 ... 4"]),
    search(
      "an unknown kind of parameter", batchSize: "{search: log_int, low: 1, high: 4}",
      ["job.yaml:13: training.batch_size.search", "did you mean 'log-int'?"]),
    search(
      "an unknown option of a parameter", batchSize: "{search: int, low: 1, high: 4, stepp: 2}",
      ["job.yaml:13: training.batch_size", "did you mean 'step'?"]),
    search(
      "a parameter named twice", batchSize: "{search: int, low: 1, high: 4, name: x}",
      ["job.yaml:14: training.epochs", "the parameter 'x' is there twice", "name"]
    ) { try $0.edit("epochs: 3", "epochs: {search: int, low: 1, high: 3, name: x}") },
    search(
      "a condition on nothing", batchSize: "{search: int, low: 1, high: 4, when: {optimiser: 1}}",
      ["job.yaml:13: training.batch_size.when", "no parameter 'optimiser'"]),
    search(
      "a condition that leads back",
      batchSize: "{search: int, low: 1, high: 4, name: a, when: {b: 2}}",
      ["job.yaml:1", "lead back"]
    ) { try $0.edit("epochs: 3", "epochs: {search: int, low: 1, high: 3, name: b, when: {a: 1}}") },
    search(
      "a forbidden value that cannot be", more: "forbid: [{training.batch_size: 99}]",
      ["job.yaml:18: search.forbid.training.batch_size", "99 is none"]),
    search("no objective", ["job.yaml:17: search", "'objective' is missing"]) {
      try $0.edit("objective: val_accuracy", "trials: 3")
    },
    search(
      "an objective that is not measured", batchSize: number,
      ["job.yaml:17: search.objective", "reports 'val_accuracy'", "training.metrics"]
    ) { try $0.edit("metrics: [accuracy]", "metrics: []") },
    search(
      "an objective without validation", batchSize: number,
      ["job.yaml:17: search.objective", "reports 'val_accuracy'", "add data.validation"]
    ) { try $0.edit("  validation: {file: data.h5, features: features, target: labels}\n", "\n") },
    search(
      "an objective without a direction", batchSize: number,
      ["job.yaml:17: search.objective", "'beauty'", "direction: minimize"]
    ) { try $0.edit("val_accuracy", "beauty") },
    search(
      "an unknown sampler", more: "sampler: randm",
      ["job.yaml:18: search.sampler", "did you mean 'random'?"]),
    search(
      "an unknown pruner", more: "pruner: nonee",
      ["job.yaml:18: search.pruner", "did you mean 'none'?"]),
    search(
      "an unknown setting of the search", more: "trails: 10",
      ["job.yaml:18: search", "did you mean 'trials'?"]),
    search(
      "searched parts of an epoch", batchSize: number,
      ["job.yaml:1", "validations_per_epoch", "cannot be searched"]
    ) {
      try $0.edit("epochs: 3", "epochs: 3\n  validations_per_epoch: {search: int, low: 1, high: 3}")
    },
    search(
      "a time that is none", more: "wall_time: soon",
      ["job.yaml:18: search.wall_time", "'90 s'", "'soon'"]),
    search(
      "ranks that are none", more: "ranks_per_trial: 8..2",
      ["job.yaml:18: search.ranks_per_trial", "8 > 2"]),
    search(
      "a constraint that is none", more: "constraints: [small]",
      ["job.yaml:18: search.constraints", "'parameters < 1e6'"]),
    search(
      "a command beside a network", more: "command: ./solve",
      ["network", "either the command", "remove one of them"]),
    search(
      "everything forbidden", more: "forbid: [{training.batch_size: {min: 0}}]",
      ["search.forbid", "all forbidden"]),
    search(
      "a journal that is the model", more: "journal: model.h5",
      ["job.yaml:18: search.journal", "model.h5", "another name"]),
    BadInput(
      "more ranks in a trial than there are", ["check", "job.yaml"], 65,
      ["search.ranks_per_trial", "9 ranks", "only 2 of the 3"], needsRanks: true
    ) {
      try $0.edit(
        "output:", "search: {objective: val_accuracy, ranks_per_trial: 9..12}\noutput:")
      try $0.edit("batch_size: 10", "batch_size: \(number)")
    },
    BadInput("an older study that is not there", ["check", "job.yaml"], 66, ["old.log"]) {
      try $0.edit("output:", "search: {objective: val_accuracy, warm_start: old.log}\noutput:")
      try $0.edit("batch_size: 10", "batch_size: \(number)")
    },
    BadInput(
      "a training of searched values without defaults", 65,
      ["job.yaml:13", "training.batch_size", "default"]
    ) { try $0.edit("batch_size: 10", "batch_size: \(number)") },
  ]

  fileprivate static let number = "{search: int, low: 5, high: 20}"

  /// A check of a job with a section `search` from line 15 on.
  private static func search(
    _ name: String, batchSize: String = "10", more: String? = nil, _ words: [String],
    spoil: @escaping @Sendable (SmallJob) throws -> Void = { _ in }
  ) -> BadInput {
    BadInput(name, ["check", "job.yaml"], 65, words) { job in
      try job.edit(
        "output:",
        "# What is best.\nsearch:\n  objective: val_accuracy\n"
          + (more.map { "  \($0)\n" } ?? "") + "output:")
      try job.edit("batch_size: 10", "batch_size: \(more == nil ? batchSize : number)")
      try spoil(job)
    }
  }
}
