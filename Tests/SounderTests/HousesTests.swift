import Foundation
import HDF5
import TestSupport
import Testing

/// Tests of the table of houses: the job of `jobs/tables`, as it stands.
protocol HousesTests: CommandTests {}

extension HousesTests {
  private static var jobs: URL {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("jobs/tables")
  }
  /// The job file.
  static var job: String { jobs.appendingPathComponent("houses.yaml").path }
  /// The columns, in the order of the file.
  static var all: [String] { ["city", "area", "rooms", "age", "kind", "remarks", "price"] }

  /// The rows of `houses.csv`, field by field; no field of these has a separator in it but the remarks.
  func records() throws -> [[String]] {
    let text = try String(
      contentsOf: Self.jobs.appendingPathComponent("houses.csv"), encoding: .utf8)
    return text.split(separator: "\n").map { line in
      var fields: [String] = []
      var field = ""
      var isQuoted = false
      for character in line {
        if character == "\"" {
          isQuoted.toggle()
        } else if character == ",", !isQuoted {
          fields.append(field)
          field = ""
        } else {
          field.append(character)
        }
      }
      return fields + [field]
    }
  }

  /// Writes some of the columns, in this order, as the table `name`.
  func convert(
    _ columns: [String], as name: String, in folder: URL,
    _ change: (inout [[String]]) -> Void = { _ in }
  ) throws {
    var records = try records()
    change(&records)
    let places = try columns.map { name in
      try #require(records[0].firstIndex(of: name), "\(name)")
    }
    let lines = records.map { record in
      places.map { record[$0].contains(",") ? "\"\(record[$0])\"" : record[$0] }
        .joined(separator: ",")
    }
    try (lines.joined(separator: "\n") + "\n").write(
      to: folder.appendingPathComponent("\(name).csv"), atomically: true, encoding: .utf8)
    try run(["convert", "--table", "\(name).csv", "\(name).h5", "--quiet"], in: folder)
  }

  /// What the model says of all rows of a file.
  func predictions(
    _ words: [String], ranks: Int? = nil, in folder: URL
  ) throws -> [Float] {
    try run(
      ["predict"] + words + ["--output", "p.h5", "--overwrite", "--quiet"], ranks: ranks,
      in: folder)
    return try File(opening: folder.appendingPathComponent("p.h5").path)
      .dataset("predictions").readAll(as: Float.self)
  }
}
