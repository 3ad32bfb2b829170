import Foundation
import HDF5
import TestSupport
import Testing

/// CSV and other raw files where a model is trained, measured and used, without a conversion by hand.
@Suite("Raw data in commands")
struct RawDataTests: CommandTests {
  private static let tables = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs/tables")
  private static let job = tables.appendingPathComponent("houses.yaml").path
  /// `houses.csv` in the folder, and a model trained on it.
  private func train(in folder: URL, _ more: [String] = [], ranks: Int? = nil) throws {
    let copy = folder.appendingPathComponent("houses.csv")
    if !FileManager.default.fileExists(atPath: copy.path) {
      try FileManager.default.copyItem(
        at: Self.tables.appendingPathComponent("houses.csv"), to: copy)
    }
    try run(
      ["train", Self.job, "--quiet", "--overwrite", "--set", "training.epochs=4", "--set"]
        + ["data.train={file: houses.csv, target: price}"] + more, ranks: ranks, in: folder)
  }

  private func write(_ text: String, _ name: String, in folder: URL) throws {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  private func lines(_ name: String, in folder: URL) throws -> [[String]] {
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test(
    "what a training finds and what it was trained on is told of the user's files",
    arguments: [nil, 3])
  func userFiles(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      func job(_ data: String) -> String {
        """
        data: {train: {file: \(data).csv, target: y}}
        network: {layers: [{dense: {units: 8, activation: relu}}, {dense: {units: 3, activation: softmax}}]}
        training: {loss: sparse_categorical_crossentropy, optimizer: adam, epochs: 2, batch_size: 20}
        output: {model: \(data).h5}
        """
      }
      let rows = (0..<60).map { "\($0 % 3).5,\($0 % 3)\n" }
      for (name, rows) in [("good", rows), ("bad", rows[..<50] + ["1.5,-1\n"] + rows[50...])] {
        try write("x,y\n" + rows.joined(), "\(name).csv", in: folder)
        try write(job(name), "\(name).yaml", in: folder)
      }
      let bad = try run(["train", "bad.yaml", "--quiet"], ranks: ranks, in: folder, status: 65)
      #expect(bad.errors.contains("bad.csv: ") && bad.errors.contains("label -1"), "\(bad.errors)")
      #expect(!bad.errors.contains(".tmp."), "\(bad.errors)")
      try run(["train", "good.yaml", "--quiet"], ranks: ranks, in: folder)
      let remark = "these are rows that the model was trained on"
      let own = try run(["evaluate", "good.h5", "good.csv"], ranks: ranks, in: folder)
      #expect(own.errors.contains(remark), "\(own.errors)")
      try write("x,y\n" + rows[..<9].joined(), "new.csv", in: folder)
      let new = try run(["evaluate", "good.h5", "new.csv"], ranks: ranks, in: folder)
      #expect(!new.errors.contains(remark), "\(new.errors)")
    }
  }

  /// Whether two numbers are equal but for the rounding of another place in a batch.
  private static func areClose(_ a: String, _ b: String) -> Bool {
    guard let a = Float(a), let b = Float(b) else { return false }
    return abs(a - b) <= 1e-5 * max(1, abs(b))
  }

  private func leftovers(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".tmp.") }
  }

  @Test("a training reads CSV as it reads what `convert --table` makes of it")
  func training() throws {
    try withTemporaryFolder { folder in
      try train(in: folder, ["--set", "output.model=raw.h5"])
      try run(["convert", "--table", "houses.csv", "houses.h5"], in: folder)
      try run(
        [
          "train", Self.job, "--quiet", "--set", "training.epochs=4", "--set",
          "output.model=hdf5.h5",
        ],
        in: folder)
      for name in ["raw", "hdf5"] {
        try run(["predict", "\(name).h5", "houses.h5", "--output", "\(name).csv"], in: folder)
        try run(["predict", "\(name).h5", "houses.csv", "--output", "\(name)-csv.csv"], in: folder)
      }
      let expected = try lines("hdf5.csv", in: folder)
      #expect(expected.count == 241)
      for name in ["raw.csv", "raw-csv.csv", "hdf5-csv.csv"] {
        #expect(try lines(name, in: folder) == expected, "\(name)")
      }
      for ranks in [2, 3] {
        try train(in: folder, ranks: ranks)
        let figures = try run(["evaluate", "houses-model.h5", "houses.csv", "--json"], in: folder)
        let tree = try JSONSerialization.jsonObject(with: Data(figures.output.utf8))
        #expect((tree as? [String: Any])?["rows"] as? Int == 240, "\(figures.output)")
      }
      let check = try run(
        ["check", Self.job, "--set", "data.train={file: houses.csv, target: price}"]
          + ["--set", "output.model=other.h5"], in: folder)
      #expect(check.output.contains("converted houses.csv, 240 rows"), "\(check.output)")
      // Without its rows nobody knows that the last one cannot be read.
      let text = try String(
        contentsOf: folder.appendingPathComponent("houses.csv"), encoding: .utf8)
      try write(text + "Ulm,large\n", "bad.csv", in: folder)
      for (more, status, words) in [
        ([], 65, "bad.csv:242"), (["--quick"], 0, "bad.csv: CSV with 7 columns"),
      ] as [([String], Int32, String)] {
        let check = try run(
          ["check", Self.job, "--set", "data.train={file: bad.csv, target: price}"]
            + ["--set", "output.model=other.h5"] + more, in: folder, status: status)
        #expect(check.output.contains(words), "\(more): \(check.output)")
      }
      let missing = try run(
        ["check", Self.job, "--quick", "--set", "data.train={file: bad.csv, target: prize}"]
          + ["--set", "output.model=other.h5"], in: folder, status: 66)
      #expect(missing.output.contains("did you mean 'price'?"), "\(missing.output)")
      #expect(try leftovers(in: folder) == [])
    }
  }

  @Test(
    "HDF5 with the columns in another order validates, is measured and predicted by their names")
  func namesInHDF5() throws {
    try withTemporaryFolder { folder in
      var columns: [String: [String]] = [:]
      for name in ["a", "breadth", "c", "y"] { columns[name] = [name] }
      for row in 0..<60 {
        let (a, b, c) = (row % 7, row % 5, row % 3)
        for (name, value) in [
          ("a", a), ("breadth", 10 * b), ("c", 100 * c), ("y", a - 10 * b + 100 * c),
        ] {
          columns[name]?.append("\(value)")
        }
      }
      for (file, order) in [
        ("one", ["a", "breadth", "c", "y"]), ("two", ["y", "c", "a", "breadth"]),
      ] {
        let lines = (0...60).map { row in
          order.map { columns[$0]?[row] ?? "" }.joined(separator: ",")
        }
        try write(lines.joined(separator: "\n") + "\n", "\(file).csv", in: folder)
        try run(["convert", "--target", "y", "\(file).csv", "\(file).m.h5"], in: folder)
        try run(["convert", "--table", "t=\(file).csv", "\(file).t.h5"], in: folder)
      }
      for (kind, form) in [
        ("m", "features: features, target: target"), ("t", "table: t, target: y"),
      ] {
        let job = """
          data: {train: {file: one.\(kind).h5, \(form)}, validation: {file: V.\(kind).h5, FORM}}
          pipeline: {features: [standardize], target: [standardize]}
          network: {layers: [{dense: {units: 1}}]}
          training: {loss: mean_squared_error, optimizer: {sgd: {learning_rate: 0.05}}, batch_size: 8, epochs: 3}
          output: {model: \(kind).h5}
          """
        var told: [String] = []
        for name in ["one", "two"] {
          try write(
            job.replacingOccurrences(of: "V", with: name)
              .replacingOccurrences(of: "FORM", with: form), "job.yaml", in: folder)
          let trained = try run(["train", "job.yaml", "--overwrite", "--json"], in: folder)
          var figures: [String] = []
          for line in trained.output.split(separator: "\n") {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            if let loss = event?["val_loss"] as? Double { figures.append("\(loss)") }
          }
          #expect(figures.count >= 3, "\(trained.output)")
          told.append(figures.joined(separator: " "))
        }
        #expect(told[0] == told[1], "\(kind)")
        func answers(_ name: String) throws -> (String, [String]) {
          let data = "\(name).\(kind).h5"
          let figures = try run(["evaluate", "\(kind).h5", data, "--json"], in: folder)
          try run(
            ["predict", "\(kind).h5", data, "--output", "p.csv", "--overwrite"], in: folder)
          return (figures.output, try lines("p.csv", in: folder).map { $0.joined(separator: ",") })
        }
        let (first, second) = (try answers("one"), try answers("two"))
        #expect(first.0 == second.0 && first.1 == second.1 && first.1.count == 61, "\(kind)")
      }
      // A column that is called otherwise.
      columns["breadth"]?[0] = "breadths"
      let renamed = (0...60).map { row in
        ["a", "breadth", "c", "y"].map { columns[$0]?[row] ?? "" }.joined(separator: ",")
      }
      try write(renamed.joined(separator: "\n") + "\n", "three.csv", in: folder)
      try run(["convert", "--table", "t=three.csv", "three.t.h5"], in: folder)
      let missing = try run(["evaluate", "t.h5", "three.t.h5"], in: folder, status: 66)
      #expect(
        missing.errors.contains("no column 'breadth'")
          && missing.errors.contains("did you mean 'breadths'?"),
        "\(missing.errors)")
    }
  }

  @Test("a search converts once for all of its trials, which are those on HDF5")
  func search() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        at: Self.tables.appendingPathComponent("houses.csv"),
        to: folder.appendingPathComponent("houses.csv"))
      try run(["convert", "--table", "houses.csv", "houses.h5"], in: folder)
      var text = try String(contentsOf: URL(fileURLWithPath: Self.job), encoding: .utf8)
      for (old, new) in [
        (
          "learning_rate: 0.01",
          "learning_rate: {search: log-float, low: 0.001, high: 0.1, name: lr}"
        ),
        ("epochs: 60", "epochs: 2"),
        (
          "output:",
          "search: {objective: val_loss, sampler: random, pruner: none, trials: 4, ranks_per_trial: 1}\noutput:"
        ),
      ] {
        #expect(text.contains(old))
        text = text.replacingOccurrences(of: old, with: new)
      }
      try write(text, "hdf5.yaml", in: folder)
      let form = "{file: houses.h5, table: houses, target: price}"
      #expect(text.contains(form))
      try write(
        text.replacingOccurrences(
          of: form, with: "{file: houses.csv, table: houses, target: price}"),
        "raw.yaml", in: folder)
      func search(_ job: String, _ more: [String] = [], ranks: Int? = nil) throws -> [[String]] {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasPrefix("houses-model") {
          try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
        let searched = try run(["search", job] + more, ranks: ranks, in: folder)
        let told =
          searched.errors.components(separatedBy: "converted houses.csv, 240 rows").count - 1
        #expect(told == (job == "raw.yaml" ? 1 : 0), "\(searched.errors)")
        try run(
          ["predict", "houses-model.h5", "houses.csv", "--output", "p.csv", "--overwrite"],
          in: folder)
        let record = try File(opening: folder.appendingPathComponent("houses-model.h5").path)
          .group("sounder").stringAttribute("job")
        #expect(!record.contains(".tmp."), "\(record)")
        #expect(try leftovers(in: folder) == [])
        return try lines("p.csv", in: folder)
      }
      let expected = try search("hdf5.yaml")
      #expect(expected.count == 241)
      #expect(try search("raw.yaml") == expected)
      // What the journal says is told before anything is converted.
      for more in [[], ["--isolate", "--ranks", "2"]] {
        let over = try run(["search", "raw.yaml"] + more, in: folder)
        #expect(!over.errors.contains("converted"), "\(over.errors)")
        let other = try run(
          ["search", "raw.yaml", "--set", "training.batch_size=7"] + more, in: folder, status: 65)
        #expect(
          other.errors.contains("another study") && !other.errors.contains("converted"),
          "\(other.errors)")
        let few = try run(
          ["search", "raw.yaml", "--set", "search.journal=few.log", "--set"]
            + ["search.ranks_per_trial=3", "--overwrite"] + more, ranks: more.isEmpty ? 2 : nil,
          in: folder, status: 65)
        #expect(
          few.errors.contains("a trial needs 3 ranks") && !few.errors.contains("converted"),
          "\(few.errors)")
      }
      let grown = try run(["search", "raw.yaml", "--add-trials", "1"], in: folder)
      #expect(grown.errors.contains("converted houses.csv, 240 rows"), "\(grown.errors)")
      #expect(try search("raw.yaml", ranks: 3).count == 241)
      #expect(try search("raw.yaml", ["--isolate", "--ranks", "2"]).count == 241)
      // What is converted in another way is each trial's own, and there alone.
      var searched = try String(
        contentsOf: folder.appendingPathComponent("raw.yaml"), encoding: .utf8)
      for (old, new) in [
        ("table: houses", "table: {search: categorical, choices: [houses, homes], name: table}"),
        (
          "validation: {fraction: 0.2}",
          "validation: {fraction: 0.2}\n  memory: {search: categorical, choices: [8388608, 16777216], "
            + "name: memory}"
        ),
      ] {
        #expect(searched.contains(old))
        searched = searched.replacingOccurrences(of: old, with: new)
      }
      try write(searched, "raw.yaml", in: folder)
      #expect(try search("raw.yaml").count == 241)
    }
  }

  @Test("trials in steps read many files, and tell of them by the names that the user knows")
  func manyFiles() throws {
    try withTemporaryFolder { folder in
      // What is converted stands beside the model: the names together are longer than an argument may be, 128 KiB.
      let long = Array(repeating: String(repeating: "f", count: 200), count: 4)
        .joined(separator: "/")
      let deep = folder.appendingPathComponent(long)
      try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
      for part in 0..<180 {
        try write(
          Self.rows(part..<part + 3, ["a", "b", "c", "y"]), "part-\(part).csv", in: folder)
      }
      try write(Self.rows(0..<10, ["a", "b", "c", "y"]), "v.csv", in: folder)
      let job = Self.plainJob
        .replacing("0.01", with: "{search: log-float, low: 0.001, high: 0.01, name: lr}")
        .replacing(
          "output: {model: m.h5}",
          with: """
            search: {objective: val_loss, sampler: random, pruner: none, trials: 1, ranks_per_trial: 1, journal: s.log}
            output: {model: \(long)/m.h5}
            """)
      try write(job, "job.yaml", in: folder)
      let steps = ["search", "job.yaml", "--isolate", "--ranks", "1"]
      try run(steps, in: folder)
      #expect(FileManager.default.fileExists(atPath: deep.appendingPathComponent("m.h5").path))
      #expect(try leftovers(in: deep) == [])
      // A training cannot go on with a missing number, which is read as one.
      try write("a,b,c,y\n1,2,3,4\n1,,3,4\n", "part-7.csv", in: folder)
      let failed = try run(
        steps + ["--overwrite", "--set", "search.journal=bad.log"], in: folder, status: 65)
      #expect(
        failed.errors.contains("part-0.csv and 179 more files") && failed.errors.contains("is NaN")
          && !failed.errors.contains(".tmp."), "\(failed.errors)")
    }
  }

  @Test("a training passes over rows that cannot be used where its job says so")
  func badRows() throws {
    try withTemporaryFolder { folder in
      try train(in: folder)
      let text = try String(
        contentsOf: folder.appendingPathComponent("houses.csv"), encoding: .utf8)
      var lines = text.split(separator: "\n").map(String.init)
      lines.insert("Ulm,large", at: 3)
      lines.append("Ulm,1,2,3,4,5,6,7,8")
      try write(lines.joined(separator: "\n") + "\n", "bad.csv", in: folder)
      let sets = ["data.train={file: bad.csv, target: price}", "training.epochs=4"]
        .flatMap { ["--set", $0] }
      let stopped = try run(
        ["train", Self.job, "--overwrite", "--quiet"] + sets, in: folder, status: 65)
      #expect(
        stopped.errors.contains("bad.csv:4") && stopped.errors.contains("data.bad_rows: skip"),
        "\(stopped.errors)")
      let skips = sets + ["--set", "data.bad_rows=skip"]
      let told = "bad.csv: 2 rows cannot be read, on lines 4, 243; the first: the row has 2 fields"
      let check = try run(
        ["check", Self.job] + skips + ["--set", "output.model=other.h5"], in: folder)
      #expect(check.output.contains(told) && check.output.contains("240 rows"), "\(check.output)")
      for ranks in [nil, 2, 3] {
        // The same rows as those of the file without the two: the same model.
        try train(in: folder, ranks: ranks)
        let command = ["evaluate", "houses-model.h5", "houses.csv", "--json"]
        let expected = try run(command, in: folder).output
        let trained = try run(
          ["train", Self.job, "--overwrite", "--json"] + skips, ranks: ranks, in: folder)
        #expect(trained.errors.contains(told), "\(trained.errors)")
        // Four epochs of all rows but those of the validation.
        #expect(trained.output.contains("\"samples\":768,"), "\(trained.output)")
        // Workers beside a server step in an order of their own.
        let found = try run(command, in: folder).output
        if ranks == nil {
          #expect(found == expected)
          // Of numbers nothing is measured that is meant for classes.
          let all = try run(command + ["--metrics", "all"], in: folder).output
          #expect(all.contains("r2_score") && all.contains("mean_absolute_error"), "\(all)")
          #expect(!all.contains("crossentropy") && !all.contains("poisson"), "\(all)")
        }
        #expect(found.contains("\"rows\":240"), "\(found)")
      }
      let fit = try run(
        ["fit", Self.job, "--output", "p.h5"] + skips.prefix(2) + skips.suffix(2), in: folder)
      #expect(fit.errors.contains(told) && fit.output.contains("rows  192"), "\(fit.output)")
      // Rows of LIBSVM, too; what has no lines has none that could be passed over.
      try write("1 1:2 2:3\n2 1:x\n3 2:4\n", "a.svm", in: folder)
      let job = """
        data: {train: {file: a.svm, features: features, target: target}, bad_rows: skip}
        network: {layers: [{dense: {units: 1}}]}
        training: {loss: mean_squared_error, optimizer: {sgd: {learning_rate: 0.01}}, batch_size: 2, epochs: 1}
        output: {model: m.h5}
        """
      try write(job, "svm.yaml", in: folder)
      let svm = try run(["train", "svm.yaml", "--json"], in: folder)
      #expect(svm.errors.contains("a.svm: 1 row cannot be read, on line 2"), "\(svm.errors)")
      #expect(svm.output.contains("\"samples\":2"), "\(svm.output)")
      try run(["convert", "--table", "houses.csv", "houses.h5"], in: folder)
      for (more, words, status) in [
        ("data.train={file: houses.h5, table: houses, target: price}", "houses.h5 is none", 64),
        ("pipeline.window={length: 3}", "the pipeline has windows", 64),
        ("data.train={file: hoses.csv, target: price}", "hoses.csv", 66),
      ] as [(String, String, Int32)] {
        let refused = try run(
          ["train", Self.job, "--overwrite", "--quiet"] + skips + ["--set", more], in: folder,
          status: status)
        #expect(refused.errors.contains(words), "\(refused.errors)")
      }
      // Also where of CSV only the first line is read.
      let quick = try run(
        ["check", Self.job, "--quick"] + skips
          + ["--set", "pipeline.window={length: 3}", "--set", "output.model=other.h5"],
        in: folder, status: 64)
      #expect(quick.output.contains("the pipeline has windows"), "\(quick.output)")
      // Rows of a validation file are passed over as those of the table are.
      try write(lines.prefix(40).joined(separator: "\n") + "\n", "val.csv", in: folder)
      let proposal = [
        "train", "--regress", "price", "--from", "bad.csv", "--set", "data.bad_rows=skip",
        "--set", "training.epochs=1",
      ]
      let validation = "data.validation={file: val.csv, table: bad, target: price}"
      for more in [[], ["--overwrite", "--fresh", "--set", validation]] {
        let proposed = try run(proposal + more, in: folder)
        #expect(proposed.errors.contains(told), "\(proposed.errors)")
        #expect(
          proposed.errors.contains("val.csv: 1 row cannot be read, on line 4") == !more.isEmpty,
          "\(proposed.errors)")
      }
      let joined = try run(
        proposal + ["--overwrite", "--set", "pipeline.window={length: 3}"], in: folder, status: 64)
      #expect(joined.errors.contains("the pipeline has windows"), "\(joined.errors)")
      #expect(try leftovers(in: folder) == [])
    }
  }

  @Test("1, 2 and 3 ranks predict any CSV with the columns, row for row", arguments: [nil, 2, 3])
  func predict(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try train(in: folder)
      try run(["predict", "houses-model.h5", "houses.csv", "--output", "all.csv"], in: folder)
      let all = try lines("all.csv", in: folder)
      // The columns the other way round, one more, a number that float32 does not hold; two bad rows, one
      // of them the last.
      try write(
        """
        id;age;remarks;rooms;kind;area;city
        900719925474099;59;near station, old house;1;flat;42.2;Berlin
        2;88;;6
        3;88;;6;villa;122.5;Berlin
        4;67;;;flat;74.5;Ulm
        5;67;;;flat;large;Ulm

        """, "new.csv", in: folder)
      let words = ["predict", "houses-model.h5", "new.csv"]
      let run = try run(
        words + ["--keep", "id", "--output", "new-out.csv"],
        ranks: ranks, in: folder)
      #expect(
        run.errors.contains("new.csv: 2 rows cannot be read, on lines 3, 6")
          && run.errors.contains("the row has 4 fields"), "\(run.errors)")
      let new = try lines("new-out.csv", in: folder)
      try #require(new.count == 6)
      #expect(new[0] == ["row", "id", "output_0"])
      #expect(new.map { $0[0] } == ["row", "0", "1", "2", "3", "4"])
      #expect(new.map { $0[1] } == ["id", "900719925474099", "", "3", "4", ""])
      for (row, first) in [(1, 1), (3, 2), (4, 3)] {
        #expect(Self.areClose(new[row][2], all[first][1]), "\(new[row]) \(all[first])")
      }
      #expect(new[2][2] == "" && new[5][2] == "")
      let rowsOfStages = try self.run(
        [
          "transform", "houses-model.h5", "new.csv", "--output", "stages.csv", "--json", "--quiet",
        ], ranks: ranks, in: folder)
      #expect(
        rowsOfStages.output.contains("\"unreadable_rows\":2"), "\(rowsOfStages.output)")
      let part = try self.run(
        words + ["--rows", "1:4", "--quiet"], ranks: ranks, in: folder)
      let rows = part.output.split(separator: "\n").map(String.init)
      try #require(rows.count == 4 && rows[1] == "1,", "\(part.output)")
      #expect(
        rows[2].hasPrefix("2,") && Self.areClose(String(rows[2].dropFirst(2)), new[3][2])
          && rows[3].hasPrefix("3,") && Self.areClose(String(rows[3].dropFirst(2)), new[4][2]))
      // Asked rows that begin behind a gap, end with one, or end before one.
      for (rows, numbers, json) in [("2:5", 2..<5, 1), ("0:4", 0..<4, 1), ("1:5", 1..<5, 2)] {
        let told = try self.run(
          words + ["--rows", rows, "--quiet", "--output", "part.csv", "--overwrite", "--json"],
          ranks: ranks, in: folder)
        let part = try lines("part.csv", in: folder)
        #expect(part.map { $0[0] } == ["row"] + numbers.map { "\($0)" }, "\(rows)")
        for line in part.dropFirst() {
          let row = try #require(Int(line[0]))
          #expect(
            [1, 4].contains(row) ? line[1] == "" : Self.areClose(line[1], new[row + 1][2]),
            "\(rows): \(line)")
        }
        #expect(told.output.contains("\"unreadable_rows\":\(json)"), "\(told.output)")
        try self.run(
          words + ["--rows", rows, "--quiet", "--output", "part.h5", "--overwrite"],
          ranks: ranks, in: folder)
        let values = try File(opening: folder.appendingPathComponent("part.h5").path)
          .dataset("predictions").readAll(as: Float.self)
        #expect(
          values.map(\.isNaN) == numbers.map { [1, 4].contains($0) }, "\(rows): \(values)")
      }
      try self.run(
        words + ["--output", "new-out.h5", "--quiet"], ranks: ranks, in: folder)
      let numbers = try File(opening: folder.appendingPathComponent("new-out.h5").path)
        .dataset("predictions").readAll(as: Float.self)
      #expect(numbers.count == 5 && numbers[1].isNaN && numbers[4].isNaN && !numbers[2].isNaN)
      #expect(Self.areClose(new[3][2], "\(numbers[2])"))
      #expect(try leftovers(in: folder) == [])
    }
  }

  @Test("gzipped CSV, several files, and CSV without names are read, too")
  func forms() throws {
    try withTemporaryFolder { folder in
      try train(in: folder)
      let text = try String(
        contentsOf: folder.appendingPathComponent("houses.csv"), encoding: .utf8)
      let rows = text.split(separator: "\n").map(String.init)
      try run(["predict", "houses-model.h5", "houses.csv", "--output", "all.csv"], in: folder)
      let expected = try lines("all.csv", in: folder)
      try write(rows.joined(separator: "\n") + "\n", "zipped.csv", in: folder)
      try #require(try Program("/usr/bin/env").run(["gzip", "zipped.csv"], in: folder).status == 0)
      try write(rows[...100].joined(separator: "\n"), "part-1.csv", in: folder)
      try write(([rows[0]] + rows[101...]).joined(separator: "\n"), "part-2.csv", in: folder)
      try write(rows[1...].joined(separator: "\n"), "plain.csv", in: folder)
      for (data, more) in [
        ("zipped.csv.gz", []), ("part-*.csv", []), ("plain.csv", ["--columns", rows[0]]),
      ] {
        try run(
          ["predict", "houses-model.h5", data, "--output", "p.csv", "--overwrite"] + more,
          ranks: 2, in: folder)
        #expect(try lines("p.csv", in: folder) == expected, "\(data)")
      }
      let nameless = try run(["predict", "houses-model.h5", "plain.csv"], in: folder, status: 66)
      #expect(
        nameless.errors.contains("has no line of names") && nameless.errors.contains("--columns"),
        "\(nameless.errors)")
    }
  }

  @Test("columns are checked by name and type against the model's, with the line of what is wrong")
  func refused() throws {
    try withTemporaryFolder { folder in
      try train(in: folder)
      let head = "city,area,rooms,age,kind,remarks\n"
      try write(head + "Ulm,50,2,10,flat,\nUlm,large,2,10,flat,\n", "texts.csv", in: folder)
      let strict = try run(
        ["predict", "houses-model.h5", "texts.csv", "--strict"], in: folder, status: 65)
      #expect(
        strict.errors.contains("texts.csv:3") && strict.errors.contains("'area'")
          && strict.errors.contains("'large'"), "\(strict.errors)")
      try write("city,aera,rooms,age,kind,remarks\nUlm,50,2,10,flat,\n", "names.csv", in: folder)
      let missing = try run(
        ["predict", "houses-model.h5", "names.csv", "--ranks", "2"], in: folder, status: 66)
      #expect(
        missing.errors.contains("names.csv has no column 'area': did you mean 'aera'?"),
        "\(missing.errors)")
      // Numbers in a column of texts are texts: a city that there was not.
      try write(head + "12,50,2,10,flat,\n", "codes.csv", in: folder)
      let codes = try run(["predict", "houses-model.h5", "codes.csv"], in: folder)
      #expect(codes.output.split(separator: "\n").count == 2, "\(codes.output)")
      let target = try run(["evaluate", "houses-model.h5", "codes.csv"], in: folder, status: 66)
      #expect(target.errors.contains("no column 'price'"), "\(target.errors)")
      let table = try run(
        ["predict", "houses-model.h5", "codes.csv", "--features", "city,area"], in: folder,
        status: 64)
      #expect(table.errors.contains("finds the columns of CSV data by their names"))
      try run(["convert", "--table", "codes.csv", "codes.h5"], in: folder)
      let hdf5 = try run(
        ["predict", "houses-model.h5", "codes.h5", "--strict"], in: folder, status: 64)
      #expect(hdf5.errors.contains("is HDF5"), "\(hdf5.errors)")
      for words in [
        ["evaluate", "houses-model.h5", "houses.csv"],
        ["train", Self.job, "--folds", "3", "--set", "output.model=folds.h5"],
      ] {
        let perClass = try run(words + ["--per-class"], in: folder, status: 64)
        #expect(perClass.errors.contains("--per-class tells of each class"), "\(perClass.errors)")
      }
      let keep = try run(
        ["predict", "houses-model.h5", "codes.csv", "--keep", "ID"], in: folder, status: 66)
      #expect(keep.errors.contains("no column 'ID'"), "\(keep.errors)")
    }
  }

  @Test("classes have the names that the training's CSV gave them", arguments: [nil, 3])
  func classes(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      var text = "id,x,y,kind\n"
      for row in 0..<90 {
        let kind = ["red", "gr,een", "blue"][row % 3]
        text += "r\(row),\(Double(row % 3) + Double(row % 7) / 20),\(row % 5),\"\(kind)\"\n"
      }
      try write(text, "c.csv", in: folder)
      try write(
        """
        data:
          train: {file: c.csv, features: [x, y], target: kind}
          validation: {fraction: 0.2}
        pipeline:
          table:
            - standardize: {columns: [x, y]}
          target: [index]
        network:
          layers:
            - dense: {units: 16, activation: relu}
            - dense: {units: 3, activation: softmax}
        training:
          loss: sparse_categorical_crossentropy
          metrics: [accuracy]
          epochs: 60
          batch_size: 8
          optimizer:
            adam: {learning_rate: 0.02}
        output: {model: c.h5}

        """, "job.yaml", in: folder)
      try run(["train", "job.yaml", "--quiet"], ranks: ranks, in: folder)
      try run(
        ["predict", "c.h5", "c.csv", "--keep", "id,kind", "--output", "p.csv"], ranks: ranks,
        in: folder)
      let output = try String(
        contentsOf: folder.appendingPathComponent("p.csv"), encoding: .utf8
      ).split(separator: "\n").map(String.init)
      #expect(
        output[0]
          == "row,id,kind,class,probability_blue,\"probability_gr,een\",probability_red")
      let first = output[1].split(separator: ",").map(String.init)
      #expect(first[..<4] == ["0", "r0", "red", "red"], "\(output[1])")
      #expect(output[2].hasPrefix("1,r1,\"gr,een\",\"gr,een\","), "\(output[2])")
      let sum = first[4...].compactMap(Float.init).reduce(0, +)
      #expect(abs(sum - 1) < 1e-5)
      try run(["predict", "c.h5", "c.csv", "--output", "p.h5"], ranks: ranks, in: folder)
      let names = try File(opening: folder.appendingPathComponent("p.h5").path)
        .dataset("classes").stringsAttribute("class_names")
      #expect(names == ["blue", "gr,een", "red"])
      let figures = try run(["evaluate", "c.h5", "c.csv"], ranks: ranks, in: folder)
      #expect(figures.output.contains("data  c.csv:"), "\(figures.output)")
    }
  }

  @Test("columns that are passed through have their own digits, and a value for each row")
  func keep() throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      try small.change { root in
        try root.createDataset("tenth", shape: [SmallJob.rowCount], of: Float.self)
          .write([Float](repeating: 0.1, count: SmallJob.rowCount))
        try root.createDataset("short", shape: [100], of: Int32.self)
          .write([Int32](repeating: 7, count: 100))
      }
      let kept = try run(["predict", "model.h5", "data.h5", "--keep", "tenth"], in: folder)
      let rows = kept.output.split(separator: "\n")
      #expect(rows.count == 121 && rows[1].hasPrefix("0,0.1,"), "\(rows[1])")
      for name in ["short", "tenth,short"] {
        let short = try run(
          ["predict", "model.h5", "data.h5", "--keep", name], in: folder, status: 65)
        #expect(
          short.errors.contains("'short' has 100 rows, and the features have 120"),
          "\(short.errors)")
      }
    }
  }

  @Test("a model without table stages takes the columns in order, or those that are named")
  func order() throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      let features = SmallJob.features()
      func csv(_ head: String?, _ line: (Int) -> String) -> String {
        ((head.map { [$0] } ?? []) + (0..<SmallJob.rowCount).map(line)).joined(separator: "\n")
      }
      func row(_ row: Int) -> String {
        (0..<4).map { "\(features[row * 4 + $0])" }.joined(separator: ",")
      }
      try write(csv(nil, row), "plain.csv", in: folder)
      try write(
        csv("a,b,labels,c,d") { index in
          let fields = row(index).split(separator: ",")
          return "\(fields[0]),\(fields[1]),\(index % 3),\(fields[2]),\(fields[3])"
        }, "all.csv", in: folder)
      try write(
        csv("note,d,c,b,a") { index in
          "n\(index)," + row(index).split(separator: ",").reversed().joined(separator: ",")
        }, "other.csv", in: folder)
      try run(["predict", "model.h5", "data.h5", "--output", "e.csv"], in: folder)
      let expected = try lines("e.csv", in: folder)
      for words in [["plain.csv"], ["all.csv"], ["other.csv", "--features", "a,b,c,d"]] {
        try run(
          ["predict", "model.h5"] + words + ["--output", "p.csv", "--overwrite"], ranks: 2,
          in: folder)
        #expect(try lines("p.csv", in: folder) == expected, "\(words)")
      }
      let figures = try run(["evaluate", "model.h5", "all.csv", "--json"], in: folder)
      let reference = try run(["evaluate", "model.h5", "data.h5", "--json"], in: folder)
      for key in ["loss", "accuracy"] {
        func value(_ run: Program.Run) throws -> Double? {
          let tree = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
          return (tree as? [String: Any])?[key] as? Double
        }
        #expect(try value(figures) == value(reference), "\(key)")
      }
      // A feature may be passed through, too.
      let kept = try run(["predict", "model.h5", "all.csv", "--keep", "a"], in: folder)
      let keptRows = kept.output.split(separator: "\n")
      #expect(
        keptRows.count == 121 && keptRows[0].hasPrefix("row,a,")
          && keptRows[1].hasPrefix("0,\(features[0]),"), "\(keptRows[..<2])")
      // Weighted as in training, where the column is there.
      try small.change { root in
        try root.createDataset("w", shape: [SmallJob.rowCount], of: Float.self)
          .write((0..<SmallJob.rowCount).map { Float(1 + $0 % 3) })
      }
      try run(
        [
          "train", "job.yaml", "--quiet", "--set", "data.train.weights=w", "--set",
          "output.model=weighted.h5",
        ], in: folder)
      try write(
        csv("a,b,c,d,labels,w") { "\(row($0)),\($0 % 3),\(1 + $0 % 3)" }, "weighted.csv", in: folder
      )
      for (data, isWeighted) in [("weighted.csv", true), ("all.csv", false)] {
        let figures = try run(["evaluate", "weighted.h5", data], in: folder)
        #expect(
          figures.output.contains("loss weighted by  w") == isWeighted, "\(figures.output)")
      }
      try write("data.h5\nall.csv\n", "mixed.txt", in: folder)
      let mixed = try run(["predict", "model.h5", "mixed.txt"], in: folder, status: 65)
      #expect(
        mixed.errors.contains("data.h5 is HDF5 and") && mixed.errors.contains("all.csv CSV"),
        "\(mixed.errors)")
      let unread = try run(["calibrate", "model.h5", "--no-header"], in: folder, status: 64)
      #expect(unread.errors.contains("say how a data file is read"), "\(unread.errors)")
      let wide = try run(["predict", "model.h5", "other.csv"], in: folder, status: 65)
      #expect(
        wide.errors.contains("has 5 columns of features") && wide.errors.contains("takes 4"),
        "\(wide.errors)")
      #expect(small.files.allSatisfy { !$0.contains(".tmp.") })
    }
  }

  @Test(
    "many columns of numbers are trained on and predicted as one data set", arguments: [nil, 2])
  func wide(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let width = 40
      var text = (0..<width).map { "x\($0)," }.joined() + "y\n"
      for row in 0..<60 {
        text += (0..<width).map { "\((row * 7 + $0 * 3) % 11)," }.joined() + "\(row % 2)\n"
      }
      try write(text, "w.csv", in: folder)
      try write(
        """
        data:
          train: {file: w.csv, target: y}
        network:
          layers:
            - dense: {units: 1}
        training:
          loss: mean_squared_error
          optimizer:
            sgd: {learning_rate: 0.0001}
          epochs: 2
          batch_size: 8
        output: {model: w.h5}

        """, "job.yaml", in: folder)
      let check = try run(["check", "job.yaml"], in: folder)
      #expect(check.output.contains("w.csv: 60 rows of 40"), "\(check.output)")
      try run(["train", "job.yaml", "--quiet"], ranks: ranks, in: folder)
      let figures = try run(["evaluate", "w.h5", "w.csv"], ranks: ranks, in: folder)
      #expect(figures.output.contains("rows  60"), "\(figures.output)")
      let predicted = try run(["predict", "w.h5", "w.csv", "--quiet"], ranks: ranks, in: folder)
      #expect(predicted.output.split(separator: "\n").count == 61)
      try write(
        text.split(separator: "\n").enumerated().map { index, line in
          index == 3 ? line.split(separator: ",")[..<5].joined(separator: ",") : String(line)
        }.joined(separator: "\n"), "bad.csv", in: folder)
      let bad = try run(
        ["train", "job.yaml", "--set", "data.train.file=bad.csv", "--set", "output.model=b.h5"]
          + (ranks.map { ["--ranks", "\($0)"] } ?? []), in: folder, status: 65)
      #expect(bad.errors.contains("bad.csv:4"), "\(bad.errors)")
    }
  }

  /// A job on columns of numbers, without stages.
  private static let plainJob = """
    data:
      train: {file: 'part-*.csv', target: y}
      validation: {file: v.csv, target: y}
    network:
      layers:
        - dense: {units: 1}
    training:
      loss: mean_squared_error
      optimizer:
        sgd: {learning_rate: 0.01}
      epochs: 3
      batch_size: 4
      seed: 1
    output: {model: m.h5}

    """

  /// Rows of `a`, `b`, `c` and `y` with the columns in this order; `b` is whole in the first ten.
  private static func rows(_ range: Range<Int>, _ order: [String]) -> String {
    var text = order.joined(separator: ",") + "\n"
    for row in range {
      let cells = [
        "a": "\(row % 5)", "b": row < 10 ? "\(row % 3)" : "\(row % 3).5", "c": "\(row % 7 - 3)",
        "y": "\(row % 5 * 100)",
      ]
      text += order.map { cells[$0] ?? "" }.joined(separator: ",") + "\n"
    }
    return text
  }

  @Test(
    "columns of several files, of validation and of data to predict on are found by name",
    arguments: [nil, 3])
  func names(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      func losses(_ other: [String], _ model: String) throws -> String {
        try write(Self.rows(0..<10, ["a", "b", "c", "y"]), "part-1.csv", in: folder)
        try write(Self.rows(10..<20, other), "part-2.csv", in: folder)
        try write(Self.rows(0..<10, other), "v.csv", in: folder)
        try write(Self.plainJob, "job.yaml", in: folder)
        try run(
          ["train", "job.yaml", "--quiet", "--overwrite", "--set", "output.model=\(model)"]
            + ["--set", "output.history_csv=h.csv"], in: folder)
        let figures = try lines("h.csv", in: folder).map { $0.dropFirst(3).joined(separator: ",") }
        try #require(figures.count == 4 && figures[0].contains("val_loss"), "\(figures)")
        return figures.joined(separator: " ")
      }
      let expected = try losses(["a", "b", "c", "y"], "m.h5")
      #expect(try losses(["y", "c", "a", "b"], "other.h5") == expected)
      try write(Self.rows(0..<10, ["c", "extra", "b", "a"]), "p.csv", in: folder)
      for (data, output) in [("v.csv", "1.csv"), ("p.csv", "2.csv"), ("part-1.csv", "3.csv")] {
        try run(["predict", "m.h5", data, "--output", output], ranks: ranks, in: folder)
      }
      let predictions = try lines("3.csv", in: folder)
      try #require(predictions.count == 11)
      #expect(try lines("1.csv", in: folder) == predictions)
      #expect(try lines("2.csv", in: folder) == predictions)
      try write(Self.rows(0..<10, ["a", "bb", "c"]), "q.csv", in: folder)
      let missing = try run(["predict", "m.h5", "q.csv"], in: folder, status: 66)
      #expect(missing.errors.contains("no column 'b'"), "\(missing.errors)")
      // The bad row shows that names are told of before rows are read.
      try write(
        Self.rows(0..<10, ["a", "b", "c", "y"]) + "1,2\n", "part-1.csv", in: folder)
      try write(Self.rows(10..<20, ["a", "b", "cc", "y"]), "part-2.csv", in: folder)
      let other = try run(
        ["train", "job.yaml", "--quiet", "--set", "output.model=x.h5"]
          + (ranks.map { ["--ranks", "\($0)"] } ?? []), in: folder, status: 66)
      #expect(
        other.errors.contains("part-2.csv has no column 'c': did you mean '"),
        "\(other.errors)")
      #expect(try leftovers(in: folder) == [])
    }
  }

  @Test(
    "a column is of one type in all files: fractions after whole numbers, digits after texts",
    arguments: [nil, 2])
  func kinds(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      try write("x,code,y\n1,A1,1\n2,B,2\n3,A1,3\n4,B,4\n", "part-1.csv", in: folder)
      try write("x,code,y\n1.5,12,500\n,12,-6.5\n2,12,7\n2,12,8\n", "part-2.csv", in: folder)
      try write("x,code,y\n1,12,5\n2,12,6\n", "v.csv", in: folder)
      try write(
        Self.plainJob.replacing(
          "network:",
          with: """
            pipeline:
              table:
                - one_hot: {columns: [code]}
                - impute: {columns: [x], strategy: mean}
            network:
            """), "job.yaml", in: folder)
      let more = ranks.map { ["--ranks", "\($0)"] } ?? []
      try run(["train", "job.yaml", "--quiet"] + more, in: folder)
      // As one matrix: features and targets that are whole in the first file alone.
      try write("x,y\n1,1\n2,2\n3,3\n4,4\n", "part-1.csv", in: folder)
      try write("x,y\n1.5,500\n2,-6.5\n2,7\n", "part-2.csv", in: folder)
      try write("x,y\n1,5\n", "v.csv", in: folder)
      try write(Self.plainJob, "plain.yaml", in: folder)
      try run(["train", "plain.yaml", "--quiet", "--overwrite"] + more, in: folder)
      let figures = try run(["evaluate", "m.h5", "part-*.csv"] + more, in: folder)
      #expect(figures.output.contains("rows  7"), "\(figures.output)")
    }
  }

  @Test("a column that a stage names and that is missing is told of before rows are read")
  func missingColumn() throws {
    try withTemporaryFolder { folder in
      try write("area,rooms,y\n50,2,1\n60,3,2\n70,3\n", "h.csv", in: folder)
      try write(
        Self.plainJob.replacing("'part-*.csv'", with: "h.csv")
          .replacing(
            "  validation: {file: v.csv, target: y}\nnetwork:",
            with: """
              pipeline:
                table:
                  - rename: {rooms: room_count}
                  - standardize: {columns: [aera, room_count]}
              network:
              """), "job.yaml", in: folder)
      for ranks in [[], ["--ranks", "2"]] {
        let missing = try run(
          ["train", "job.yaml", "--quiet"] + ranks, in: folder, status: 66)
        #expect(
          missing.errors.contains("h.csv") && missing.errors.contains("no column 'aera'")
            && missing.errors.contains("did you mean 'area'?"), "\(missing.errors)")
      }
      #expect(try leftovers(in: folder) == [])
    }
  }

  @Test("LIBSVM and NumPy files are trained on as they are")
  func otherFormats() throws {
    try withTemporaryFolder { folder in
      let small = try SmallJob(in: folder)
      let features = SmallJob.features()
      let rows = (0..<SmallJob.rowCount).map { row in
        "\(row % 3) " + (0..<4).map { "\($0 + 1):\(features[row * 4 + $0])" }.joined(separator: " ")
      }
      try write(rows.joined(separator: "\n") + "\n", "data.libsvm", in: folder)
      let data = "data.train={file: data.libsvm, features: features, target: target}"
      try run(
        ["train", "job.yaml", "--quiet", "--set", data, "--set", "data.validation=null"], in: folder
      )
      let figures = try run(["evaluate", "model.h5", "data.libsvm"], ranks: 2, in: folder)
      #expect(figures.output.contains("rows  120"), "\(figures.output)")
      for words in [["--header"], ["--separator", "tab"], ["--columns", "a,b"]] {
        let refused = try run(
          ["evaluate", "model.h5", "data.libsvm"] + words, in: folder, status: 64)
        #expect(refused.errors.contains("is no CSV"), "\(words): \(refused.errors)")
      }
      #expect(small.files.allSatisfy { !$0.contains(".tmp.") })
    }
  }
}
