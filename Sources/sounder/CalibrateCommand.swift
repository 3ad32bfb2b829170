internal import ArgumentParser
private import Configuration
private import Distributed
private import Pipeline

/// `sounder calibrate`: measures how far a trained model misses, so that its intervals cover what they
/// say.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract:
      "Calibrate the prediction intervals of a trained model, and write that into its file.",
    discussion: """
      Without a data file the rows are those that the model's job kept for validation. They must not be
      rows that the model was trained on. 'sounder predict --interval 0.9' uses the calibration.
      """)

  @Argument(help: ArgumentHelp("The model file.", valueName: "model.h5"))
  var modelPath: String

  @Argument(
    help: ArgumentHelp(
      "A data file (default: the rows that the model's job kept for validation).",
      valueName: "data.h5"))
  var dataPath: String?

  @Option(help: "The data set of features (default: as in the model's job).")
  var features: String?

  @Option(help: "The data set of targets (default: as in the model's job).")
  var target: String?

  @Option(help: ArgumentHelp("Only these rows, as in 0:1000.", valueName: "from:to"))
  var rows: RowSelection?

  @OptionGroup var dropout: DropoutOptions
  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if dataPath == nil, features != nil || target != nil || rows != nil {
      throw ValidationError("--features, --target and --rows choose rows of a data file: name one")
    }
  }

  func run() throws {
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run { world in
      let model = try TrainedModel(reading: modelPath)
      let (source, rows) = try selection(for: model, remarks: world.rank == 0 && !report.quiet)
      let calibration = try Calibrator(
        model, source: source, rows: rows, request: dropout.request
      ).run(on: world)
      if let calibration {
        try Calibrator.store(calibration, in: modelPath)
        show(calibration)
      }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  private func selection(
    for model: TrainedModel, remarks: Bool
  ) throws -> (DataSource, RowSet?) {
    guard let dataPath else {
      let heldOut = try Calibrator.heldOutRows(of: model)
      return (heldOut.source, heldOut.rows)
    }
    let selection = try DataSelection(
      dataPath, for: model, features: features, target: target, needsTarget: true)
    if remarks, let remark = selection.remark { StandardError.write(remark + "\n") }
    return (
      selection.source, try rows.map { RowSet(runs: [try $0.range(in: selection.source)]) }
    )
  }

  private static let levels = [0.5, 0.8, 0.9, 0.95, 0.99]

  private func show(_ calibration: IntervalCalibration) {
    let factors = Self.levels.compactMap { level in
      calibration.factor(level, target: 0).map { (level, $0) }
    }
    if report.json {
      TrainingDisplay.printJSON(
        Value(
          .map([
            .init("rows", Value(.int(calibration.rowCount))),
            .init("source", Value(.string(calibration.source))),
            .init(
              "factors",
              Value(.map(factors.map { .init("\($0.0)", Value(.number($0.1))) }))),
          ])))
      return
    }
    guard !report.quiet else { return }
    print("calibrated \(modelPath)")
    print("data  \(calibration.source)")
    print("rows  \(Figures.grouped(calibration.rowCount))")
    let unit = calibration.scale == .absolute ? "in the network's units" : "predicted deviations"
    for (level, factor) in factors {
      print("interval \(level)  prediction ± \(Figures.metric(factor)) \(unit)")
    }
  }
}
