internal import ArgumentParser
private import Configuration
private import Distributed

/// `sounder train`: trains the network of a job file, alone or on the ranks of an MPI job.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train the network of a job file, on one rank or on many.",
    discussion: """
      Alone:            sounder train JOB.yaml
      On this machine:  sounder train JOB.yaml --ranks 3
      On a cluster:     mpirun -n 64 sounder train JOB.yaml, or srun --mpi=pmix sounder train …

      With more than one rank, rank 0 is the parameter server and the others are workers. A training
      that was stopped early leaves a checkpoint; the same command resumes it. With --max-restarts a
      job whose rank dies is started again from there by itself.
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Flag(help: "Replace the model file that is there already.")
  var overwrite = false

  @Flag(help: "Begin anew although a checkpoint is there.")
  var fresh = false

  @Option(
    help: ArgumentHelp(
      "With --ranks: start again from the newest checkpoint, so often at most, when a rank dies.",
      valueName: "count"))
  var maxRestarts: Int?

  @Option(
    help: ArgumentHelp(
      "Write where the time of all ranks went as a Chrome trace (chrome://tracing, Perfetto).",
      valueName: "file"))
  var trace: String?
  @Flag(
    help: "End the training at an update that must be refused, as its gradient is without bounds.")
  var strict = false

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  private static let remark =
    "note: this job has searched values; each is at its default (sounder search looks for better "
    + "ones)\n"

  func validate() throws {
    guard let maxRestarts else { return }
    guard (0...1_000_000).contains(maxRestarts) else {
      throw ValidationError("--max-restarts \(maxRestarts) is outside 0...1000000")
    }
    guard launch.startsRanks else {
      throw ValidationError(
        "--max-restarts needs --ranks: a job that mpirun or srun started ends as a whole when a rank "
          + "dies, and nobody is left in it to start it again")
    }
  }

  func run() throws {
    let file = try JobFile(path, options)
    let job = try file.job()
    if let ranks = launch.ranks, let maxRestarts {
      let code = try Supervisor(
        launcher: Launcher(rankCount: ranks), mostRestarts: maxRestarts, job: job,
        tracePath: trace, overwrites: overwrite, isQuiet: report.quiet
      ).run()
      if code != 0 { throw ArgumentParser.ExitCode(code) }
      return
    }
    if launch.startsRanks { return try launch.launch() }
    let trainer = Trainer(
      job, jobText: file.text, jobPath: path, overwrites: overwrite,
      policy: CheckpointPolicy(start: fresh ? .fresh : .resume), tracePath: trace, isStrict: strict)
    let code = Session.run { world in
      let display = TrainingDisplay(report)
      if world.rank == 0, file.isSearch, !report.quiet { StandardError.write(Self.remark) }
      let result: TrainingReport
      do { result = try trainer.run(on: world, observer: display) } catch {
        display.clear()
        throw error
      }
      if world.rank == 0 { display.finish(result) }
      return result.exitCode
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }
}
