internal import ArgumentParser
private import Configuration
private import Distributed
private import NN
private import Pipeline

/// `sounder transform`: what one layer of a trained model, or a pipeline, makes of the rows of a file.
struct TransformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transform",
    abstract: "Write what a pipeline, or a layer of a trained model, makes of a data file's rows.",
    discussion: """
      With --layer, for latent variables such as an autoencoder's bottleneck; without, what the pipeline \
      of a model, or one of 'sounder fit', makes of rows before a network sees them. The output is HDF5 for a name that \
      ends in .h5 or .hdf5 (data set 'features', which another job can train on with the target that --keep puts \
      beside it), otherwise CSV with one line per row; - is standard output. `sounder inspect` names the layers.
      """)

  @OptionGroup var data: DataOptions

  @Option(
    help:
      "The layer whose output is written; of several, NAME:1 is its second. (default: none, the pipeline alone)"
  )
  var layer: String?

  @Option(help: "The file to write.")
  var output = "-"

  @Option(
    help: ArgumentHelp(
      "Columns of the data, or data sets beside its features, that are passed through, as in id,name.",
      valueName: "list"))
  var keep: String?

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
    let code = Session.run(reading: data.inputPaths) { world in
      let model =
        try layer.map { try TrainedModel(reading: data.modelPath).part(endingAt: $0) }
        ?? TrainedModel(readingPipeline: data.modelPath)
      let kept = keep.map(ListOption.words) ?? []
      let rows = try ModelData(
        data, for: model, needsTarget: false, kept: kept, output: output, report, on: world)
      defer { rows.remove() }
      var leftOutCount = 0
      let count = try rows.naming {
        try Predictor(model, source: rows.source).keeping(kept)
          .run(on: world, rows: rows.rows, asked: rows.asked, gaps: rows.gaps, output: output) {
            rows.tell(of: $0)
            leftOutCount = $0.count
          }
      }
      if world.rank == 0 { show(count, without: rows.unreadableCount, leftOutCount, model) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func show(
    _ count: Int, without unreadableCount: Int, _ leftOutCount: Int, _ model: TrainedModel
  ) {
    let shape = model.network.outputShape
    if report.json {
      TrainingDisplay.printJSON([
        "rows": Value(.int(count)), "unreadable_rows": Value(.int(unreadableCount)),
        "left_out_rows": Value(.int(leftOutCount)),
        "output": Value(.string(output)),
        "layer": layer.map { Value(.string($0)) } ?? nil,
        "shape": Value(.list(shape.map { Value(.int($0)) })),
      ])
    } else if output != "-", !report.quiet {
      print("wrote \(output)  rows \(Figures.grouped(count))  shape \(shape)")
    }
  }
}
