import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Rows that `index: {unknown: skip}` leaves out.
@Suite("Rows that are left out")
struct LeftOutTests {
  @Test("a set of rows without others has the rows of one and not of the other")
  func subtracting() {
    func rows(_ bits: Int) -> RowSet {
      RowSet(runs: (0..<6).filter { bits >> $0 & 1 == 1 }.map { $0..<$0 + 1 })
    }
    for first in 0..<64 {
      for second in 0..<64 {
        #expect(
          rows(first).subtracting(rows(second)) == rows(first & ~second), "\(first) \(second)")
      }
    }
    let long = RowSet(runs: [0..<10, 20..<30]).subtracting(RowSet(runs: [5..<25, 28..<40]))
    #expect(long.runs == [0..<5, 25..<28] && long.count == 8)
  }

  private static func table(
    _ name: String, _ city: [String], _ number: [Float], in folder: URL
  ) throws -> DataSource {
    let path = folder.appendingPathComponent(name).path
    try File.replace(path) { file in
      let group = try file.root().createGroup("t")
      try group.createDataset("city", strings: city)
      try group.createDataset("n", shape: [number.count], of: Float.self).write(number)
    }
    return TableFixture.source(path, target: nil)
  }

  @Test("rows with a missing cell are known before the fit, rows with an unknown one behind it")
  func rows() throws {
    try withTemporaryFolder { folder in
      let known = try Self.table(
        "a.h5", ["x", "", "y", "x", "zebra"], [1, 2, 3, .nan, 5], in: folder)
      let configuration = try TableFixture.configuration(
        "rename: {n: m}, index: {columns: [city, m], unknown: skip}")
      let prepared = try configuration.prepared(known)
      let missing = try prepared.leftOut(by: configuration.table)
      #expect(missing.rows.runs == [1..<2, 3..<4] && missing.firstProblem == "'city' is missing")
      let rest = RowSet(rowCount: 5).subtracting(missing.rows)
      let fitted = try #require(try configuration.fittedTable(to: prepared, rows: rest))
      // What is fitted knows its rule also from a file.
      let path = folder.appendingPathComponent("fitted.h5").path
      try File.replace(path) { file in
        try FittedPipeline(
          features: FittedStages(inputShape: [2]), target: FittedStages(inputShape: []),
          table: fitted
        ).write(to: try file.root().openOrCreateGroup("p"))
      }
      let read = try #require(
        try FittedPipeline(from: try File(opening: path).group("p")).table)
      let other = try Self.table(
        "b.h5", ["y", "zebr", "x", "x", "zebra", "x"], [3, 1, .nan, 2, 1, 5], in: folder)
      for table in [fitted, read] {
        var source = other
        source.tableUse = .stages(table)
        let found = try source.leftOut()
        #expect(found.rows.runs == [1..<4] && found.count == 3)
        #expect(found.firstProblem.contains("'city' is 'zebr', which is none of the 3 categories"))
        #expect(found.firstProblem.contains("(the nearest is 'zebra')"))
        #expect(
          found.words { $0 + 10 }.hasPrefix(
            "3 rows are left out (unknown: skip), rows 11, 12, 13; row 11: 'city' is"))
        #expect(try source.leftOut(among: RowSet(runs: [2..<3, 5..<6])).rows.runs == [2..<3])
        // x, y and zebra are 0, 1 and 2; 1, 3 and 5 are.
        let opened = try source.open()
        var row = [Float](repeating: -1, count: 4)
        try row.withUnsafeMutableBufferPointer {
          try opened.readFeatures(4..<6, into: $0)
        }
        #expect(row == [2, 0, 0, 2])
        let error = #expect(throws: PipelineError.self) { try TableFixture.rows(table, other) }
        #expect(error?.description.contains("leave the row out") == true)
      }
      // No stage leaves rows out.
      let keeps = try TableFixture.configuration("index: {columns: [city, n], unknown: keep}")
      #expect(try keeps.prepared(known).leftOut(by: keeps.table).count == 0)
      #expect(try known.leftOut().words() == "no row is left out")
    }
  }

  @Test("each block of rows is a sign of life, and what no rank can remember is an error")
  func blocks() throws {
    try withTemporaryFolder { folder in
      // Each 100th row has no number: 100 places in three blocks.
      let source = try Self.table(
        "a.h5", [String](repeating: "x", count: 10_000),
        (0..<10_000).map { $0 % 100 == 7 ? .nan : 1 }, in: folder)
      let configuration = try TableFixture.configuration("index: {columns: [n], unknown: skip}")
      let prepared = try configuration.prepared(source)
      let crew = CountingCrew()
      let found = try prepared.leftOut(by: configuration.table, mostRuns: 100, with: crew)
      #expect(found.count == 100 && crew.blockCount == 3)
      let error = #expect(throws: PipelineError.self) {
        try prepared.leftOut(by: configuration.table, mostRuns: 99)
      }
      #expect(error?.exitCode == 65)
      for word in ["at more than 99 places", "row 7: 'n' is missing", "out of the file"] {
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
      }
    }
  }

  /// A process by itself that counts its signs of life.
  private final class CountingCrew: ImportCrew {
    let rank = 0
    let size = 1
    private(set) var blockCount = 0
    func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
    func send(_ bytes: [UInt8]) {}
    func receive(_ bytes: inout [UInt8], from rank: Int) {}
    func goesOn() { blockCount += 1 }
  }

  @Test(
    "several processes look through a part of the rows each, and find what one does",
    arguments: [1, 2, 3, 5])
  func shared(size: Int) throws {
    try withTemporaryFolder { folder in
      // Runs that go on from one part to the next, wherever it begins, and single rows.
      let isMissing = (0..<300).map { (90..<210).contains($0) || $0 % 7 == 3 }
      let source = try Self.table(
        "a.h5", isMissing.map { $0 ? "" : "x" }, (0..<300).map { Float($0) }, in: folder)
      let configuration = try TableFixture.configuration("index: {columns: [city], unknown: skip}")
      let prepared = try configuration.prepared(source)
      func find(among rows: RowSet? = nil, mostRuns: Int = 1 << 22) throws -> [LeftOutRows] {
        try ThreadCrew.each(size: size) { crew in
          try prepared.leftOut(
            by: configuration.table, among: rows, mostRuns: mostRuns, with: crew)
        }.map { try $0.get() }
      }
      let all = try find()
      #expect(all.count == size)
      for found in all {
        #expect(found.rows.runs.flatMap { Array($0) } == (0..<300).filter { isMissing[$0] })
        #expect(found.rows.runs.contains(90..<210) && found.firstProblem == "'city' is missing")
      }
      for found in try find(among: RowSet(runs: [0..<20, 200..<220])) {
        #expect(found.rows.runs.flatMap { Array($0) } == [3, 10, 17] + Array(200..<210) + [213])
      }
      // So many runs there are, on any number of processes.
      let count = all[0].rows.runs.count
      #expect(try find(mostRuns: count).count == size)
      let results = ThreadCrew.each(size: size) { crew in
        try prepared.leftOut(by: configuration.table, mostRuns: count - 1, with: crew)
      }
      #expect(results.count == size)
      for result in results {
        let error = #expect(throws: PipelineError.self) { try result.get() }
        let words = "more than \(count - 1) places, the first row 3: 'city' is missing"
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      }
    }
  }

  @Test("what one process cannot read, or has other rows of, is an error on all")
  func failures() throws {
    try withTemporaryFolder { folder in
      let source = try Self.table("a.h5", ["x", "", "y"], [1, 2, 3], in: folder)
      let other = try Self.table("b.h5", ["x", "", "y", ""], [1, 2, 3, 4], in: folder)
      let configuration = try TableFixture.configuration("index: {columns: [city], unknown: skip}")
      let prepared = try configuration.prepared(source)
      var missing = prepared
      missing.file = folder.appendingPathComponent("none.h5").path
      for (odd, words) in [
        (missing, "none.h5"),
        (
          try configuration.prepared(other), "rank 0 finds 3 rows, rank 1 4: all must read the same"
        ),
      ] {
        let results = ThreadCrew.each(size: 3) { crew in
          try (crew.rank == 1 ? odd : prepared).leftOut(by: configuration.table, with: crew)
        }
        #expect(results.count == 3)
        for result in results {
          let error = #expect(throws: PipelineError.self) { try result.get() }
          #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
      }
    }
  }

  @Test("more different numbers than are known by their bits have their categories, and 0 has one")
  func numbers() throws {
    try withTemporaryFolder { folder in
      // Two blocks and more behind the place where no more numbers are learnt; each number comes twice, 0 four times.
      let count = 40_001
      let numbers = (0..<count).map { Float($0) } + (0..<count).reversed().map { Float($0) }
      let values = numbers + [-0.0, 0.0]
      let source = try Self.table(
        "a.h5", [String](repeating: "x", count: values.count), values, in: folder)
      let (_, rows) = try TableFixture.fitted(
        "select: {columns: [n]}, index: {columns: [n]}", source)
      try #require(rows.count == values.count)
      // The most frequent first, then by their digits.
      let ordered = [0] + (1..<count).sorted { "\($0)" < "\($1)" }
      var expected = [Float](repeating: -1, count: count)
      for (place, number) in ordered.enumerated() { expected[number] = Float(place) }
      let wrong = values.indices.first { rows[$0] != expected[Int(values[$0])] }
      #expect(wrong == nil, "row \(wrong ?? 0)")
    }
  }

  @Test("it is for columns as the table has them, for `index` alone, and not for windows")
  func refused() throws {
    try withTemporaryFolder { folder in
      let source = try Self.table("a.h5", ["x", "y"], [1, 2], in: folder)
      let made = try TableFixture.configuration(
        "impute: {columns: [city], strategy: constant, value: z}, "
          + "index: {columns: [city], unknown: skip}")
      let error = #expect(throws: PipelineError.self) { try made.form(of: source) }
      #expect(error?.description.contains("'city' is what a stage before has made") == true)
      for stage in ["one_hot", "ordinal"] {
        let error = #expect(throws: ConfigurationError.self) {
          try TableFixture.configuration("\(stage): {columns: [city], unknown: skip}")
        }
        #expect(error?.description.contains("skip is for `index` alone") == true)
      }
      let windows = try Value(
        yaml: "{window: {length: 3}, table: [{index: {columns: [city], unknown: skip}}]}",
        file: "test")
      let window = #expect(throws: ConfigurationError.self) {
        var options = try Options(windows)
        _ = try PipelineConfiguration(options: &options)
      }
      #expect(window?.description.contains("leaves rows out") == true)
    }
  }
}
