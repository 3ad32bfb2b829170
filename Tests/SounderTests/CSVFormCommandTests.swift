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
      for words in [["train", "--overwrite"], ["check"], ["check", "--quick"]] {
        let refused = try run(
          words + ["plain.yaml", "--set", hdf5], in: folder, status: 64)
        #expect(
          (refused.output + refused.errors).contains("rows.h5 is none: leave it out"),
          "\(refused.errors)")
      }
    }
  }

  /// The predictions that a command has written, without the line of names.
  private func predictions(_ words: [String], in folder: URL) throws -> [String] {
    try run(["predict"] + words, in: folder).output.split(separator: "\n").dropFirst().map(
      String.init)
  }

  @Test("data for a model are read as its job read its own, unless the command line says another")
  func recorded() throws {
    try withTemporaryFolder { folder in
      let rows = (0..<60).map { ($0 % 7, $0 % 5, $0 % 7 - $0 % 5) }
      func table(_ head: String, _ separator: String) -> String {
        head + rows.map { "\($0)\(separator)\($1)\(separator)\($2)\n" }.joined()
      }
      for (name, text) in [
        ("colons", table("", ":")), ("years", table("2019,2020,2021\n", ",")),
        ("plain", table("a,b,y\n", ",")), ("two", "1:2\n3:4\n"), ("names", "b:a\n2:1\n4:3\n"),
        ("commas", "1,2\n3,4\n"), ("wide", "1:2:3:4\n"), ("new", "2020,2019\n2,1\n4,3\n"),
      ] {
        try write(text, "\(name).csv", in: folder)
      }
      let colons = "file: colons.csv, target: y, csv: {separator: ':', columns: [a, b, y]}"
      let plain = "file: plain.csv, target: y"
      for (name, train, validation) in [
        ("colons", colons, colons), ("plain", plain, colons),
        ("years", "file: years.csv, target: '2021', csv: {header: true}", "fraction: 0.2"),
      ] {
        try write(
          """
          data: {train: {\(train)}, validation: {\(validation)}}
          network: {layers: [{dense: {units: 1, kernel_initializer: ones}}]}
          training: {loss: mean_squared_error, optimizer: {sgd: {learning_rate: 0.01}}, batch_size: 60, epochs: 2}
          output: {model: \(name).h5}
          """, "\(name).yaml", in: folder)
        try run(["train", "\(name).yaml", "--quiet"], in: folder)
      }
      for (model, data) in [("colons", "colons"), ("years", "years"), ("plain", "plain")] + [
        // The file of the rows that validate, which are in another form.
        ("plain", "colons")
      ] {
        let found = try run(["evaluate", "\(model).h5", "\(data).csv", "--json"], in: folder)
        #expect(found.output.contains(#""rows":60"#), "\(model), \(data): \(found.output)")
      }
      for command in ["transform", "calibrate"] {
        try run([command, "colons.h5", "colons.csv", "--quiet"], in: folder)
      }
      // Without the target, with names of its own, and in another form.
      let expected = try predictions(["colons.h5", "two.csv"], in: folder)
      #expect(expected.count == 2)
      for words in [
        ["names.csv"], ["commas.csv", "--separator", ",", "--columns", "a,b"],
        ["commas.csv", "--separator", ","],
      ] {
        #expect(try predictions(["colons.h5"] + words, in: folder) == expected, "\(words)")
      }
      // A line of numbers is one of names, and it is not.
      let years = try predictions(["years.h5", "new.csv"], in: folder)
      #expect(years.count == 2)
      #expect(
        try predictions(["years.h5", "commas.csv", "--no-header"], in: folder) == years)
      for (words, status, parts) in [
        (
          ["colons.h5", "commas.csv"], 64,
          ["has 1 columns, and data.train.csv of the model's job names 3"]
        ),
        (["colons.h5", "wide.csv"], 64, ["has 4 columns", "(a, b, y)", "--columns"]),
        (
          ["years.h5", "commas.csv"], 66,
          [
            "has no column '2019'", #"read as data.train.csv of the model's job, {"header":true}"#,
            "--no-header",
          ]
        ),
      ] as [([String], Int32, [String])] {
        let failed = try run(["predict"] + words, in: folder, status: status)
        #expect(parts.allSatisfy(failed.errors.contains), "\(failed.errors)")
      }
      // A cell that is too long for a name is none.
      let long = String(repeating: "word ", count: 500)
      try write("\(long),b\nc,d\n\(long),b\n", "texts.csv", in: folder)
      try write(
        """
        data: {train: {file: texts.csv, target: kind, csv: {columns: [text, kind]}}}
        pipeline: {table: [{count: {columns: [text]}}], target: [index]}
        network: {layers: [{dense: {units: 2, activation: softmax}}]}
        training: {loss: sparse_categorical_crossentropy, optimizer: {sgd: {learning_rate: 0.01}}, epochs: 1}
        output: {model: texts.h5}
        """, "texts.yaml", in: folder)
      try run(["train", "texts.yaml", "--quiet"], in: folder)
      let texts = try run(["evaluate", "texts.h5", "texts.csv", "--json"], in: folder)
      #expect(texts.output.contains(#""rows":3"#), "\(texts.output)")
      // A row that cannot be read may be due to the form.
      try write("1:2\nx:4\n", "bad.csv", in: folder)
      let bad = try run(["predict", "colons.h5", "bad.csv"], in: folder)
      #expect(
        bad.errors.contains("1 row cannot be read")
          && bad.errors.contains("bad.csv: read as data.train.csv of the model's job"),
        "\(bad.errors)")
    }
  }
}
