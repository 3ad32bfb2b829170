import Foundation
import HDF5
import TestSupport
import Testing

/// CSV and other raw files where a model is trained, measured and used, without a conversion by hand.
@Suite("Raw data in commands")
struct RawDataTests {
  private static let tables = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs/tables")
  private static let job = tables.appendingPathComponent("houses.yaml").path
  private let sounder = Program()

  @discardableResult
  private func run(
    _ words: [String], ranks: Int? = nil, in folder: URL, status: Int32 = 0
  ) throws -> Program.Run {
    let run = try sounder.run(words, ranks: ranks, in: folder)
    try #require(run.status == status, "\(words): \(run.status) \(run.output) \(run.errors)")
    return run
  }

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
      let part = try self.run(
        words + ["--rows", "1:4", "--quiet"], ranks: ranks, in: folder)
      let rows = part.output.split(separator: "\n").map(String.init)
      try #require(rows.count == 4 && rows[1] == "1,", "\(part.output)")
      #expect(
        rows[2].hasPrefix("2,") && Self.areClose(String(rows[2].dropFirst(2)), new[3][2])
          && rows[3].hasPrefix("3,") && Self.areClose(String(rows[3].dropFirst(2)), new[4][2]))
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
      #expect(small.files.allSatisfy { !$0.contains(".tmp.") })
    }
  }
}
