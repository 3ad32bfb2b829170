import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// What a look through a table says about its columns.
@Suite("Summaries of tables")
struct TableSummaryTests {
  /// Rows of a text that is missing in each fifth, a whole number, a number that is missing in each third, and a text
  /// of its own in each.
  private func write(_ path: String, rowCount: Int) throws {
    try File.replace(path) { file in
      let group = try file.root().createGroup("t")
      try group.createDataset(
        "city", strings: (0..<rowCount).map { $0 % 5 == 0 ? "" : ["Ulm", "Berlin"][$0 % 2] })
      try group.createDataset("rooms", shape: [rowCount], of: Int32.self, chunks: [7])
        .write((0..<rowCount).map { Int32($0 % 3 + 9) })
      try group.createDataset("area", shape: [rowCount], of: Float.self)
        .write((0..<rowCount).map { $0 % 3 == 0 ? .nan : Float($0) + 0.5 })
      try group.createDataset("name", strings: (0..<rowCount).map { "house \($0)" })
      try group.createDataset("pair", shape: [rowCount, 2], of: Float.self)
        .write((0..<2 * rowCount).map { $0 == 3 ? .nan : Float($0) })
      try group.writeAttribute("columns", ["city", "rooms", "area", "name", "pair"])
    }
  }

  private func source(_ path: String) -> DataSource {
    var source = DataSource(file: path, features: "t", target: "area", weights: "rooms")
    source.table = "t"
    return source
  }

  private func check(_ summary: TableSummary, rowCount: Int) throws {
    #expect(summary.rowCount == rowCount)
    // Also the target and the weights.
    #expect(summary.schema.map(\.name) == ["city", "rooms", "area", "name", "pair"])
    let (city, rooms, area) = (summary.columns[0], summary.columns[1], summary.columns[2])
    let (name, pair) = (summary.columns[3], summary.columns[4])
    let known = (0..<rowCount).filter { $0 % 5 != 0 }
    #expect(city.column.kind == .text && city.missingCount == rowCount - known.count)
    #expect(!city.areWhole)
    let berlin = known.count { $0 % 2 == 1 }
    #expect(city.categories?.map(\.text) == ["Berlin", "Ulm"])
    #expect(city.categories?.map(\.count) == [berlin, known.count - berlin])
    // By size, not by the alphabet.
    #expect(rooms.categories?.map(\.text) == ["9", "10", "11"])
    #expect(rooms.categories?.map(\.count).reduce(0, +) == rowCount)
    #expect(rooms.areWhole && rooms.missingCount == 0)
    #expect(!area.areWhole && area.missingCount == (rowCount + 2) / 3)
    #expect((area.categories == nil) == (rowCount * 2 / 3 > TableSummary.mostCategories))
    #expect((name.categories == nil) == (rowCount > TableSummary.mostCategories))
    #expect(name.missingCount == 0)
    #expect(pair.column.kind == .number(width: 2) && pair.missingCount == 1)
    #expect(pair.areWhole && pair.categories == nil)
  }

  @Test(
    "cells are counted, as long as few are different",
    arguments: [30, TableSummary.mostCategories, TableSummary.mostCategories + 1, 9000])
  func counts(rowCount: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try write(path, rowCount: rowCount)
      try check(try TableSummary(of: source(path)), rowCount: rowCount)
    }
  }

  /// Merges what comes with what came before, as numbers, in the order in which it came.
  private final class Chain: Reducer {
    private var all: [[Double]] = []

    func merge<S: MergeableFindings>(_ statistics: S) -> S {
      all.append(statistics.values)
      var merged = statistics
      merged.values = all[0]
      for values in all.dropFirst() {
        var part = statistics
        part.values = values
        merged.merge(part)
      }
      return merged
    }
  }

  @Test(
    "what ranks find out merges into the same, where one has no rows, too", arguments: [1, 2, 4])
  func ranks(rankCount: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      // None of the parts has too many different names, all together have.
      let rowCount = 1900
      try write(path, rowCount: rowCount)
      let chain = Chain()
      for rank in 0..<rankCount {
        let run = rank * rowCount / rankCount..<(rank + 1) * rowCount / rankCount
        let summary = try TableSummary(
          of: source(path), rows: RowSet(runs: [run]), reducer: chain)
        #expect(summary.rowCount == run.upperBound)
      }
      try check(
        try TableSummary(of: source(path), rows: RowSet(runs: []), reducer: chain),
        rowCount: rowCount)
    }
  }

  @Test("a table that is not there is an error that names the nearest")
  func missing() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.h5").path
      try write(path, rowCount: 9)
      var source = source(path)
      source.table = "tt"
      #expect(throws: PipelineError.self) { try TableSummary(of: source) }
    }
  }
}
