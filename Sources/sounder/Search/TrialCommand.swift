internal import ArgumentParser
private import Configuration
private import Distributed
private import HyperOpt

/// `sounder trial`: one run of one trial, started as a step by `sounder search --isolate`.
struct TrialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trial",
    abstract: "Run one trial for `sounder search --isolate`, which starts this by itself.",
    shouldDisplay: false)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "A file with the section `data` as it can be read, where the job's data are no HDF5.",
      valueName: "file", visibility: .private))
  var reading: String?

  @OptionGroup var options: JobOptions

  func run() throws {
    let file = try JobFile(path, options)
    let job = try SearchJob(value: file.value)
    var trials = SearchRun.trials(job, file)
    if let reading {
      var options = try Options(try Value(json: JobFile.text(reading, "file of converted data")))
      let data = try DataConfiguration(options: &options)
      trials.converted = (try job.example(), data)
    }
    let step = TrialStep(space: job.space)
    let code = Session.run(reading: file.inputFiles) { world in
      try step.run(on: world) { trial, group in try trials.run(trial, on: group) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }
}
