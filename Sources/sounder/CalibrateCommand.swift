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

  @OptionGroup var raw: RawOptions
  @OptionGroup var dropout: DropoutOptions
  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if dataPath == nil, features != nil || target != nil || rows != nil {
      throw ValidationError("--features, --target and --rows choose rows of a data file: name one")
    }
    if dataPath == nil, raw.isGiven {
      throw ValidationError(
        "--header, --separator, --columns and --strict say how a data file is read: name one")
    }
  }

  func run() throws {
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run(reading: try inputFiles()) { world in
      try Calibrator.checkStorable(in: modelPath)
      let model = try TrainedModel(reading: modelPath)
      var unreadableCount = 0
      let calibration =
        if let dataPath {
          try calibrate(model, dataPath, on: world, without: &unreadableCount)
        } else {
          try calibrateHeldOut(model, on: world)
        }
      if let calibration {
        try Calibrator.store(calibration, in: modelPath)
        show(calibration, without: unreadableCount)
      }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// The model and the data files; where none are named, those of the model's job.
  private func inputFiles() throws -> [String] {
    if let dataPath {
      let data = DataSource(file: dataPath, features: "", target: nil)
      return [modelPath] + ((try? data.paths()) ?? [])
    }
    try FileProbe([modelPath]).check()
    return [modelPath] + (try TrainedModel(reading: modelPath).job?.data.files ?? [])
  }

  /// Measures on the rows that the model's job kept from training.
  private func calibrateHeldOut(
    _ model: TrainedModel, on world: borrowing Communicator
  ) throws -> IntervalCalibration? {
    let converted = try model.job.map {
      try ConvertedJobData(
        $0.data, for: $0.pipeline, beside: raw.place(beside: modelPath),
        with: try MPIImportCrew(world))
    }
    defer { converted?.remove() }
    if world.rank == 0, !report.quiet {
      for remark in converted?.remarks ?? [] { StandardError.write(remark + "\n") }
    }
    func measure() throws -> IntervalCalibration? {
      let heldOut = try Calibrator.heldOutRows(
        of: model, in: converted?.data, with: try MPIImportCrew(world))
      return try Calibrator(
        model, source: heldOut.source, rows: heldOut.rows, request: dropout.request
      ).run(on: world) {
        guard world.rank == 0, !report.quiet else { return }
        let numbers = converted?.numbers ?? RowNumbers()
        StandardError.write(numbers.remark(on: $0, of: heldOut.source) + "\n")
      }
    }
    var calibration = if let converted { try converted.naming(measure) } else { try measure() }
    calibration?.rename { converted?.named($0) ?? $0 }
    return calibration
  }

  /// Measures on the rows of a data file.
  private func calibrate(
    _ model: TrainedModel, _ path: String, on world: borrowing Communicator,
    without unreadableCount: inout Int
  ) throws -> IntervalCalibration? {
    let data = try ModelData(
      path: path, features: features, rows: rows, raw, for: model, target: target,
      needsTarget: true, output: modelPath, report, on: world)
    defer { data.remove() }
    if world.rank == 0, !report.quiet, let remark = data.remark(about: model) {
      StandardError.write(remark + "\n")
    }
    var calibration = try data.naming {
      try Calibrator(
        model, source: data.source, rows: data.rows.map { RowSet(runs: [$0]) },
        request: dropout.request
      ).run(on: world) { data.tell(of: $0) }
    }
    calibration?.rename { data.named($0) }
    unreadableCount = data.unreadableCount
    return calibration
  }

  private static let levels = [0.5, 0.8, 0.9, 0.95, 0.99]

  private func show(_ calibration: IntervalCalibration, without unreadableCount: Int) {
    let factors = Self.levels.compactMap { level in
      calibration.factor(level, target: 0).map { (level, $0) }
    }
    if report.json {
      TrainingDisplay.printJSON(
        Value(
          .map([
            .init("rows", Value(.int(calibration.rowCount))),
            .init("unreadable_rows", Value(.int(unreadableCount))),
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
