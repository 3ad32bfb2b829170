import HDF5

/// What some rows say about the columns of a table, in a form that merges.
struct TableSurvey: TableFindings {
  /// What they say about one column.
  struct ColumnFindings: Sendable {
    fileprivate(set) var missingCount = 0
    fileprivate(set) var areWhole: Bool
    /// The different cells, as long as these are few.
    fileprivate var counts = TextCounts()
    fileprivate var areMany: Bool

    init(_ kind: ColumnKind) {
      areWhole = kind != .text
      areMany = kind != .text && kind.width != 1
    }

    /// Tells no cells apart any more where there are too many different ones.
    fileprivate mutating func forgetMany() {
      guard counts.count > TableSummary.mostCategories else { return }
      areMany = true
      counts = TextCounts()
    }

    /// The different cells; nil where they are too many.
    func categories(areNumbers: Bool) -> [TableSummary.Category]? {
      guard !areMany else { return nil }
      let texts = CategoryOrder.alphabetical.categories(counts, areNumbers: areNumbers).texts
      return (0..<texts.count).map { number in
        let place = counts.index.number(texts.bytes.span, texts.range(number))
        return TableSummary.Category(
          text: texts.text(number), count: place.map { counts.counts($0).first ?? 0 } ?? 0)
      }
    }
  }

  /// How many rows there were.
  private(set) var rowCount = 0
  /// What is known of each column.
  private(set) var columns: [ColumnFindings]

  /// Knows nothing yet.
  init(_ columns: [Column]) {
    self.columns = columns.map { ColumnFindings($0.kind) }
  }

  /// The rows, and for each column what is missing, two truths, and the counts where they are kept.
  var values: [Double] {
    get {
      columns.reduce(into: [Double(rowCount)]) { values, column in
        values += [
          Double(column.missingCount), column.areWhole ? 1 : 0, column.areMany ? 1 : 0,
        ]
        if !column.areMany { values += column.counts.values }
      }
    }
    set {
      rowCount = Int(newValue[0])
      var place = 1
      for index in columns.indices {
        columns[index].missingCount = Int(newValue[place])
        columns[index].areWhole = newValue[place + 1] == 1
        columns[index].areMany = newValue[place + 2] == 1
        place += 3
        columns[index].counts = TextCounts()
        if !columns[index].areMany { place += columns[index].counts.take(newValue[place...]) }
      }
    }
  }

  /// Takes in cells.
  mutating func add(_ block: TableBlock) {
    rowCount += block.rowCount
    var cell = CellText()
    for (index, column) in block.columns.enumerated() {
      guard column.isText || column.width == 1 else {
        for number in column.numbers.prefix(block.rowCount * column.width) {
          if number.isNaN { columns[index].missingCount += 1 }
          if number.rounded() != number, !number.isNaN { columns[index].areWhole = false }
        }
        continue
      }
      for row in 0..<block.rowCount {
        guard !CellText.isMissing(column, row) else {
          columns[index].missingCount += 1
          continue
        }
        if columns[index].areWhole, column.numbers[row].rounded() != column.numbers[row] {
          columns[index].areWhole = false
        }
        guard !columns[index].areMany,
          let place = cell.place(column, row, in: &columns[index].counts)
        else { continue }
        columns[index].counts.add(1, to: place)
        columns[index].forgetMany()
      }
    }
  }

  /// Takes in what other rows say.
  mutating func merge(_ other: TableSurvey) {
    rowCount += other.rowCount
    for (index, found) in other.columns.enumerated() {
      columns[index].missingCount += found.missingCount
      columns[index].areWhole = columns[index].areWhole && found.areWhole
      if found.areMany {
        columns[index].areMany = true
        columns[index].counts = TextCounts()
      } else if !columns[index].areMany {
        columns[index].counts.merge(found.counts)
        columns[index].forgetMany()
      }
    }
  }
}
