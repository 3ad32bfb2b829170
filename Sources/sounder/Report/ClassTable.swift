internal import Configuration
internal import Distributed

/// How well each class is told, as text and as a tree.
struct ClassTable {
  private let report: ClassReport
  private let names: [String]

  /// Classes without a name get their number.
  init(_ report: ClassReport, names: [String]?) {
    self.report = report
    let known = names.flatMap { $0.count == report.classes.count ? $0 : nil }
    self.names = known ?? report.classes.indices.map { "\($0)" }
  }

  private var hasAreas: Bool { report.classes.contains { $0.areas != nil } }
  private var hasEntropies: Bool { report.classes.contains { $0.crossEntropy != nil } }

  /// A line for each class, and the means.
  var lines: [String] {
    let areas = hasAreas ? ["roc_auc", "pr_auc"] : []
    var table = TextTable(
      header: ["class", "precision", "recall", "f1_score", "specificity", "accuracy"]
        + (hasEntropies ? ["crossentropy"] : []) + areas + ["rows"])
    for (name, row) in zip(names, report.classes) { table.rows.append(cells(name, row)) }
    table.rows.append(cells("macro mean", report.macro))
    table.rows.append(cells("weighted mean", report.weighted))
    return table.lines
  }

  private func cells(_ name: String, _ row: ClassReport.Row) -> [String] {
    let others =
      (hasEntropies ? [row.crossEntropy] : []) + (hasAreas ? [row.areas?.roc, row.areas?.pr] : [])
    let figures = [row.precision, row.recall, row.f1, row.specificity, row.accuracy]
    return [name] + figures.map { Figures.fixed($0, 4) }
      + others.map { $0.map { $0.isNaN ? "nan" : Figures.fixed($0, 4) } ?? "" }
      + [Figures.grouped(Int(row.support))]
  }

  /// `per_class`, `macro` and `weighted`.
  var entries: [Value.Entry] {
    func value(_ row: ClassReport.Row, _ first: [Value.Entry] = []) -> Value {
      var entries = first
      entries += [
        .init("precision", Value(.number(row.precision))),
        .init("recall", Value(.number(row.recall))), .init("f1_score", Value(.number(row.f1))),
        .init("specificity", Value(.number(row.specificity))),
        .init("accuracy", Value(.number(row.accuracy))),
        .init("rows", Value(.int(Int(row.support)))),
      ]
      if let entropy = row.crossEntropy {
        entries.append(.init("crossentropy", Value(.number(entropy))))
      }
      if let areas = row.areas {
        entries += [
          .init("roc_auc", Value(.number(areas.roc))), .init("pr_auc", Value(.number(areas.pr))),
        ]
      }
      return Value(.map(entries))
    }
    let classes = zip(names, report.classes).map { name, row in
      value(row, [.init("class", Value(.string(name)))])
    }
    return [
      .init("per_class", Value(.list(classes))), .init("macro", value(report.macro)),
      .init("weighted", value(report.weighted)),
    ]
  }
}
