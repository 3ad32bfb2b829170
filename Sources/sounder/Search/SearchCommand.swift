internal import ArgumentParser
internal import Configuration
private import Distributed
private import HyperOpt

/// `sounder search`: searches the hyperparameters of a job file, trials side by side on rank groups.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Search the hyperparameters of a job file, many trials side by side.",
    discussion: """
      Alone:            sounder search JOB.yaml
      On this machine:  sounder search JOB.yaml --ranks 5
      On a cluster:     mpirun -n 65 sounder search JOB.yaml, or srun --mpi=pmix sounder search …

      Rank 0 coordinates, the others form groups of search.ranks_per_trial ranks. The same command
      again resumes a study that was stopped; --status reads a running one from elsewhere. Data that are
      no HDF5 are converted once, before the first trial.
      """)

  @Argument(help: ArgumentHelp("The job file, with a section `search`.", valueName: "job.yaml"))
  var path: String?

  @Option(help: ArgumentHelp("Show where the study of a journal is.", valueName: "study.log"))
  var status: String?

  @Option(
    help: ArgumentHelp(
      "Compute every proposal of a journal again and compare it bit for bit.",
      valueName: "study.log"))
  var replay: String?

  @Flag(help: "Try failed trials again, with the same parameters.")
  var retryFailed = false

  @Option(help: "Go on for so many trials beyond the study's limit.")
  var addTrials: Int?

  @Option(
    help: ArgumentHelp(
      "Try these parameters first: a map of names to values, or a list of maps.",
      valueName: "params.yaml"))
  var enqueue: String?

  @Flag(help: "Run each trial as a job step of its own: a rank that dies costs one trial.")
  var isolate = false

  @Flag(help: "Replace the model file that is there already.")
  var overwrite = false

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if [path, status, replay].compactMap({ $0 }).count != 1 {
      throw ValidationError("name one job file, or one journal with --status or --replay")
    }
    if path == nil, retryFailed || addTrials != nil || enqueue != nil || isolate || overwrite {
      throw ValidationError("--status and --replay only read: name the job file to go on with it")
    }
    if let addTrials, !(1...1_000_000_000).contains(addTrials) {
      throw ValidationError("--add-trials \(addTrials) is outside 1...1000000000")
    }
  }

  func run() throws {
    if let status { return try StudyStatus(status).show(report) }
    if let replay { return try StudyReplay(replay).show(report) }
    guard let path else { return }
    let file = try JobFile(path, options)
    let job = try SearchJob(value: file.value)
    let runsSteps = isolate || job.configuration.command != nil
    guard !runsSteps || launch.hostfile == nil else {
      throw CommandError.usage(
        "--hostfile is for the ranks of one MPI job, and each trial of this search is a job of its own "
          + "(--isolate, search.command): leave it out")
    }
    if launch.startsRanks, !runsSteps { return try launch.launch() }
    let search = SearchRun(
      job, file: file, path: path, retriesFailed: retryFailed, addedTrials: addTrials,
      enqueued: try enqueue.map { try JobFile.tree($0) }, overwrites: overwrite)
    let display = SearchDisplay(
      report, space: job.space, metric: job.configuration.objectives[0].metric)
    if runsSteps {
      let code = try search.runSteps(ranks: launch.ranks, options: options, display: display)
      if code != 0 { throw ArgumentParser.ExitCode(code) }
      return
    }
    let code = Session.run(reading: file.inputFiles) { world in
      do { return try search.run(on: world, display: display) } catch {
        display.clear()
        throw error
      }
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }
}
