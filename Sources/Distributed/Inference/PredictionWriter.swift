private import Glibc
internal import HDF5
internal import Pipeline
private import NN

/// Takes predictions in row order and writes them to a file.
package protocol PredictionWriter: AnyObject {
  /// The fields of `rowCount` rows that follow those written before, row by row.
  func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws
  /// Rows that could not be read, and have no prediction.
  func writeMissing(rowCount: Int) throws
  /// Rows that could be read and were left out: without a prediction, too, but what is passed through is there.
  func writeLeftOut(rowCount: Int) throws
}

extension PredictionWriter {
  /// Like rows that could not be read, where nothing is passed through.
  package func writeLeftOut(rowCount: Int) throws { try writeMissing(rowCount: rowCount) }

  /// Calls `body` with the lengths of pieces of `rowCount` rows without a prediction, at most 4096 each: a writer has
  /// all it is given in memory at once.
  func writeInPieces(_ rowCount: Int, _ body: (Int) throws -> Void) rethrows {
    for start in stride(from: 0, to: rowCount, by: 4096) { try body(min(4096, rowCount - start)) }
  }
}

/// Predictions as one data set for each field, `predictions` [rows, outputs] first (of several outputs
/// `predictions/NAME`), and, for classes, `classes` [rows].
final class HDF5PredictionWriter: PredictionWriter {
  /// The data sets of a field.
  private final class Column {
    let field: PredictionField
    let dataset: Dataset
    let classes: Dataset?
    var values: [Float] = []

    init(_ field: PredictionField, rowCount: Int, in root: borrowing Group) throws {
      self.field = field
      dataset = try Self.dataset(
        field.name, shape: [rowCount] + field.shape, of: Float.self, in: root)
      if !field.levels.isEmpty { try dataset.writeAttribute("levels", field.levels) }
      classes = try field.classes.map {
        try Self.dataset($0.dataset, shape: [rowCount], of: Int32.self, in: root)
      }
    }

    func write(classes values: [Int32], to rows: Range<Int>) throws {
      switch classes {
      case .some(let classes):
        try values.withUnsafeBufferPointer { try classes.write(rows: rows, from: $0) }
      case .none: break
      }
    }

    /// Tells the names of the classes, where there are some.
    func name(classes names: [String]) throws {
      switch classes {
      case .some(let classes): try classes.writeAttribute("class_names", names)
      case .none: break
      }
    }

    /// A data set, and the group that stands before its name.
    private static func dataset<E: Element>(
      _ path: String, shape: [Int], of type: E.Type, in root: borrowing Group
    ) throws -> Dataset {
      if let slash = path.firstIndex(of: "/"), !root.contains(String(path[..<slash])) {
        _ = try root.createGroup(String(path[..<slash]))
      }
      return try root.createDataset(path, shape: shape, of: type)
    }
  }

  private let columns: [Column]
  private let width: Int
  private let kept: KeptDatasets?
  private var position = 0
  /// The row that comes next, of those that could be read.
  private var place: Int

  /// Creates the data sets, and those of what is passed through.
  ///
  /// The first row is number `place` among the rows that could be read, where `kept` has it; with `hasGaps` there are
  /// rows that could not.
  init(
    _ file: borrowing File, rowCount: Int, place: Int = 0, hasGaps: Bool = false,
    fields: [PredictionField], width: Int, classNames: [String]?, kept: KeptColumns? = nil
  ) throws {
    let root = try file.root()
    self.place = place
    var columns: [Column] = []
    for field in fields {
      let column = try Column(field, rowCount: rowCount, in: root)
      if let classNames { try column.name(classes: classNames) }
      columns.append(column)
    }
    self.columns = columns
    self.width = width
    self.kept = try kept.map { kept in
      let own = fields.flatMap { [$0.name] + ($0.classes.map { [$0.dataset] } ?? []) }
      return try KeptDatasets(kept, rowCount: rowCount, hasGaps: hasGaps, in: root, beside: own)
    }
  }

  func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    guard rowCount > 0 else { return }
    try kept?.write(place..<place + rowCount)
    place += rowCount
    let range = position..<position + rowCount
    for column in columns {
      try write(rows, rowCount, column, to: range)
      guard column.field.classes != nil else { continue }
      try column.write(
        classes: (0..<rowCount).map { row in
          Int32(
            PredictionWriting.winner(
              rows, at: row * width + column.field.offset, count: column.field.count))
        }, to: range)
    }
    position += rowCount
  }

  func writeMissing(rowCount: Int) throws {
    try kept?.writeMissing(rowCount: rowCount)
    try writeEmpty(rowCount)
  }

  func writeLeftOut(rowCount: Int) throws {
    try kept?.write(place..<place + rowCount)
    place += rowCount
    try writeEmpty(rowCount)
  }

  /// Writes rows without a prediction.
  private func writeEmpty(_ rowCount: Int) throws {
    let range = position..<position + rowCount
    for column in columns {
      try [Float](repeating: .nan, count: rowCount * column.field.count)
        .withUnsafeBufferPointer { try column.dataset.write(rows: range, from: $0) }
      if column.field.classes != nil {
        try column.write(classes: [Int32](repeating: -1, count: rowCount), to: range)
      }
    }
    position += rowCount
  }

  private func write(
    _ rows: UnsafeBufferPointer<Float>, _ rowCount: Int, _ column: Column, to range: Range<Int>
  ) throws {
    let count = column.field.count
    if count == width {
      try column.dataset.write(
        rows: range, from: UnsafeBufferPointer(rebasing: rows.prefix(rowCount * width)))
      return
    }
    if column.values.count < rowCount * count {
      column.values = [Float](repeating: 0, count: rowCount * count)
    }
    for row in 0..<rowCount {
      for j in 0..<count {
        column.values[row * count + j] = rows[row * width + column.field.offset + j]
      }
    }
    try column.values.withUnsafeBufferPointer {
      try column.dataset.write(
        rows: range, from: UnsafeBufferPointer(rebasing: $0.prefix(rowCount * count)))
    }
  }
}

