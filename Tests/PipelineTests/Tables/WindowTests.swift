import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Consecutive rows of a series as one row.
@Suite("Windows of series")
struct WindowTests {
  /// Two files of 11 and 7 rows, whose numbers say file, row and column, with the row as target.
  private static func withFiles<R>(_ body: (DataSource) throws -> R) throws -> R {
    try withTemporaryFolder { folder in
      for (file, count) in [11, 7].enumerated() {
        let path = folder.appendingPathComponent("part-\(file).h5").path
        try File.replace(path) { root in
          let group = try root.root().createGroup("t")
          for (column, name) in ["a", "b"].enumerated() {
            let values = (0..<count).map { Float(100 * file + 10 * column) + Float($0) / 100 }
            try group.createDataset(name, shape: [count], of: Float.self, chunks: [4]).write(values)
          }
          try group.createDataset("y", shape: [count], of: Float.self)
            .write((0..<count).map { Float(100 * file + $0) })
        }
      }
      var source = DataSource(
        file: folder.appendingPathComponent("part-*.h5").path, features: "t", target: "y")
      source.table = "t"
      source.takesAllColumns = true
      return try body(source)
    }
  }

  private static func number(_ file: Int, _ column: Int, _ row: Int) -> Float {
    Float(100 * file + 10 * column) + Float(row) / 100
  }

  @Test(
    "windows are consecutive rows of one file, and targets stand behind them",
    arguments: [
      (RowWindow(length: 3), 9 + 5), (RowWindow(length: 3, stride: 2, horizon: 1), 4 + 2),
      (RowWindow(length: 3, stride: 3), 3 + 2), (RowWindow(length: 3, stride: 5), 2 + 1),
      (RowWindow(length: 2, stride: 5), 2 + 2), (RowWindow(length: 7, horizon: 4), 1 + 0),
      (RowWindow(length: 1), 11 + 7), (RowWindow(length: 11), 1 + 0),
    ] as [(RowWindow, Int)])
  func rows(window: RowWindow, count: Int) throws {
    try Self.withFiles { source in
      var source = source
      source.window = window
      let opened = try source.open()
      let layout = opened.layout
      #expect(layout.rowCount == count && layout.featureShape == [window.length, 2])
      #expect(layout.targetShape == [])
      var features: [Float] = []
      var targets: [Float] = []
      for (file, rowCount) in [11, 7].enumerated() {
        for start in stride(from: 0, to: rowCount, by: window.stride)
        where start + window.length + window.horizon <= rowCount {
          for row in start..<start + window.length {
            features += [Self.number(file, 0, row), Self.number(file, 1, row)]
          }
          targets.append(Float(100 * file + start + window.length - 1 + window.horizon))
        }
      }
      #expect(targets.count == count)
      let width = 2 * window.length
      // Any range of windows, also over the border of the files.
      for lower in 0..<count {
        for upper in lower + 1...count {
          var found = [Float](repeating: -1, count: (upper - lower) * width)
          try found.withUnsafeMutableBufferPointer {
            try opened.readFeatures(lower..<upper, into: $0)
          }
          #expect(found.elementsEqual(features[lower * width..<upper * width]))
          var ends = [Float](repeating: -1, count: upper - lower)
          try ends.withUnsafeMutableBufferPointer {
            try opened.readTargets(lower..<upper, into: $0)
          }
          #expect(ends.elementsEqual(targets[lower..<upper]))
        }
      }
    }
  }

  @Test("windows without targets reach to the end of each file")
  func untargeted() throws {
    try Self.withFiles { source in
      var source = source
      source.window = RowWindow(length: 3, stride: 2, horizon: 4)
      #expect(try source.open().layout.rowCount == 3 + 1)
      source.target = nil
      let opened = try source.open()
      #expect(opened.layout.rowCount == 5 + 3 && opened.layout.targetShape == nil)
      var last = [Float](repeating: 0, count: 6)
      try last.withUnsafeMutableBufferPointer { try opened.readFeatures(7..<8, into: $0) }
      #expect(last == (4..<7).flatMap { [Self.number(1, 0, $0), Self.number(1, 1, $0)] })
    }
  }

  @Test("series that are too short are refused")
  func short() throws {
    try Self.withFiles { source in
      var source = source
      source.window = RowWindow(length: 9, horizon: 3)
      let error = #expect(throws: PipelineError.self) { try source.open() }
      #expect(error?.description.contains("too few for a window of 9") == true)
    }
  }

  @Test("stages of a table learn from each row of the windows once, whatever the number of ranks")
  func fitted() throws {
    try Self.withFiles { source in
      let yaml = """
        table: [standardize: {columns: [a]}, drop: {columns: [b]}]
        window: {length: 3, stride: 2}
        """
      func configuration() throws -> PipelineConfiguration {
        var options = try Options(try Value(yaml: yaml, file: "test"))
        return try PipelineConfiguration(options: &options)
      }
      let own = try configuration()
      #expect(own.window == RowWindow(length: 3, stride: 2))
      let form = try own.form(of: source)
      #expect(form.layout.featureShape == [3, 1] && form.layout.rowCount == 5 + 3 && !form.isOpen)
      var prepared = source
      prepared.window = own.window
      let table = try #require(try own.fittedTable(to: prepared))
      // All rows are in a window, so the moments are those of the columns.
      var values: [Double] = []
      for (file, count) in [11, 7].enumerated() {
        values += (0..<count).map { Double(Self.number(file, 0, $0)) }
      }
      let mean = values.reduce(0, +) / 18
      let deviation = (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 18).squareRoot()
      var bound = prepared
      bound.tableUse = .stages(table)
      var first = [Float](repeating: 0, count: 3)
      try first.withUnsafeMutableBufferPointer { try bound.open().readFeatures(0..<1, into: $0) }
      for (row, value) in first.enumerated() {
        let expected = (values[row] - mean) / deviation
        #expect(abs(Double(value) - expected) < 1e-5, "\(value) \(expected)")
      }
      // The rows of all parts are all rows, each once.
      let counter = RowCounter()
      for part in [0..<3, 3..<6, 6..<8] {
        _ = try own.fittedTable(to: prepared, rows: RowSet(runs: [part]), reducer: counter)
      }
      #expect(counter.count == 18)
    }
  }

  /// Adds up how many rows moments are of.
  private final class RowCounter: Reducer {
    private(set) var count = 0.0
    func merge<S: MergeableFindings>(_ statistics: S) -> S {
      count += statistics.values.first ?? 0
      return statistics
    }
  }
}
