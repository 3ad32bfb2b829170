internal import Configuration
internal import Distributed
private import NN

/// What a training on folds has found, as text and as a tree.
struct FoldTable {
  private let report: CrossValidation.Report
  private let tellsClasses: Bool
  private let keepsModels: Bool

  init(_ report: CrossValidation.Report, tellsClasses: Bool, keepsModels: Bool) {
    (self.report, self.tellsClasses, self.keepsModels) = (report, tellsClasses, keepsModels)
  }

  /// A line for each fold, mean and standard deviation, and the classes of all folds together.
  var lines: [String] {
    let summaries = report.summaries
    var table = TextTable(header: ["fold", "rows"] + summaries.map(\.name))
    for fold in report.folds {
      table.rows.append(
        ["\(fold.index)", Figures.grouped(fold.evaluation.rowCount)]
          + fold.evaluation.values.map { Figures.metric($0.value) })
    }
    var lines = table.lines
    for summary in summaries {
      lines.append(
        "\(summary.name)  \(Figures.metric(summary.mean)) ± \(Figures.metric(summary.deviation))")
    }
    for output in report.classified {
      let tables = OutputTables(output, names: report.classNames, tellsClasses: tellsClasses)
      lines += tables.lines
    }
    if keepsModels { lines += report.folds.map { "wrote \($0.modelPath)" } }
    return lines
  }

  /// The event of one fold.
  static func value(of fold: CrossValidation.Fold) -> Value {
    Value(
      .map(
        [
          .init("event", "fold"), .init("fold", Value(.int(fold.index))),
          .init("rows", Value(.int(fold.evaluation.rowCount))),
        ] + fold.evaluation.values.map { .init($0.name, Value(.number($0.value))) }))
  }

  /// The event at the end: `mean` and `deviation` of each figure.
  var value: Value {
    let summaries = report.summaries
    var entries: [Value.Entry] = [
      .init("event", "folds"), .init("folds", Value(.int(report.folds.count))),
      .init(
        "mean", Value(.map(summaries.map { .init($0.name, Value(.number($0.mean))) }))),
      .init(
        "deviation", Value(.map(summaries.map { .init($0.name, Value(.number($0.deviation))) }))),
    ]
    entries += OutputTables.entries(
      report.classified, names: report.classNames, tellsClasses: tellsClasses)
    if keepsModels {
      entries.append(
        .init("models", Value(.list(report.folds.map { Value(.string($0.modelPath)) }))))
    }
    return Value(.map(entries))
  }
}
