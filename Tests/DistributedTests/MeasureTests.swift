import Distributed
import NN
import Pipeline
import Testing

/// Figures of classes, of folds, and of rows that are missing.
@Suite("Measures")
struct MeasureTests {
  /// What scikit-learn's `classification_report` says of these rows: labels 0, 1 and 2, of which 2 is there 3
  /// times and never predicted, and a class 3 that is neither.
  @Test("precision, recall and F1 of classes, and their means")
  func classes() {
    var confusion = ConfusionMatrix(classCount: 4)
    confusion.counts = [
      4, 1, 0, 0,
      2, 3, 0, 0,
      1, 2, 0, 0,
      0, 0, 0, 0,
    ]
    let report = ClassReport(confusion)
    #expect(report.classes[0].precision == 4.0 / 7 && report.classes[0].recall == 0.8)
    #expect(abs(report.classes[0].f1 - 8.0 / 12) < 1e-12)
    #expect(report.classes[2].precision == 0 && report.classes[2].f1 == 0)
    #expect(report.classes[2].support == 3)
    #expect(report.classes[3].support == 0)
    // One class against the rest: 5 of 13 rows are of class 0, and 3 of the other 8 were taken for it.
    #expect(report.classes[0].specificity == 5.0 / 8 && report.classes[0].accuracy == 9.0 / 13)
    #expect(report.classes[3].specificity == 1 && report.classes[3].crossEntropy == nil)
    // Three classes occur.
    #expect(abs(report.macro.recall - (0.8 + 0.6) / 3) < 1e-12)
    #expect(abs(report.weighted.recall - 7.0 / 13) < 1e-12)
    #expect(report.weighted.support == 13)
  }

  @Test("the deviation of folds is that of a sample")
  func folds() {
    let summary = CrossValidation.summary("loss", [1, 2, 4, 5])
    #expect(summary.mean == 3 && abs(summary.deviation - (10.0 / 3).squareRoot()) < 1e-12)
    #expect(CrossValidation.summary("loss", [1]).deviation.isNaN)
  }

  @Test("rows are counted with those that could not be read, or without")
  func gaps() {
    // Rows 0, 3, 4 and 7 of eight cannot be read.
    let gaps = RowGaps([0, 2, 2, 4], rowCount: 4)
    #expect(gaps.wholeCount == 8)
    #expect((0..<4).map(gaps.row) == [1, 2, 5, 6])
    #expect((0...8).map { gaps.place(of: $0) } == [0, 0, 1, 2, 2, 2, 3, 4, 4])
    #expect((0...8).map { gaps.indices(in: 1..<max(1, $0)).count } == [0, 0, 0, 0, 1, 2, 2, 2, 3])
    #expect(gaps.indices(in: nil) == 0..<4 && gaps.indices(in: 4..<7) == 2..<3)
  }

  @Test("predictions of rows that could not be read are empty, wherever batches end")
  func writer() throws {
    final class Log: PredictionWriter {
      var lines: [String] = []
      func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) {
        for row in 0..<rowCount { lines.append("\(rows[2 * row])") }
      }
      func writeMissing(rowCount: Int) {
        for _ in 0..<rowCount { lines.append("") }
      }
    }
    let rows: [Float] = [0, 9, 1, 9, 2, 9, 3, 9]
    for split in 0...4 {
      let log = Log()
      let writer = GapWriter(log, RowGaps([0, 2, 2, 4], rowCount: 4), from: 0, width: 2)
      try rows.withUnsafeBufferPointer { rows in
        try writer.write(UnsafeBufferPointer(rebasing: rows[..<(2 * split)]), rowCount: split)
        try writer.write(UnsafeBufferPointer(rebasing: rows[(2 * split)...]), rowCount: 4 - split)
      }
      try writer.writeGaps()
      #expect(log.lines == ["", "0.0", "1.0", "", "", "2.0", "3.0", ""], "\(split)")
    }
    // Of rows 10 to 16 of those that could be read, 10, 13, 14 and 16 are left out; one that could not stands
    // before 11 and one before 14.
    for split in 0...3 {
      let log = PassedLog()
      let gaps = GapWriter(log, RowGaps([11, 14], rowCount: 17), from: 10, width: 2)
      let left = RowSet(runs: [10..<11, 13..<15, 16..<17])
      let writer = LeftOutWriter(gaps, left, from: 10, width: 2)
      try rows.withUnsafeBufferPointer { rows in
        try writer.write(UnsafeBufferPointer(rebasing: rows[..<(2 * split)]), rowCount: split)
        try writer.write(UnsafeBufferPointer(rebasing: rows[(2 * split)..<6]), rowCount: 3 - split)
      }
      try writer.writeGap()
      try gaps.writeGaps()
      #expect(
        log.lines == ["out", "bad", "0.0", "1.0", "out", "bad", "out", "2.0", "out"], "\(split)")
    }
  }

  @Test("long runs without a prediction are written in pieces")
  func pieces() throws {
    final class Lengths: PredictionWriter {
      var lengths: [String] = []
      func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) {
        lengths.append("\(rowCount)")
      }
      func writeMissing(rowCount: Int) { lengths.append("bad \(rowCount)") }
      func writeLeftOut(rowCount: Int) { lengths.append("out \(rowCount)") }
    }
    let log = Lengths()
    // 5000 rows before the first and one before row 5000 could not be read; rows 1 to 9999 are left out.
    let places = [Int](repeating: 0, count: 5000) + [5000]
    let gaps = GapWriter(log, RowGaps(places, rowCount: 10_001), from: 0, width: 1)
    let writer = LeftOutWriter(gaps, RowSet(runs: [1..<10_000]), from: 0, width: 1)
    try ([1, 2] as [Float]).withUnsafeBufferPointer { try writer.write($0, rowCount: 2) }
    try writer.writeGap()
    try gaps.writeGaps()
    #expect(
      log.lengths == [
        "bad 4096", "bad 904", "1", "out 4096", "out 903", "bad 1", "out 3193", "out 1807", "1",
      ], "\(log.lengths)")
  }

  private final class PassedLog: PredictionWriter {
    var lines: [String] = []
    func write(_ rows: UnsafeBufferPointer<Float>, rowCount: Int) {
      for row in 0..<rowCount { lines.append("\(rows[2 * row])") }
    }
    func writeMissing(rowCount: Int) { for _ in 0..<rowCount { lines.append("bad") } }
    func writeLeftOut(rowCount: Int) { for _ in 0..<rowCount { lines.append("out") } }
  }
}
