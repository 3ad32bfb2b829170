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
      that was stopped early leaves a checkpoint; the same command resumes it.
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Flag(help: "Replace the model file that is there already.")
  var overwrite = false

  @Flag(help: "Begin anew although a checkpoint is there.")
  var fresh = false

  @Flag(
    help: "End the training at an update that must be refused, as its gradient is without bounds.")
  var strict = false

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  private static let remark =
    "note: this job has searched values; each is at its default (sounder search looks for better "
    + "ones)\n"

  func run() throws {
    let file = try JobFile(path, options)
    let job = try file.job()
    if launch.startsRanks { return try launch.launch() }
    let trainer = Trainer(
      job, jobText: file.text, jobPath: path, overwrites: overwrite,
      policy: CheckpointPolicy(start: fresh ? .fresh : .resume), isStrict: strict)
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
