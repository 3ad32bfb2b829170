internal import Configuration
internal import Distributed
private import NN

/// What was counted of the classes, or labels, of one of a network's outputs, as text and as a tree.
struct OutputTables {
  private let output: OutputClasses
  private let names: [String]?
  private let tellsClasses: Bool

  /// Classes without a name get their number; `tellsClasses` adds the figures of each.
  init(_ output: OutputClasses, names: [String]?, tellsClasses: Bool) {
    (self.output, self.tellsClasses) = (output, tellsClasses)
    // Of several outputs nobody knows which the names are of.
    self.names = output.output.isEmpty ? names : nil
  }

  /// Tables with an empty line before each; those of one of several outputs begin with its name.
  var lines: [String] {
    var tables: [[String]] = []
    if let confusion = output.confusion {
      let table = ConfusionTable(
        counts: confusion.counts, classCount: confusion.classCount, names: names)
      tables.append(table.lines)
    } else {
      tables.append(labelTable.lines)
    }
    if tellsClasses { tables.append(ClassTable(output.report, names: names).lines) }
    let title = output.output.isEmpty ? [] : ["\(output.output):"]
    return tables.flatMap { [""] + title + $0 }
  }

  /// The counts of each label.
  private var labelTable: TextTable {
    var table = TextTable(
      header: ["label", "true_positive", "false_positive", "false_negative", "true_negative"])
    let labels = output.labels
    let names = names.flatMap { $0.count == labels.count ? $0 : nil }
    for (index, counts) in labels.enumerated() {
      let cells = [counts[1, 1], counts[0, 1], counts[1, 0], counts[0, 0]]
      table.rows.append([names?[index] ?? "\(index)"] + cells.map { Figures.grouped(Int($0)) })
    }
    return table
  }

  /// `confusion`, of labels a list of 2 x 2 counts, no before yes; `classes`; and the figures of each.
  private var entries: [Value.Entry] {
    let counts =
      output.confusion.map(Self.value) ?? Value(.list(output.labels.map(Self.value)))
    var entries: [Value.Entry] = [.init("confusion", counts)]
    if let names {
      entries.append(.init("classes", Value(.list(names.map { Value(.string($0)) }))))
    }
    if tellsClasses { entries += ClassTable(output.report, names: names).entries }
    return entries
  }

  /// The entries of a network's outputs: of a single one its own, of several `outputs`, a map of their names to theirs.
  static func entries(
    _ outputs: [OutputClasses], names: [String]?, tellsClasses: Bool
  ) -> [Value.Entry] {
    let all = outputs.map { OutputTables($0, names: names, tellsClasses: tellsClasses) }
    if let only = all.first, only.output.output.isEmpty { return only.entries }
    guard !all.isEmpty else { return [] }
    return [
      .init("outputs", Value(.map(all.map { .init($0.output.output, Value(.map($0.entries))) })))
    ]
  }

  private static func value(_ confusion: ConfusionMatrix) -> Value {
    let count = confusion.classCount
    return Value(
      .list(
        (0..<count).map { truth in
          Value(.list((0..<count).map { Value(.int(Int(confusion[truth, $0]))) }))
        }))
  }
}
