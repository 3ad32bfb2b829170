/// How a CSV file is written: its separator, and whether it begins with names.
struct CSVDialect: Sendable {
  let separator: UInt8
  var hasHeader: Bool

  /// A comma may be a decimal point or part of a text; where another separator fits, that is it.
  private static let candidates: [UInt8] = [
    UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: ","),
  ]
  private static let sampleByteCount = 256 << 10
  private static let sampleRows = 20

  /// Finds out, from the first records, what `options` leave open.
  init(_ source: ByteSource, _ options: ImportOptions) throws(PipelineError) {
    let sample = try source.start(Self.sampleByteCount)
    func rows(_ separator: UInt8) -> [[CSVCell]] {
      var records = CSVRecords(sample: sample, of: source.path, separator: separator)
      var rows: [[CSVCell]] = []
      // A faulty record ends the sample here; the survey will name it.
      while rows.count < Self.sampleRows, (try? records.next()) == true {
        var row: [CSVCell] = []
        for column in 0..<records.fieldCount { row.append(CSVCell(records.field(column))) }
        rows.append(row)
      }
      // The sample may end within its last record.
      if rows.count > 1, rows.count < Self.sampleRows, sample.count == Self.sampleByteCount {
        rows.removeLast()
      }
      return rows
    }
    if let separator = options.separator {
      self.separator = separator
    } else {
      // The names that are asked for tell it, whatever else is wrong with the rows.
      var found = Self.candidates.first { candidate in
        guard !options.columnKinds.isEmpty else { return false }
        var records = CSVRecords(sample: sample, of: source.path, separator: candidate)
        guard (try? records.next()) == true else { return false }
        let names = Set((0..<records.fieldCount).map { records.text($0) })
        return options.columnKinds.keys.allSatisfy(names.contains)
      }
      for candidate in Self.candidates where found == nil {
        let rows = rows(candidate)
        guard let width = rows.first?.count, width > 1 else { continue }
        if rows.allSatisfy({ $0.count == width }) { found = candidate }
      }
      separator = found ?? UInt8(ascii: ",")
    }
    if let hasHeader = options.hasHeader {
      self.hasHeader = hasHeader
    } else {
      hasHeader = Self.looksLikeHeader(rows(separator))
    }
  }

  /// Names stand above numbers; where no column has numbers, a line of texts only is one of names.
  private static func looksLikeHeader(_ rows: [[CSVCell]]) -> Bool {
    guard let first = rows.first else { return false }
    if first.allSatisfy({ $0 == .text }) { return true }
    guard rows.count > 1 else { return false }
    for (column, cell) in first.enumerated() where cell == .text {
      let below = rows.dropFirst().filter { $0.count > column }.map { $0[column] }
      if below.contains(where: { if case .number = $0 { true } else { false } }),
        !below.contains(.text)
      {
        return true
      }
    }
    return false
  }
}
