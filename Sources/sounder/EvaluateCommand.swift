internal import ArgumentParser
internal import Configuration
internal import Distributed
private import NN
private import Pipeline

/// `sounder evaluate`: measures a trained model on rows with known targets.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a trained model on a data file: loss, metrics, confusion matrix.")

  @OptionGroup var data: DataOptions

  @Option(help: "The data set of targets (default: as in the model's job).")
  var target: String?

  @Option(
    help: ArgumentHelp(
      """
      The loss of a model that has none, as a file of Keras', as in training.loss: mse, or of several outputs \
      digit: mse, size: mae. (default: the one that Keras compiled it with)
      """))
  var loss: String?

  @OptionGroup var measures: MeasureOptions
  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func validate() throws { _ = try lossValue() }

  /// The loss as a tree; nil where none is named.
  private func lossValue() throws -> Value? {
    guard let loss else { return nil }
    // Several outputs, or a loss with options, are a map without its braces.
    let isMap = loss.contains(":") && !loss.hasPrefix("{")
    let value = try? Value(yaml: isMap ? "{\(loss)}" : loss, file: "--loss")
    switch value?.kind {
    case .string, .map: break
    default:
      throw ValidationError(
        "--loss \(loss) is no loss: name it as in mean_squared_error or \"huber: {delta: 2}\"")
    }
    return value
  }

  func run() throws {
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run(reading: data.inputPaths) { world in
      let model = try TrainedModel(reading: data.modelPath)
      let rows = try ModelData(
        data, for: model, target: target, needsTarget: true, report, on: world)
      defer { rows.remove() }
      if world.rank == 0, !report.quiet {
        for remark in remarks(on: rows, of: model) {
          StandardError.write(remark + "\n")
        }
      }
      var request = measures.request
      request.loss = try lossValue()
      let evaluation = try rows.naming {
        try Evaluator(model, source: rows.source, request: request)
          .run(on: world, rows: rows.rows)
      }
      rows.tell(of: evaluation.leftOut)
      if world.rank == 0 {
        if !report.quiet, let remark = evaluation.remark {
          StandardError.write(remark + ": there is none\n")
        }
        show(evaluation, of: rows)
      }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// What the figures could be mistaken for.
  private func remarks(on rows: ModelData, of model: TrainedModel) -> [String] {
    var remarks: [String] = []
    if let inverse = model.pipeline.target.inverse, inverse != .identity {
      remarks.append(
        "the job's pipeline.target scales the targets: figures are in its units, predictions are not"
      )
    }
    if let remark = rows.remark(about: model) { remarks.append(remark) }
    return remarks
  }

  private func show(_ evaluation: Evaluation, of rows: ModelData) {
    let source = rows.source
    let classNames = ClassNames.of(source)
    if report.json {
      TrainingDisplay.printJSON(value(evaluation, classNames, without: rows.unreadableCount))
      return
    }
    let target = source.target.map { ", \($0)" } ?? ""
    print("data  \(rows.name): \(source.features)\(target)")
    if let weights = source.weights { print("loss weighted by  \(weights)") }
    print("rows  \(Figures.grouped(evaluation.rowCount))")
    for result in evaluation.values { print("\(result.name)  \(Figures.metric(result.value))") }
    for output in evaluation.classified {
      let tables = OutputTables(output, names: classNames, tellsClasses: measures.perClass)
      for line in tables.lines { print(line) }
    }
  }

  private func value(
    _ evaluation: Evaluation, _ classNames: [String]?, without unreadableCount: Int
  ) -> Value {
    var entries: [Value.Entry] = [.init("rows", Value(.int(evaluation.rowCount)))]
    if unreadableCount > 0 {
      entries.append(.init("unreadable_rows", Value(.int(unreadableCount))))
    }
    if evaluation.leftOut.count > 0 {
      entries.append(.init("left_out_rows", Value(.int(evaluation.leftOut.count))))
    }
    entries += evaluation.values.map { .init($0.name, Value(.number($0.value))) }
    entries += OutputTables.entries(
      evaluation.classified, names: classNames, tellsClasses: measures.perClass)
    return Value(.map(entries))
  }
}