/// Predictions as text: a header, then one line per row with its number, what is passed through from the data,
/// its class where there are classes, and the numbers of all fields.
final class CSVPredictionWriter: PredictionWriter {
  private let descriptor: Int32
  private let path: String
  private let closes: Bool
  private let width: Int
  private let fields: [PredictionField]
  private var row: Int
  private let classNames: [String]?
  private let kept: KeptColumns?
  /// The row that comes next, of those that could be read.
  private var position: Int

  /// Writes to standard output for `-`; otherwise makes the file.
  ///
  /// `firstRow` is the number of the first row, `place` its place among the rows that could be read, where
  /// `kept` has it; `classNames` are written in place of the classes' numbers.
  init(
    _ path: String, firstRow: Int, place: Int? = nil, fields: [PredictionField], width: Int,
    classNames: [String]? = nil, kept: KeptColumns? = nil
  ) throws {
    (self.classNames, self.kept, position) = (classNames, kept, place ?? firstRow)
    closes = path != "-"
    descriptor = path == "-" ? 1 : open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
    guard descriptor >= 0 else {
      throw DistributedError(
        "\(path) cannot be written: \(String(cString: strerror(errno)))", exitCode: 74)
    }
    self.path = path
    self.width = width
    self.fields = fields
    row = firstRow
    var names = ["row"] + (kept?.names ?? [])
    for field in fields {
      names += (field.classes.map { [$0.column] } ?? []) + Self.columns(field, classNames)
    }
    try put(names.map(Self.quoted).joined(separator: ",") + "\n")
  }

  func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    var text = ""
    let cells = try kept?.read(position..<position + rowCount) ?? []
    for index in 0..<rowCount {
      text += "\(row + index)"
      for column in cells { text += "," + Self.quoted(column[index]) }
      for field in fields {
        let start = index * width + field.offset
        if field.classes != nil {
          let place = PredictionWriting.winner(rows, at: start, count: field.count)
          text += "," + (classNames.map { Self.quoted($0[place]) } ?? "\(place)")
        }
        for value in rows[start..<start + field.count] { text += ",\(value)" }
      }
      text += "\n"
    }
    row += rowCount
    position += rowCount
    try put(text)
  }

  func writeMissing(rowCount: Int) throws {
    let cells = kept.map { $0.names.map { _ in [String](repeating: "", count: rowCount) } }
    try writeEmpty(rowCount, cells ?? [])
  }

  func writeLeftOut(rowCount: Int) throws {
    try writeEmpty(rowCount, try kept?.read(position..<position + rowCount) ?? [])
    position += rowCount
  }

  /// Writes rows without a prediction.
  private func writeEmpty(_ rowCount: Int, _ cells: [[String]]) throws {
    let fieldCount = fields.reduce(0) { $0 + $1.count + ($1.classes == nil ? 0 : 1) }
    let empty = String(repeating: ",", count: fieldCount) + "\n"
    var text = ""
    for index in 0..<rowCount {
      text += "\(row + index)"
      for column in cells { text += "," + Self.quoted(column[index]) }
      text += empty
    }
    row += rowCount
    try put(text)
  }

  /// The names of a field's columns: of a field of classes, those of the classes.
  private static func columns(_ field: PredictionField, _ classNames: [String]?) -> [String] {
    guard field.classes != nil, let classNames else { return field.columns }
    return classNames.map { "probability_\($0)" }
  }

  /// A field as CSV has it: in quotes where it would be more than one field otherwise.
  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }

  private func put(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard written > 0 else {
        if errno == EINTR { continue }
        throw DistributedError(
          "\(path) cannot be written: \(String(cString: strerror(errno)))", exitCode: 74)
      }
      rest = rest.dropFirst(written)
    }
  }

  deinit { if closes { close(descriptor) } }
}

/// What the writers share.
enum PredictionWriting {
  /// The place of the largest of the `count` numbers from `start` on: a row's class.
  ///
  /// The first one of equals.
  static func winner(_ rows: UnsafeBufferPointer<Float>, at start: Int, count: Int) -> Int {
    guard let rows = rows.baseAddress else { return 0 }
    return ConfusionMatrix.largest(rows + start, count)
  }
}
