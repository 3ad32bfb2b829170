internal import ArgumentParser
private import Configuration
private import Distributed
private import Glibc

/// `sounder train`: trains the network of a job file, alone or on the ranks of an MPI job.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train the network of a job file, on one rank or on many.",
    discussion: """
      Alone:            sounder train JOB.yaml
      On this machine:  sounder train JOB.yaml --ranks 3
      On some hosts:    sounder train JOB.yaml --ranks 8 --hostfile hosts
      On a cluster:     mpirun -n 64 sounder train JOB.yaml, or srun --mpi=pmix sounder train …
      From a table:     sounder train --classify species --from iris.csv --ranks 3

      With more than one rank, rank 0 is the parameter server and the others are workers. A training
      that was stopped early leaves a checkpoint; the same command resumes it. With --max-restarts a
      job whose rank dies is started again from there by itself.

      With --classify, --regress or --autoencode the job is proposed from the table --from, shown, and
      trained; docs/estimators.md has the rules.
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String?

  @OptionGroup(title: "A table in place of a job file") var estimator: EstimatorOptions

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

  @Option(
    help: ArgumentHelp(
      """
      Train once for each of so many folds of the rows, and tell mean and standard deviation of the figures \
      on the rows that were held out.
      """, valueName: "count"))
  var folds: Int?

  @Flag(help: "With --folds: keep the model of each fold, as in model.fold-0.h5.")
  var keepModels = false

  @OptionGroup var measures: MeasureOptions
  @OptionGroup var launch: LaunchOptions
  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  private static let remark =
    "note: this job has searched values; each is at its default (sounder search looks for better "
    + "ones)\n"

  func validate() throws {
    if path == nil, !estimator.isUsed {
      throw ValidationError(
        "give a job file, or a table to learn from: --classify COLUMN --from FILE")
    }
    if let path, estimator.isUsed {
      throw ValidationError(
        "\(path) says what is learnt, and so does the command line: leave one of them out")
    }
    if let folds {
      guard (2...10_000).contains(folds) else {
        throw ValidationError("--folds \(folds) is outside 2...10000")
      }
      guard path != nil else {
        throw ValidationError(
          "--folds trains a job file several times: write it with --job FILE, and train that")
      }
      if trace != nil || maxRestarts != nil || strict {
        throw ValidationError(
          "--folds trains several times: leave --trace, --max-restarts and --strict out")
      }
    } else if keepModels || measures.perClass || measures.metrics != nil {
      throw ValidationError(
        "--keep-models, --per-class and --metrics are about --folds: give their count")
    }
    guard let maxRestarts else { return }
    guard path != nil else {
      throw ValidationError(
        "--max-restarts starts a job file again: write it with --job FILE, and train that")
    }
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
    guard let path else { return try runProposed() }
    let file = try JobFile(path, options)
    let job = try file.job()
    if let ranks = launch.ranks, let maxRestarts {
      // Between two starts this process reads checkpoints itself.
      try FileProbe(job.inputFiles).check()
      let code = try Supervisor(
        launcher: launch.launcher(rankCount: ranks), mostRestarts: maxRestarts, job: job,
        tracePath: trace, overwrites: overwrite, isQuiet: report.quiet
      ).run()
      if code != 0 { throw ArgumentParser.ExitCode(code) }
      return
    }
    if launch.startsRanks { return try launch.launch() }
    if let folds { return try train(file, job, folds: folds) }
    let code = Session.run(reading: job.inputFiles) { world in
      if world.rank == 0, file.isSearch, !report.quiet { StandardError.write(Self.remark) }
      return try train(job, text: file.text, path: path, on: world)
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// Proposes a job from a table, shows it, and trains it.
  private func runProposed() throws {
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run(reading: estimator.inputFiles) { world in
      let proposed = try estimator.proposal(
        on: world, options, overwrites: overwrite, isQuiet: report.json || report.quiet)
      if world.rank == 0 {
        if report.json {
          TrainingDisplay.printJSON(["event": "job", "job": proposed.value])
        } else if !report.quiet {
          print(proposed.text, terminator: "")
          fflush(nil)
        }
      }
      return try proposed.table.naming {
        try train(
          proposed.job, text: proposed.text, path: estimator.jobPath, reading: proposed.reading,
          on: world)
      }
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// Trains once for each fold.
  private func train(_ file: JobFile, _ job: TrainingJob, folds: Int) throws {
    let validation = try CrossValidation(
      job, jobText: file.text, foldCount: folds, overwrites: overwrite, keepsModels: keepModels,
      start: fresh ? .fresh : .resume, request: measures.request)
    let code = Session.run(reading: job.inputFiles) { world in
      let display = TrainingDisplay(report)
      if world.rank == 0, file.isSearch, !report.quiet { StandardError.write(Self.remark) }
      let result: CrossValidation.Report
      do {
        result = try validation.run(on: world, observer: display) { fold in
          display.clear()
          if report.json { TrainingDisplay.printJSON(FoldTable.value(of: fold)) }
        }
      } catch {
        display.clear()
        throw error
      }
      if world.rank == 0 { show(result, of: folds) }
      return result.exitCode
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func show(_ result: CrossValidation.Report, of folds: Int) {
    guard !result.wasStopped else {
      StandardError.write(
        "stopped after \(result.folds.count) of \(folds) folds: the same command goes on\n")
      return
    }
    let table = FoldTable(result, tellsClasses: measures.perClass, keepsModels: keepModels)
    if report.json { return TrainingDisplay.printJSON(table.value) }
    for line in table.lines { print(line) }
  }

  /// Trains a job whose text stands in the file at `path`, if there is one; gives the exit code.
  ///
  /// `data` are the job's data where they are read in another way than it says.
  private func train(
    _ job: TrainingJob, text: String, path: String?, reading data: DataReading? = nil,
    on world: borrowing Communicator
  ) throws -> Int32 {
    let trainer = Trainer(
      job, jobText: text, jobPath: path, overwrites: overwrite,
      policy: CheckpointPolicy(start: fresh ? .fresh : .resume), tracePath: trace, isStrict: strict,
      reading: data)
    let display = TrainingDisplay(report)
    let result: TrainingReport
    do { result = try trainer.run(on: world, observer: display) } catch {
      display.clear()
      throw error
    }
    if world.rank == 0 { display.finish(result) }
    return result.exitCode
  }
}
