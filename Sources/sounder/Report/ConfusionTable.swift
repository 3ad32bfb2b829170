/// A confusion matrix as text: a row per true class, a column per predicted one.
package struct ConfusionTable {
  /// Counts, row by row: `counts[truth * classCount + predicted]`.
  let counts: [Int]
  /// A name per class.
  let names: [String]

  private static let largestMatrix = 20

  /// Counts by class; classes without a name get their number.
  package init(counts: [Double], classCount: Int, names: [String]?) {
    self.counts = counts.map { Int(exactly: $0.rounded()) ?? 0 }
    let known = names.flatMap { $0.count == classCount ? $0 : nil }
    self.names = known ?? (0..<classCount).map { "\($0)" }
  }

  /// The whole matrix, or its largest confusions when it has too many classes for a page.
  package var lines: [String] {
    names.count <= Self.largestMatrix ? matrix.lines : ["largest confusions:"] + largest.lines
  }

  private var matrix: TextTable {
    let isNumbered = names == names.indices.map { "\($0)" }
    var table = TextTable(
      header: ["true \\ predicted"] + names.map { String($0.prefix(8)) } + ["recall"])
    for truth in names.indices {
      let row = row(truth)
      let total = row.reduce(0, +)
      let recall = total == 0 ? "-" : Figures.fixed(Double(row[truth]) / Double(total), 3)
      let name = isNumbered ? "class \(truth)" : names[truth]
      table.rows.append([name] + row.map { "\($0)" } + [recall])
    }
    return table
  }

  private var largest: TextTable {
    var pairs: [(truth: Int, predicted: Int, count: Int)] = []
    for truth in names.indices {
      for (predicted, count) in row(truth).enumerated() where predicted != truth && count > 0 {
        pairs.append((truth, predicted, count))
      }
    }
    var table = TextTable(header: ["true", "predicted", "rows"])
    for pair in pairs.sorted(by: { $0.count > $1.count }).prefix(20) {
      table.rows.append([names[pair.truth], names[pair.predicted], "\(pair.count)"])
    }
    return table
  }

  private func row(_ truth: Int) -> [Int] {
    Array(counts[truth * names.count..<(truth + 1) * names.count])
  }
}
