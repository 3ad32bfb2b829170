private import Glibc
internal import HDF5
private import NN

/// Takes predictions in row order and writes them to a file.
protocol PredictionWriter: AnyObject {
  /// The fields of `rowCount` rows that follow those written before, row by row.
  func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws
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
  private var position = 0

  init(
    _ file: borrowing File, rowCount: Int, fields: [PredictionField], width: Int
  ) throws {
    let root = try file.root()
    var columns: [Column] = []
    for field in fields { columns.append(try Column(field, rowCount: rowCount, in: root)) }
    self.columns = columns
    self.width = width
  }

  func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    guard rowCount > 0 else { return }
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

/// Predictions as text: a header, then one line per row with its number, its class where there are
/// classes, and the numbers of all fields.
final class CSVPredictionWriter: PredictionWriter {
  private let descriptor: Int32
  private let path: String
  private let closes: Bool
  private let width: Int
  private let fields: [PredictionField]
  private var row: Int

  /// Writes to standard output for `-`; otherwise makes the file.
  init(
    _ path: String, firstRow: Int, fields: [PredictionField], width: Int
  ) throws {
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
    var names = ["row"]
    for field in fields { names += (field.classes.map { [$0.column] } ?? []) + field.columns }
    try put(names.joined(separator: ",") + "\n")
  }

  func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    var text = ""
    for index in 0..<rowCount {
      text += "\(row + index)"
      for field in fields {
        let start = index * width + field.offset
        if field.classes != nil {
          text += ",\(PredictionWriting.winner(rows, at: start, count: field.count))"
        }
        for value in rows[start..<start + field.count] { text += ",\(value)" }
      }
      text += "\n"
    }
    row += rowCount
    try put(text)
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
