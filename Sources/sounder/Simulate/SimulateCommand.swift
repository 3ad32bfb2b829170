internal import ArgumentParser
internal import Configuration
internal import Distributed
private import HyperOpt

/// `sounder simulate`: what a training would reach on clusters that are not at hand.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Predict samples per second of every mode on up to millions of workers.",
    discussion: """
      A discrete-event model of workers, nodes, links and servers, calibrated from one measured step:

        sounder simulate trace.json --workers 64,1024,65536
        sounder simulate --compute-ms 0.8 --parameters 270000 --modes 'hogwild,{easgd: {interval: 8}}'

      Lists are tried in all combinations. docs/scaling.md has the assumptions.
      """)

  @Argument(
    help: ArgumentHelp(
      "What `sounder train --trace` has written; or --compute-ms and --parameters.",
      valueName: "trace.json"))
  var trace: String?

  @Option(help: "Numbers of workers.") var workers = "64,256,1024,4096,16384,65536"
  @Option(help: "Modes as in a job file, or all.") var modes = "all"
  @Option(help: "Numbers of servers between nodes.") var servers = "1"
  @Option(help: "Steps between two exchanges of a node with the servers.") var interval = "4"
  @Option(
    help: "Compressions as in a job file: none,int8,{push: {topk: {fraction: 0.01}}, pull: bf16}.")
  var compression = "none"
  @Option(
    help: ArgumentHelp(
      "What hogwild's workers compute on: in_place or copy, as a training says which is faster."))
  var exchange = "in_place"
  @Option(help: "The figures as a picture: FILE.svg or FILE.html.") var output: String?
  @Flag(help: "Replace the output file that is there already.") var overwrite = false
  @Option(help: "The random seed of the simulation.") var seed = 1
  @Flag(help: "Print one JSON document.") var json = false

  @OptionGroup(title: "The cluster") var cluster: ClusterOptions

  func run() throws {
    if let output { try check(output) }
    let (model, note) = try cluster.model(trace: trace)
    let sweep = try SimulationSweep(
      workers: ListOption.counts(workers, "--workers"),
      modes: ListOption.modes(modes) ?? ListOption.allModes(),
      servers: ListOption.counts(servers, "--servers"),
      intervals: ListOption.counts(interval, "--interval"),
      compressions: ListOption.words(compression).map { text in
        do { return try PushCompression(text, at: ["--compression"]) } catch {
          throw CommandError.usage("\(error)")
        }
      }, nodeCount: cluster.nodes, coreCount: model.coreCount, usesCopy: try usesCopy())
    if let note { StandardError.write("note: \(note)\n") }
    let simulation = try ClusterSimulation(model, seed: UInt64(bitPattern: Int64(seed)))
    let rows = try sweep.trainings.map { training in
      SimulationRow(training: training, figures: try simulation.run(training))
    }
    let report = SimulationReport(rows: rows, model: model)
    if json { print(report.value.json) } else { report.lines.forEach { print($0) } }
    if let output { try report.chart.write(to: output) }
  }

  private func usesCopy() throws -> Bool {
    switch exchange {
    case "in_place": return false
    case "copy": return true
    default:
      throw CommandError.usage(
        "--exchange '\(exchange)': " + Spelling.advice(for: exchange, among: ["in_place", "copy"]))
    }
  }

  private func check(_ path: String) throws {
    let name = path.lowercased()
    guard name.hasSuffix(".svg") || name.hasSuffix(".html") else {
      throw CommandError.usage("--output '\(path)': the name must end with .svg or .html")
    }
    try OutputFiles.checkWritable(path, key: "--output")
    guard overwrite || !Storage.exists(path) else {
      throw CommandError(
        "--output \(path) is there already: pass --overwrite to replace it, or choose another name",
        exitCode: ExitCode.inputOutput)
    }
  }
}
