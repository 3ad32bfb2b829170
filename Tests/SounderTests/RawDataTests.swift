import Foundation
import HDF5
import TestSupport
import Testing

/// CSV and other raw files where a model is trained, without a conversion by hand.
@Suite("Raw data in trainings and searches")
struct RawDataTests: HouseTests {
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
}
