internal import ArgumentParser
private import Configuration
private import Distributed
private import FoundationEssentials
private import HDF5
private import HyperOpt

/// `sounder compare`: trains one job in several modes and says what each costs.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Train a job in several modes of exchange, and say what limits each.",
    discussion: """
      Every mode trains the same epochs from the same seed on each number of ranks, one training after the
      other. The folder gets a report (report.html), the figures (compare.json) and a Chrome trace of each
      training. A comparison that was stopped goes on where it was: trainings that are done are kept.
      """)

  @Argument(help: ArgumentHelp("The job file.", valueName: "job.yaml"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "The modes, as in hogwild,sync or \"hogwild, easgd: {interval: 8}\"; all unless given.",
      valueName: "list"))
  var modes: String?

  @Option(help: ArgumentHelp("The numbers of ranks, as in 2,3.", valueName: "list"))
  var ranks = "2,3"

  @Option(help: ArgumentHelp("The folder for report, figures and traces.", valueName: "folder"))
  var output: String?

  @Flag(help: "Train again what is done in the folder.")
  var fresh = false

  @OptionGroup var options: JobOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    guard !LaunchEnvironment().isLaunched else {
      throw CommandError.usage(
        "a comparison starts the ranks of its trainings itself: run it without mpirun or srun")
    }
    let file = try JobFile(path, options)
    // What is wrong with the settings is said once, and not by every training.
    _ = try file.job()
    let folder = output ?? Self.folder(for: path)
    let plan = try ComparePlan(file.value, modes: modes, ranks: ranks, folder: folder)
    var runner = try CompareRunner(plan, folder: folder, fresh: fresh, report: report)
    let ended = try runner.run()
    let comparison = Comparison(runner.runs)
    try write(comparison, to: folder)
    if report.json {
      TrainingDisplay.printJSON(comparison.value { "\(folder)/\($0.stem).trace.json" })
    } else {
      print(comparison.text, terminator: "")
      if !report.quiet { StandardError.write("wrote \(folder)/report.html and compare.json\n") }
    }
    if let stopped = ended { throw stopped }
    let failed = runner.runs.filter { $0.failure != nil }
    if let first = failed.first {
      throw CommandError(
        "\(failed.count) of \(runner.runs.count) trainings failed; the first, \(first.name): "
          + (first.failure ?? "no result"),
        exitCode: first.exitCode == 0 ? ExitCode.fault : first.exitCode)
    }
  }

  /// `jobs/a.yaml` is compared in `a.compare`.
  private static func folder(for path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    return stem + ".compare"
  }

  private func write(_ comparison: Comparison, to folder: String) throws {
    try comparison.page(title: "Modes of \(path)").write(to: "\(folder)/report.html")
    let text = comparison.value { "\($0.stem).trace.json" }.json + "\n"
    try AtomicFile.replace("\(folder)/compare.json") { temporary in
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }
}
