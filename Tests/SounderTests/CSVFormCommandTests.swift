import Foundation
import TestSupport
import Testing

@Suite("CSV files that a job describes")
struct CSVFormCommandTests: CommandTests {
  private func write(_ text: String, _ name: String, in folder: URL) throws {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  /// Files that are guessed wrongly: with a line of names that are numbers, and with fields between colons.
  @Test("a job says how its CSV files are read", arguments: [nil, 3])
  func form(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let rows = (0..<60).map { ($0 % 7, $0 % 5, $0 % 7 - $0 % 5) }
      func table(_ name: String, _ head: String, _ separator: String) throws {
        let lines = rows.map { "\($0)\(separator)\($1)\(separator)\($2)\n" }
        try write(head + lines.joined(), name, in: folder)
      }
      try table("plain.csv", "a,b,y\n", ",")
      try table("years.csv", "2019,2020,2021\n", ",")
      try table("colons.csv", "", ":")
      func job(_ source: String, _ name: String) -> String {
        """
        data: {train: {\(source)}, validation: {\(source)}}
        network: {layers: [{dense: {units: 1, kernel_initializer: ones}}]}
        training: {loss: mean_squared_error, optimizer: {sgd: {learning_rate: 0.01}}, batch_size: 60, epochs: 2}
        distribution: {mode: sync}
        output: {model: \(name).h5}
        """
      }
      var losses: [[Double]] = []
      for (name, source, more) in [
        ("plain", "file: plain.csv, target: y", []),
        ("years", "file: years.csv, target: '2021', csv: {header: true}", ["--header"]),
        (
          "colons", "file: colons.csv, target: y, csv: {separator: ':', columns: [a, b, y]}",
          ["--separator", ":", "--columns", "a,b,y"]
        ),
      ] {
        try write(job(source, name), "\(name).yaml", in: folder)
        let check = try run(["check", "\(name).yaml"], in: folder)
        #expect(check.output.contains("60 rows"), "\(check.output)")
        try run(["check", "\(name).yaml", "--quick"], in: folder)
        let trained = try run(["train", "\(name).yaml", "--json"], ranks: ranks, in: folder)
        let events = try trained.output.split(separator: "\n").map {
          try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        losses.append(events.compactMap { $0?["val_loss"] as? Double })
        let figures = try run(
          ["evaluate", "\(name).h5", "\(name).csv", "--json"] + more, in: folder)
        #expect(figures.output.contains(#""rows":60"#), "\(figures.output)")
      }
      #expect(losses[0].count >= 2)
      for other in losses.dropFirst() {
        // Sums of the same rows: at most their order differs.
        let areClose = zip(other, losses[0]).allSatisfy { abs($0 - $1) < 1e-4 }
        #expect(other.count == losses[0].count && areClose, "\(losses)")
      }
      guard ranks == nil else { return }
      // Without the words the line of names is a row, and a line is one column.
      for (name, target) in [("years", "'2021'"), ("colons", "y")] {
        let data = "data={train: {file: \(name).csv, target: \(target)}}"
        let failed = try run(
          ["check", "\(name).yaml", "--set", data], in: folder, status: 65)
        #expect(failed.output.contains("column"), "\(failed.output)")
      }
      // What is proposed for a table says so, too.
      try run(
        ["train", "--regress", "2021", "--from", "years.csv", "--job", "job.yaml", "--quiet"]
          + ["--set", "data.train.csv={header: true}", "--set", "training.epochs=1"], in: folder)
      let text = try String(
        contentsOf: folder.appendingPathComponent("job.yaml"), encoding: .utf8)
      #expect(text.contains("csv: {header: true}"), "\(text)")
      try run(["train", "job.yaml", "--overwrite", "--quiet"], in: folder)
      try run(["convert", "--table", "t=plain.csv", "rows.h5"], in: folder)
      let hdf5 = "data.train={file: rows.h5, table: t, target: y, csv: {header: true}}"
      for words in [["train", "--overwrite"], ["check"]] {
        let refused = try run(
          words + ["plain.yaml", "--set", hdf5], in: folder, status: 64)
        #expect(
          (refused.output + refused.errors).contains("rows.h5 is none: leave it out"),
          "\(refused.errors)")
      }
    }
  }
}
