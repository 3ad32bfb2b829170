internal import ArgumentParser
private import Configuration
private import Distributed
private import NN
private import Pipeline

/// `sounder transform`: what one layer of a trained model makes of the rows of a file.
struct TransformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transform",
    abstract: "Write the output of one layer of a trained model for the rows of a data file.",
    discussion: """
      For latent variables such as an autoencoder's bottleneck. The output is HDF5 for a name that \
      ends in .h5 or .hdf5 (data set 'features', which another job can train on), otherwise CSV with \
      one line per row; - is standard output. `sounder inspect` names the layers.
      """)

  @OptionGroup var data: DataOptions

  @Option(help: "The layer whose output is written.")
  var layer: String

  @Option(help: "The file to write.")
  var output = "-"

  @Flag(help: "Replace the output file that is there already.")
  var overwrite = false

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if report.json, output == "-" {
      throw ValidationError("--json and the rows would share standard output: name an --output")
    }
    if output.isEmpty { throw ValidationError("--output needs the name of a file, or -") }
  }

  func run() throws {
    try OutputCheck.check(output, overwrite: overwrite, inputs: data.inputPaths)
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run { world in
      let model = try TrainedModel(reading: data.modelPath).part(endingAt: layer)
      let selection = try data.selection(
        for: model, target: nil, needsTarget: false, remarks: world.rank == 0 && !report.quiet)
      let count = try Predictor(model, source: selection.source).run(
        on: world, rows: try data.rows?.range(in: selection.source), output: output)
      if world.rank == 0 { show(count, model) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func show(_ count: Int, _ model: TrainedModel) {
    let shape = model.network.outputShape
    if report.json {
      TrainingDisplay.printJSON([
        "rows": Value(.int(count)), "output": Value(.string(output)),
        "layer": Value(.string(layer)), "shape": Value(.list(shape.map { Value(.int($0)) })),
      ])
    } else if output != "-", !report.quiet {
      print("wrote \(output)  rows \(Figures.grouped(count))  shape \(shape)")
    }
  }
}
