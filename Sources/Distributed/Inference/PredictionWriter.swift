private import Glibc
internal import HDF5
private import NN

/// Takes predictions in row order and writes them to a file.
protocol PredictionWriter: AnyObject {
  /// The outputs of `rowCount` rows that follow those written before, row-major.
  func write(_ outputs: UnsafeBufferPointer<Float>, rowCount: Int) throws
}

/// Predictions as the data sets `predictions` [rows, outputs] and, for classes, `classes` [rows].
final class HDF5PredictionWriter: PredictionWriter {
  private let predictions: Dataset
  private let classes: Dataset?
  private let outputCount: Int
  private var position = 0

  init(
    _ file: borrowing File, rowCount: Int, outputShape: [Int], isClassifier: Bool
  ) throws {
    let root = try file.root()
    predictions = try root.createDataset(
      "predictions", shape: [rowCount] + outputShape, of: Float.self)
    classes =
      isClassifier ? try root.createDataset("classes", shape: [rowCount], of: Int32.self) : nil
    outputCount = outputShape.reduce(1, *)
  }

  func write(_ outputs: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    let rows = position..<position + rowCount
    try predictions.write(
      rows: rows, from: UnsafeBufferPointer(rebasing: outputs.prefix(rowCount * outputCount)))
    switch classes {
    case .some(let classes):
      let winners = (0..<rowCount).map { row in
        Int32(PredictionWriting.winner(outputs, row: row, outputCount: outputCount))
      }
      try winners.withUnsafeBufferPointer { try classes.write(rows: rows, from: $0) }
    case .none: break
    }
    position += rowCount
  }
}

/// Predictions as text: a header, then one line per row with its number, its class where there are
/// classes, and the outputs.
final class CSVPredictionWriter: PredictionWriter {
  private let descriptor: Int32
  private let path: String
  private let closes: Bool
  private let outputCount: Int
  private let isClassifier: Bool
  private var row: Int

  /// Writes to standard output for `-`; otherwise makes the file.
  init(_ path: String, firstRow: Int, outputCount: Int, isClassifier: Bool) throws {
    closes = path != "-"
    descriptor = path == "-" ? 1 : open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
    guard descriptor >= 0 else {
      throw DistributedError(
        "\(path) cannot be written: \(String(cString: strerror(errno)))", exitCode: 74)
    }
    self.path = path
    self.outputCount = outputCount
    self.isClassifier = isClassifier
    row = firstRow
    let names = (0..<outputCount).map { "output_\($0)" }
    try put((["row"] + (isClassifier ? ["class"] : []) + names).joined(separator: ",") + "\n")
  }

  func write(_ outputs: UnsafeBufferPointer<Float>, rowCount: Int) throws {
    var text = ""
    for index in 0..<rowCount {
      text += "\(row + index)"
      if isClassifier {
        text += ",\(PredictionWriting.winner(outputs, row: index, outputCount: outputCount))"
      }
      for output in outputs[index * outputCount..<(index + 1) * outputCount] {
        text += ",\(output)"
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
  /// The place of the largest output of a row: its class.
  ///
  /// The first one of equals.
  static func winner(
    _ outputs: UnsafeBufferPointer<Float>, row: Int, outputCount: Int
  ) -> Int {
    guard let outputs = outputs.baseAddress else { return 0 }
    return ConfusionMatrix.largest(outputs + row * outputCount, outputCount)
  }
}
