internal import ArgumentParser
private import Configuration
private import HyperOpt

/// `sounder ask`: the parameters of a study's next trial.
struct AskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Ask a study for its next trial; prints its number and parameters as JSON.",
    discussion: """
      sounder ask study.log --space space.yaml     prints {"trial":0,"params":{"rate":0.01}}
      sounder tell study.log 0 0.93

      The study is a journal of sounder's or of Optuna's. Many processes may ask one study.
      """)

  @Argument(help: ArgumentHelp("The study's journal.", valueName: "study.log"))
  var study: String

  @Option(
    help: ArgumentHelp(
      "Begin the study with these parameters where there is none.", valueName: "space.yaml"))
  var space: String?

  @Option(help: "How many trials to ask for: one line each.")
  var count = 1

  @OptionGroup var options: StudyOptions

  func validate() throws {
    guard 1...10_000 ~= count else {
      throw ValidationError("--count \(count) is outside 1...10000")
    }
  }

  func run() throws {
    let study = try opened()
    let trials = try study.transaction { try (0..<count).map { _ in try study.ask() } }
    for trial in trials { print(trial.answer(in: study.history.space).jsonLine) }
  }

  private func opened() throws -> Study {
    if let space {
      return try Study(journal: self.study, settings: try options.settings(spaceFile: space))
    }
    guard options.direction.isEmpty, options.seed == nil, options.pruner == nil else {
      throw CommandError.usage(
        "--seed, --direction and --pruner belong to a study's beginning: give its --space, too")
    }
    let study = try Study(opening: self.study)
    if let sampler = try options.chosenSampler { study.sampler = sampler }
    return study
  }
}
