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

  @OptionGroup var launch: LaunchOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    if launch.startsRanks { return try launch.launch() }
    let code = Session.run { world in
      let model = try TrainedModel(reading: data.modelPath)
      let selection = try data.selection(
        for: model, target: target, needsTarget: true, remarks: world.rank == 0 && !report.quiet)
      if world.rank == 0, !report.quiet {
        for remark in remarks(on: selection.source, of: model) {
          StandardError.write(remark + "\n")
        }
      }
      let evaluation = try Evaluator(model, source: selection.source).run(
        on: world, rows: try data.rows?.range(in: selection.source))
      if world.rank == 0 { show(evaluation, of: selection.source) }
      return 0
    }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// What the figures could be mistaken for.
  private func remarks(on source: DataSource, of model: TrainedModel) -> [String] {
    var remarks: [String] = []
    if let inverse = model.pipeline.target.inverse, inverse != .identity {
      remarks.append(
        "the job's pipeline.target scales the targets: figures are in its units, predictions are not"
      )
    }
    guard let trained = model.job?.data, data.rows == nil,
      let paths = try? source.paths(), let others = try? trained.train.paths(),
      paths.map({ FileIdentity($0) }) == others.map({ FileIdentity($0) }),
      source.features == trained.train.features
    else { return remarks }
    switch trained.validation {
    case .fraction, .fold:
      remarks.append(
        "these are all rows of the job's data.train, also those that the model was trained on")
    case .source, nil:
      remarks.append("these are rows that the model was trained on: the job's data.train")
    }
    return remarks
  }

  private func show(_ evaluation: Evaluation, of source: DataSource) {
    let classNames = ClassNames.of(source)
    if report.json {
      TrainingDisplay.printJSON(value(evaluation, classNames))
      return
    }
    let target = source.target.map { ", \($0)" } ?? ""
    print("data  \(source.file): \(source.features)\(target)")
    if let weights = source.weights { print("loss weighted by  \(weights)") }
    print("rows  \(Figures.grouped(evaluation.rowCount))")
    for result in evaluation.values { print("\(result.name)  \(Figures.metric(result.value))") }
    guard let confusion = evaluation.confusion else { return }
    let table = ConfusionTable(
      counts: confusion.counts, classCount: confusion.classCount, names: classNames)
    print("")
    for line in table.lines { print(line) }
  }

  private func value(_ evaluation: Evaluation, _ classNames: [String]?) -> Value {
    var entries: [Value.Entry] = [.init("rows", Value(.int(evaluation.rowCount)))]
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
    return Value(.map(entries))
  }
}
