import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// A series from CSV to the value that comes next.
@Suite("Windows of series in commands")
struct WindowCommandTests {
  private let sounder = Program()
  private static let rowCount = 203
  private static let job = """
    data:
      train: {file: series.h5, table: series, features: [load, wind], target: load}
      validation: {fraction: 0.2, time: true, gap: 9}
    pipeline:
      table:
        - standardize: {columns: [load, wind]}
      window: {length: 8, horizon: 2}
      target: [standardize]
    network:
      layers: [flatten, {dense: {units: 1}}]
    training:
      loss: mean_squared_error
      optimizer: {adam: {learning_rate: 0.02}}
      batch_size: 8
      epochs: 60
    output: {model: model.h5}
    """

  /// What is measured at `time`, a wave of 20 steps, and what has nothing to do with it.
  private static func load(_ time: Int) -> Double { 50 + 10 * sin(Double(time) * .pi / 10) }
  private static func wind(_ time: Int) -> Int { time * 37 % 11 }

  private func run(_ words: [String], ranks: Int? = nil, in folder: URL) throws -> Program.Run {
    let run = try sounder.run(words, ranks: ranks, in: folder)
    try #require(run.status == 0, "\(words): \(run.status) \(run.errors)")
    return run
  }

  /// Writes a table of columns in some order, from CSV.
  private func convert(
    _ columns: [String], times: Range<Int>, as name: String, in folder: URL
  ) throws {
    var lines = [columns.joined(separator: ",")]
    for time in times {
      lines.append(
        columns.map { $0 == "load" ? "\(Self.load(time))" : "\(Self.wind(time))" }
          .joined(separator: ","))
    }
    try (lines.joined(separator: "\n") + "\n").write(
      to: folder.appendingPathComponent("\(name).csv"), atomically: true, encoding: .utf8)
    _ = try run(["convert", "--table", "\(name).csv", "\(name).h5", "--quiet"], in: folder)
  }

  @Test("1, 2 and 3 ranks learn what comes two rows later", arguments: [1, 2, 3])
  func forecast(ranks: Int) throws {
    try withTemporaryFolder { folder in
      try convert(["load", "wind"], times: 0..<Self.rowCount, as: "series", in: folder)
      try Self.job.write(
        to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
      let check = try run(["check", "job.yaml"], in: folder)
      // 194 windows, of which 38 are for validation, behind a gap of 9.
      #expect(check.output.contains("194"), "\(check.output)")
      _ = try run(["train", "job.yaml", "--quiet"], ranks: ranks, in: folder)
      let figures = try Value(
        json: try run(["evaluate", "model.h5", "series.h5", "--json"], in: folder).output)
      #expect(figures["rows"] == Value(.int(Self.rowCount - 8 + 1 - 2)))
      // Of the variance: two values of a wave say all that follow, so that rounding is left.
      #expect((figures["loss"]?.number ?? .infinity) < 1e-6, "\(figures)")
      // Later rows, in a table of another order: the last windows are of what is not there yet.
      try convert(["wind", "load"], times: 1000..<1100, as: "later", in: folder)
      var first: [Float] = []
      for count in [nil, 2, 3] {
        _ = try run(
          [
            "predict", "model.h5", "later.h5", "--output", "p.h5", "--overwrite", "--quiet",
          ], ranks: count, in: folder)
        let found = try File(opening: folder.appendingPathComponent("p.h5").path)
          .dataset("predictions").readAll(as: Float.self)
        #expect(found.count == 100 - 8 + 1)
        for (window, value) in found.enumerated() {
          let expected = Self.load(1000 + window + 7 + 2)
          #expect(abs(Double(value) - expected) < 0.05, "\(window): \(value), not \(expected)")
        }
        if first.isEmpty { first = found }
        #expect(found == first)
      }
    }
  }
}
