import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Fields of a compound data set that pass through, as `--keep` asks for them.
@Suite("Kept fields of records")
struct KeptFieldTests {
  private static let source = {
    var source = DataSource(file: fixture("hdf5/records.h5").path, features: "price", target: nil)
    source.table = "houses/rows"
    source.featureColumns = ["price"]
    return source
  }()

  private func columns(_ names: [String], asRows: Bool = false) throws -> KeptColumns {
    let source = Self.source
    return try KeptColumns(names, of: source, layout: try source.open().layout, asRows: asRows)
  }

  @Test("as texts they are exact, numbers of every form and texts")
  func texts() throws {
    let cells = try columns(["year", "rooms", "area", "price", "note", "code", "sold"]).read(3..<5)
    #expect(
      cells == [
        ["1953", "1954"], ["3", "4"], ["-5.5", "-4.0"], ["0.75", "1.0"], ["row 3", "row 4"],
        ["x", "x"], ["0", "1"],
      ])
  }

  @Test("as data sets they have their own types and shapes")
  func datasets() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("out.h5").path
      try File.replace(path) { file in
        let kept = try KeptDatasets(
          try columns(["year", "grid", "place", "note"], asRows: true), rowCount: 50,
          hasGaps: false, in: try file.root(), beside: ["features"])
        try kept.write(0..<20)
        try kept.write(20..<50)
      }
      let file = try File(opening: path)
      let year = try file.dataset("year")
      #expect(year.elementType == .int16)
      #expect(try year.readAll(as: Int64.self) == (0..<50).map { 1950 + $0 })
      let grid = try file.dataset("grid")
      #expect(grid.elementType == .uint16 && grid.shape == [50, 2, 2])
      #expect(try grid.readAll(as: Int64.self) == (0..<200).map { $0 })
      let place = try file.dataset("place")
      #expect(place.shape == [50, 2])
      #expect(
        try place.readAll(as: Double.self) == (0..<50).flatMap { [Double($0) + 0.25, -Double($0)] })
      #expect(try file.dataset("note").readStrings() == (0..<50).map { "row \($0)" })
    }
  }

  @Test("an array has no place in a text, and a field that is not there is named")
  func refused() throws {
    let wide = #expect(throws: PipelineError.self) { try columns(["grid"]) }
    #expect(wide?.description.contains("'grid' holds uint16 in the shape [50, 2, 2]") == true)
    #expect(wide?.exitCode == 64)
    let missing = #expect(throws: PipelineError.self) { try columns(["yaer"]) }
    #expect(missing?.description.contains("year") == true)
  }
}
