import HDF5

/// Writes the rows of one CSV file that has been looked through.
struct CSVImport {
  let survey: CSVSurvey
  let target: CSVTarget
  /// The data set's name; with a target, that of the group of `features` and `target`.
  let name: String
  let options: ImportOptions

  /// Streams the file, block by block.
  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let width = survey.columnCount - (survey.targetColumn == nil ? 0 : 1)
    let rowCount = survey.rowCount
    let prefix = name.isEmpty ? "" : name + "/"
    let featuresName = survey.targetColumn == nil ? name : prefix + "features"
    let chunkRows = try options.chunkRows(
      rowCount: rowCount, rowByteCount: 4 * width, featuresName)
    let root = try file.root()
    let features = try root.createDataset(
      featuresName, shape: [rowCount, width], of: Float.self, chunks: [chunkRows, width],
      gzip: options.gzip)
    if let names = survey.columnNames {
      let rest = names.indices.filter { $0 != survey.targetColumn }.map { names[$0] }
      try features.writeAttribute("feature_names", rest)
    }
    var entries = [
      ImportSummary.Entry(
        name: featuresName, path: survey.path, shape: [rowCount, width], type: .float32,
        missingCount: survey.missingCount)
    ]
    guard survey.targetColumn != nil else {
      try write(features, nil, width, chunkRows, report)
      return entries
    }
    let targets = try root.createDataset(
      prefix + "target", shape: [rowCount], type: target.elementType, chunks: [chunkRows],
      gzip: options.gzip)
    var entry = ImportSummary.Entry(
      name: prefix + "target", path: survey.path, shape: [rowCount], type: target.elementType,
      missingCount: 0)
    if case .classes(let names) = target {
      try targets.writeAttribute("class_names", names)
      entry.classNames = names
    }
    if let column = survey.targetColumn, let names = survey.columnNames {
      try targets.writeAttribute("name", names[column])
    }
    try write(features, TargetWriter(dataset: targets, target), width, chunkRows, report)
    entries.append(entry)
    return entries
  }

  /// The data set of the targets, and the numbers for it.
  private struct TargetWriter: ~Copyable {
    let dataset: Dataset
    let indices: [String: Double]

    init(dataset: consuming Dataset, _ target: CSVTarget) {
      self.dataset = dataset
      var indices: [String: Double] = [:]
      if case .classes(let names) = target {
        for (index, name) in names.enumerated() { indices[name] = Double(index) }
      }
      self.indices = indices
    }
  }

  private func write(
    _ features: borrowing Dataset, _ target: consuming TargetWriter?, _ width: Int,
    _ chunkRows: Int, _ report: ImportReport
  ) throws {
    let source = try ByteSource(survey.path)
    var records = try CSVRecords(source, separator: survey.dialect.separator)
    if survey.dialect.hasHeader { _ = try records.next() }
    let blockRows = min(ImportOptions.blockRows(chunkRows, 4 * width), survey.rowCount)
    var block = [Float](repeating: 0, count: blockRows * width)
    var targets = [Double](repeating: 0, count: blockRows)
    var row = 0
    while row < survey.rowCount {
      let end = min(row + blockRows, survey.rowCount)
      for index in 0..<(end - row) {
        guard try records.next(), records.fieldCount == survey.columnCount else {
          throw records.error("the file changed while it was read")
        }
        var position = index * width
        for column in 0..<survey.columnCount {
          if column == survey.targetColumn {
            targets[index] = target?.indices[records.text(column)] ?? number(records, column)
          } else {
            block[position] = Float(number(records, column))
            position += 1
          }
        }
      }
      try block.withUnsafeBufferPointer { try features.write(rows: row..<end, from: $0) }
      try targets.withUnsafeBufferPointer { try target?.dataset.write(rows: row..<end, from: $0) }
      row = end
      try report.advance(survey.path, row, of: survey.rowCount)
    }
  }

  private func number(_ records: CSVRecords, _ column: Int) -> Double {
    guard case .number(let number) = CSVCell(records.field(column)) else { return .nan }
    return number
  }
}
