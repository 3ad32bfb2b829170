import Foundation
import HDF5
import TestSupport
import Testing

/// CSV and other raw files where a model is measured and used, without a conversion by hand.
@Suite("Raw data in predictions and evaluations")
struct RawPredictionTests: HouseTests {
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
}
