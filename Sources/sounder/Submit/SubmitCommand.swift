internal import ArgumentParser
private import Configuration
private import Distributed
private import FoundationEssentials
private import Glibc

/// `sounder submit`: writes the Slurm script for a job file, and submits it when asked to.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Write the Slurm script for a job file; submit it with --go.",
    discussion: """
      sounder submit JOB.yaml --nodes 4 --time 2:00:00 --go

      A job file with a section `search` is searched, another one is trained. What `sounder check` finds
      wrong is refused. Before the time limit the job writes its checkpoints and requeues itself, until it is
      done; when a rank dies it is started again.
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Option(help: "Nodes of the job.")
  var nodes = 1

  @Option(
    help: """
      Ranks on each node. (default: the CPUs of a node of the partition, over the job's threads)
      """)
  var tasksPerNode: Int?

  @Option(
    help: ArgumentHelp("The time limit of each start, as sbatch takes it.", valueName: "time"))
  var time: String

  @Option(
    help: ArgumentHelp(
      "Seconds before the time limit at which checkpoints are written.", valueName: "seconds"))
  var signalSeconds = 120

  @Option(
    help: ArgumentHelp(
      "Start again from the newest checkpoint, so often at most until the time limit, when a rank dies.",
      valueName: "count"))
  var maxRestarts = 3

  @Option(help: "So many independent jobs on one study. (searches only)")
  var array: Int?

  @Flag(help: "Run each trial as a job step of its own: a rank that dies costs one trial.")
  var isolate = false

  @Option(help: "Slurm's partition.")
  var partition: String?

  @Option(help: "Slurm's account.")
  var account: String?

  @Option(
    name: .customLong("sbatch"),
    help: ArgumentHelp(
      "One more option for sbatch, as in --sbatch=--mem=8G (repeatable).", valueName: "option"))
  var more: [String] = []

  @Option(help: "What starts the ranks: srun or mpirun. (default: srun where it knows this MPI)")
  var launcher: String?

  @Option(help: ArgumentHelp("The script to write. (default: JOB.sbatch)", valueName: "file"))
  var script: String?

  @Flag(help: "Submit the script.")
  var go = false

  @Flag(
    help:
      "Replace model and histories that are there, and a script that this command has not written.")
  var overwrite = false

  @Flag(help: "Write the script though data and outputs cannot be seen from here.")
  var unchecked = false

  @OptionGroup var options: JobOptions

  func validate() throws {
    for (name, value) in [
      ("nodes", nodes), ("tasks-per-node", tasksPerNode ?? 1), ("array", array ?? 1),
    ] {
      guard (1...1_000_000).contains(value) else {
        throw ValidationError("--\(name) \(value) is outside 1...1000000")
      }
    }
    guard (0...1_000_000).contains(maxRestarts) else {
      throw ValidationError("--max-restarts \(maxRestarts) is outside 0...1000000")
    }
    guard let limit = BatchTime(time) else {
      throw ValidationError(
        "--time '\(time)' is no time limit: give minutes, hours:minutes:seconds or "
          + "days-hours:minutes:seconds")
    }
    guard (1...65535).contains(signalSeconds) else {
      throw ValidationError("--signal-seconds \(signalSeconds) is outside 1...65535")
    }
    guard limit.seconds > signalSeconds else {
      throw ValidationError(
        "--time \(time) leaves no time to work: the checkpoint begins \(signalSeconds) seconds "
          + "before its end (--signal-seconds)")
    }
    if let launcher, !["srun", "mpirun"].contains(launcher) {
      throw ValidationError("--launcher \(launcher): give srun or mpirun")
    }
  }

  func run() throws {
    let file = try JobFile(path, options)
    let work = try SubmittedWork(file.value, isolates: isolate)
    if !work.isSearch {
      guard array == nil, !isolate else {
        throw CommandError.usage(
          "--array and --isolate are for searches: \(path) has no section `search`")
      }
    }
    guard let limit = BatchTime(time) else { return }
    let tasks = try tasksPerNode ?? Self.tasks(partition: partition, threads: work.threads)
    if !unchecked { try check(file, work, tasksPerNode: tasks) }
    var batch = BatchScript(
      name: stem, nodeCount: nodes, tasksPerNode: tasks,
      time: limit, launcher: work.startsSteps ? .none : mpiLauncher, command: command(work))
    batch.cpusPerTask = work.threads
    batch.mostRestarts = maxRestarts
    batch.outputs = (work.training?.output).map {
      BatchScript.Outputs(
        model: $0.model, checkpoint: $0.checkpoint,
        histories: [$0.historyCSV, $0.historyJSON].compactMap { $0 })
    }
    batch.signalSeconds = signalSeconds
    batch.arrayCount = array
    if let partition { batch.options.append("--partition=\(partition)") }
    if let account { batch.options.append("--account=\(account)") }
    batch.options += more
    let name = script ?? stem + ".sbatch"
    try write(batch.text, to: name)
    print("wrote \(name): \(work.words), \(nodes) x \(batch.tasksPerNode) ranks")
    if let wall = work.wallSeconds, wall < Double(limit.seconds) {
      print(
        "note: search.wall_time ends the search after \(Figures.duration(wall)), "
          + "before --time \(time)")
    }
    if go { try submit(name) } else { print("submit it with: sbatch \(BatchScript.quoted(name))") }
  }

  /// Throws what the job could only end with where it is to run.
  ///
  /// Not looked at: the data's values, which may take long to read, and this machine's memory.
  private func check(_ file: JobFile, _ work: SubmittedWork, tasksPerNode: Int) throws {
    try FileProbe(file.inputFiles).check()
    // Who starts steps is none of their ranks.
    var check = JobCheck(
      file, path: path, rankCount: nodes * tasksPerNode + (work.startsSteps ? 1 : 0))
    (check.isQuick, check.isForElsewhere) = (true, true)
    var failure: CheckItem?
    check.run { item in if failure == nil, item.failure != nil { failure = item } }
    if let failure, let code = failure.failure {
      let key = failure.text.hasPrefix(failure.name) ? "" : "\(failure.name): "
      throw CommandError(key + failure.text, exitCode: code)
    }
    if let job = work.training, let network = check.network {
      try job.checkRanks(nodeCount: nodes, ranksPerNode: tasksPerNode, network: network)
    }
    if let (key, path) = work.obstacle, !overwrite {
      throw CommandError(
        "\(key) \(path) is there already: pass --overwrite to have it replaced, or choose another name",
        exitCode: ExitCode.inputOutput)
    }
  }

  /// `jobs/fashion-search.yaml` is `fashion-search`.
  private var stem: String {
    let name = path.split(separator: "/").last.map(String.init) ?? "job"
    let stem = name.split(separator: ".").first.map(String.init) ?? name
    return stem.isEmpty ? "job" : stem
  }

  private func command(_ work: SubmittedWork) -> [String] {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    var words = [own.isEmpty ? "sounder" : own, work.isSearch ? "search" : "train", path]
    if isolate { words.append("--isolate") }
    // What is not seen from here may be there all the same.
    if overwrite, unchecked || work.obstacle != nil { words.append("--overwrite") }
    for text in options.overrides { words += ["--set", text] }
    if let seed = options.seed { words += ["--seed", "\(seed)"] }
    return words
  }

  /// srun where Slurm knows the MPI that we are linked with, or cannot be asked from here.
  private var mpiLauncher: BatchScript.Launcher {
    if launcher == "mpirun" { return .mpirun }
    let type = MPIDialect.linked.srunType
    if launcher == nil, let path = InstalledLauncher.find("srun"),
      let types = try? ChildProcess.output(of: [path, "--mpi=list"]), types.contains("none"),
      !types.contains(type)
    {
      return .mpirun
    }
    return .srun(type: type)
  }

  /// Ranks that a node has room for.
  private static func tasks(partition: String?, threads: Int) throws(CommandError) -> Int {
    let query = ["-h", "-o", "%c"] + (partition.map { ["-p", $0] } ?? [])
    if let path = InstalledLauncher.find("sinfo"),
      let text = try? ChildProcess.output(of: [path] + query)
    {
      let counts = text.split(separator: "\n").compactMap { line in
        Int(line.filter(\.isNumber))
      }
      if let least = counts.filter({ $0 > 0 }).min() { return max(1, least / threads) }
    }
    throw CommandError.usage(
      "how many CPUs a node has cannot be asked from here (sinfo): give --tasks-per-node")
  }

  private func write(_ text: String, to name: String) throws(CommandError) {
    if !overwrite, access(name, F_OK) == 0 {
      let old = (try? String(contentsOfFile: name, encoding: .utf8)) ?? ""
      guard old.contains(BatchScript.mark) else {
        throw CommandError(
          "\(name) is there already, and not written by this command: pass --overwrite to replace "
            + "it, or --script to write another file", exitCode: ExitCode.inputOutput)
      }
    }
    do { try Data(text.utf8).write(to: URL(filePath: name), options: .atomic) } catch {
      throw CommandError(
        "\(name) cannot be written: \(error)".inOneLine, exitCode: ExitCode.inputOutput)
    }
  }

  private func submit(_ name: String) throws(CommandError) {
    guard let path = InstalledLauncher.find("sbatch") else {
      throw CommandError(
        "--go needs sbatch, which is not in PATH: run this on a login node of the cluster",
        exitCode: ExitCode.fault)
    }
    let (text, end): (String, ProcessEnd)
    do { (text, end) = try ChildProcess.run([path, name]) } catch {
      throw CommandError(error.description, exitCode: error.exitCode)
    }
    guard end == .exited(0) else {
      throw CommandError("sbatch \(name): \(text.inOneLine)", exitCode: ExitCode.fault)
    }
    print(text.inOneLine)
  }
}
