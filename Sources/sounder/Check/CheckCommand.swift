internal import ArgumentParser
private import Distributed

/// `sounder check`: everything that can be known about a job before an allocation is spent.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a job file, its data, the network, and the machine, before training.",
    discussion: """
      Reports every problem that it finds, not only the first; the exit code is that of the first.
      Under mpirun or srun it also checks that the ranks share memory.
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Flag(
    help: """
      Do not read the data's values: no search for NaN and labels out of range, and of CSV the first line \
      alone.
      """)
  var quick = false

  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let file = try JobFile(path, options)
    let code = Session.run(reading: file.inputFiles) { world in
      let machine = MachineCheck.mpi(world)
      guard world.rank == 0 else {
        try world.barrier()
        return 0
      }
      let display = CheckDisplay(report)
      var check = JobCheck(file, path: path, rankCount: world.size)
      check.isQuick = quick
      check.run(display.show)
      display.space = check.space
      for item in machine { display.show(item) }
      let code = display.finish(check.network, check.memory)
      try world.barrier()
      return code
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }
}
