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

  @OptionGroup var measures: MeasureOptions
  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

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
      let evaluation = try rows.naming {
        try Evaluator(model, source: rows.source, request: measures.request)
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
    guard let confusion = evaluation.confusion else { return }
    let table = ConfusionTable(
      counts: confusion.counts, classCount: confusion.classCount, names: classNames)
    print("")
    for line in table.lines { print(line) }
    guard measures.perClass, let classes = evaluation.classes else { return }
    print("")
    for line in ClassTable(classes, names: classNames).lines { print(line) }
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
    if let confusion = evaluation.confusion {
      let count = confusion.classCount
      let rows = (0..<count).map { truth in
        Value(.list((0..<count).map { Value(.int(Int(confusion[truth, $0]))) }))
      }
      entries.append(.init("confusion", Value(.list(rows))))
      if let classNames {
        entries.append(.init("classes", Value(.list(classNames.map { Value(.string($0)) }))))
      }
    }
    if measures.perClass, let classes = evaluation.classes {
      entries += ClassTable(classes, names: classNames).entries
    }
    return Value(.map(entries))
  }
}
