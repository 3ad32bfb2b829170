internal import ArgumentParser
private import Configuration
internal import Distributed
private import HyperOpt
private import NN

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

  @Flag(help: "Do not read the data's values: no search for NaN and labels out of range.")
  var quick = false

  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let file = try JobFile(path, options)
    let code = Session.run { world in
      let machine = MachineCheck.mpi(world)
      guard world.rank == 0 else {
        try world.barrier()
        return 0
      }
      let display = CheckDisplay(report)
      let (network, memory) = check(file, rankCount: world.size, display)
      for item in machine { display.show(item) }
      let code = display.finish(network, memory)
      try world.barrier()
      return code
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// Shows one item after the other; gives back the network and what its step takes, for the table at
  /// the end.
  private func check(
    _ file: JobFile, rankCount: Int, _ display: CheckDisplay
  ) -> (Network?, StepMemory?) {
    let search = SearchCheck(file.value, rankCount: rankCount)
    for item in search?.items ?? [] { display.show(item) }
    display.space = search?.job?.space
    if let search, search.value == nil { return (nil, nil) }
    let job = JobSections(search?.value ?? file.value)
    for item in job.failures { display.show(item) }
    if job.failures.isEmpty { display.show(CheckItem("job file", path)) }
    var data = job.data.map { DataCheck($0) }
    let network = NetworkCheck(job, layout: data?.layout)
    let shown = data?.items.count ?? 0
    for item in data?.items ?? [] { display.show(item) }
    if !quick, let configuration = job.data {
      data?.scan(configuration, classCount: network.classCount)
      for item in (data?.items ?? []).dropFirst(shown) { display.show(item) }
    }
    for item in network.items { display.show(item) }
    for item in search?.survey(layout: data?.layout) ?? [] { display.show(item) }
    let epoch = EpochCheck(
      job, layout: data?.layout,
      workerCount: max(1, (search?.job.map(\.fewestRanks) ?? rankCount) - 1))
    for item in epoch.items { display.show(item) }
    var memory: StepMemory?
    if let network = network.network {
      let machine = MachineCheck.memory(network, job, epoch.training)
      memory = machine.step
      for item in machine.items { display.show(item) }
    }
    for item in MachineCheck.output(job, network.network, whole: job.whole, jobPath: path) {
      display.show(item)
    }
    return (network.network, memory)
  }
}
