internal import ArgumentParser
private import Configuration
private import Distributed
private import Pipeline

/// `sounder predict`: feeds rows to a trained model and writes what it answers.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict the rows of a data file with a trained model.",
    discussion: """
      The output is HDF5 for a name that ends in .h5 or .hdf5 (data sets 'predictions' and, for a
      classifier, 'classes'), otherwise CSV with one line per row; - is standard output. Regressions are
      in the targets' own units. What is asked for beside the mean has the data sets 'std', 'lower',
      'upper', 'quantiles' and 'samples'.
      """)

  @OptionGroup var data: DataOptions

  @Option(help: "The file to write.")
  var output = "-"

  @Flag(help: "Replace the output file that is there already.")
  var overwrite = false

  @OptionGroup var forecast: ForecastOptions
  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if report.json, output == "-" {
      throw ValidationError("--json and predictions would share standard output: name an --output")
    }
    if output.isEmpty { throw ValidationError("--output needs the name of a file, or -") }
  }

  func run() throws {
    try OutputCheck.check(output, overwrite: overwrite, inputs: data.inputPaths)
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run { world in
      let model = try TrainedModel(reading: data.modelPath)
      let selection = try data.selection(
        for: model, target: nil, needsTarget: false, remarks: world.rank == 0 && !report.quiet)
      if world.rank == 0, !report.quiet, forecast.interval != nil, !forecast.uncalibrated,
        model.calibration == nil, model.predictsDistribution || forecast.request.passCount > 0
      {
        StandardError.write(
          "the model is not calibrated: intervals are those of the predicted distribution "
            + "('sounder calibrate' makes them cover what they say)\n")
      }
      let count = try Predictor(
        model, source: selection.source, request: forecast.request
      ).run(on: world, rows: try data.rows?.range(in: selection.source), output: output)
      if world.rank == 0 { show(count) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func show(_ count: Int) {
    if report.json {
      TrainingDisplay.printJSON([
        "rows": Value(.int(count)), "output": Value(.string(output)),
      ])
    } else if output != "-", !report.quiet {
      print("wrote \(output)  rows \(Figures.grouped(count))")
    }
  }
}
