import Foundation

/// Suites on `houses.csv`, a table of numbers and texts, and on files like it.
protocol HouseTests: CommandTests {}

extension HouseTests {
  /// The folder of the tables and their jobs.
  static var tables: URL {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("jobs/tables")
  }

  /// The job of the houses' prices.
  static var job: String { tables.appendingPathComponent("houses.yaml").path }

  /// `houses.csv` in the folder, and a model trained on it.
  func train(in folder: URL, _ more: [String] = [], ranks: Int? = nil) throws {
    let copy = folder.appendingPathComponent("houses.csv")
    if !FileManager.default.fileExists(atPath: copy.path) {
      try FileManager.default.copyItem(
        at: Self.tables.appendingPathComponent("houses.csv"), to: copy)
    }
    try run(
      ["train", Self.job, "--quiet", "--overwrite", "--set", "training.epochs=4", "--set"]
        + ["data.train={file: houses.csv, target: price}"] + more, ranks: ranks, in: folder)
  }

  func write(_ text: String, _ name: String, in folder: URL) throws {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  func lines(_ name: String, in folder: URL) throws -> [[String]] {
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// Whether two numbers are equal but for the rounding of another place in a batch.
  static func areClose(_ a: String, _ b: String) -> Bool {
    guard let a = Float(a), let b = Float(b) else { return false }
    return abs(a - b) <= 1e-5 * max(1, abs(b))
  }

  func leftovers(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".tmp.") }
  }
}
