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

      CSV data are read as the model's pipeline knows them, columns by name. A row that cannot be read
      has an empty prediction in its place:
        sounder predict houses.h5 new.csv.gz --keep id --output prices.csv
      """)

  @OptionGroup var data: DataOptions

  @Option(help: "The file to write.")
  var output = "-"

  @Flag(help: "Replace the output file that is there already.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "Columns of the data, or data sets beside its features, that are passed through, as in id,name.",
      valueName: "list"))
  var keep: String?

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
    let code = Session.run(reading: data.inputPaths) { world in
      let model = try TrainedModel(reading: data.modelPath)
      let kept = keep.map(ListOption.words) ?? []
      let rows = try ModelData(
        data, for: model, needsTarget: false, kept: kept, output: output, report, on: world)
      defer { rows.remove() }
      if world.rank == 0, !report.quiet, forecast.interval != nil, !forecast.uncalibrated,
        model.calibration == nil, model.predictsDistribution || forecast.request.passCount > 0
      {
        StandardError.write(
          "the model is not calibrated: intervals are those of the predicted distribution "
            + "('sounder calibrate' makes them cover what they say)\n")
      }
      var leftOutCount = 0
      let count = try rows.naming {
        try Predictor(model, source: rows.source, request: forecast.request)
          .naming(classes: model.pipeline.targetClasses?.names).keeping(kept)
          .run(on: world, rows: rows.rows, asked: rows.asked, gaps: rows.gaps, output: output) {
            rows.tell(of: $0)
            leftOutCount = $0.count
          }
      }
      if world.rank == 0 { show(count, without: rows.unreadableCount, leftOutCount) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func show(_ count: Int, without unreadableCount: Int, _ leftOutCount: Int) {
    if report.json {
      TrainingDisplay.printJSON([
        "rows": Value(.int(count)), "unreadable_rows": Value(.int(unreadableCount)),
        "left_out_rows": Value(.int(leftOutCount)),
        "output": Value(.string(output)),
      ])
    } else if output != "-", !report.quiet {
      print("wrote \(output)  rows \(Figures.grouped(count))")
    }
  }
}
