internal import ArgumentParser
internal import Configuration
internal import HyperOpt

/// What makes a study that other programs evaluate: shared by `ask` and `ask-tell`.
struct StudyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How trials are proposed, alone or with options: 'tpe', 'gp: {...}'. (default: gp)",
      valueName: "name"))
  var sampler: String?

  @Option(
    help: ArgumentHelp(
      "Which trials end early, alone or with options: 'median'. (default: none)",
      valueName: "name"))
  var pruner: String?

  @Option(help: "What all random choices derive from. (default: 1)")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "minimize or maximize; repeat it for several objectives. (default: minimize)",
      valueName: "direction"))
  var direction: [String] = []

  func validate() throws {
    for word in direction where Direction(rawValue: word) == nil {
      throw ValidationError("--direction \(word): expected minimize or maximize")
    }
  }

  /// The sampler that was named.
  var chosenSampler: (any Sampler)? {
    get throws {
      try sampler.map {
        try SamplerRegistry.sampler(try Value(yaml: $0, file: "--sampler"), at: ["--sampler"])
      }
    }
  }

  /// The settings of a study whose parameters stand in the file at `path`.
  func settings(spaceFile path: String) throws -> StudySettings {
    let directions = direction.compactMap(Direction.init(rawValue:))
    return try StudySettings(
      spaceFile: try JobFile(path, try JobOptions.parse([])).value,
      directions: directions.isEmpty ? nil : directions,
      sampler: try sampler.map { try Value(yaml: $0, file: "--sampler") },
      pruner: try pruner.map { try Value(yaml: $0, file: "--pruner") }, seed: seed)
  }
}
