internal import ArgumentParser
private import Configuration
private import HyperOpt

/// `sounder tell`: how a trial ended, or how far it is.
struct TellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tell",
    abstract: "Tell a study a trial's result.",
    discussion: """
      sounder tell study.log 3 0.93                     the value (of each objective)
      sounder tell study.log 3 0.71 --step 5            a value on the way: prints whether to stop
      sounder tell study.log 3 --pruned                 it was stopped
      sounder tell study.log 3 --failed "no memory"     it has no value
      """)

  @Argument(help: ArgumentHelp("The study's journal.", valueName: "study.log"))
  var study: String

  @Argument(help: "The trial's number.")
  var number: Int

  @Argument(parsing: .allUnrecognized, help: "The value, one for each objective.")
  var values: [String] = []

  @Option(help: "The value is a report at this step.")
  var step: Int?

  @Flag(help: "The trial was stopped early.")
  var pruned = false

  @Option(help: ArgumentHelp("The trial failed.", valueName: "reason"))
  var failed: String?

  func validate() throws {
    // Negative numbers look like options to the parser: whatever is no number is a mistake.
    for text in values where Double(text) == nil {
      throw ValidationError("'\(text)' is neither a number nor an option of tell")
    }
    let endings = (pruned ? 1 : 0) + (failed == nil ? 0 : 1) + (values.isEmpty ? 0 : 1)
    guard endings == 1 else {
      throw ValidationError("give either a value, or --pruned, or --failed with the reason")
    }
    guard step == nil || values.count == 1 else {
      throw ValidationError("--step takes exactly one value")
    }
  }

  func run() throws {
    let study = try Study(opening: self.study)
    let numbers = values.compactMap { Double($0) }
    if let step {
      try study.report(number, step: step, value: numbers[0])
      let reason = study.reasonToPrune(number)
      print("{\"trial\":\(number),\"prune\":\(reason != nil)}")
    } else if pruned {
      try study.tell(number, .pruned)
    } else if let failed {
      try study.tell(number, .failed(reason: failed))
    } else {
      try study.tell(number, .complete(numbers))
    }
  }
}
