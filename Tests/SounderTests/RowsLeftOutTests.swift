import Foundation
import HDF5
import TestSupport
import Testing

/// Rows with a category that `index` does not know, where they are to be left out.
@Suite("Rows left out of a table")
struct RowsLeftOutTests: HousesTests {
  @Test("rows that `index` does not know are left out where they are told to be")
  func skipped() throws {
    try withTemporaryFolder { folder in
      func fill(_ records: inout [[String]]) {
        for row in records.indices where records[row][0] == "" { records[row][0] = "Ulm" }
      }
      // Of 240 rows, six of the training have no city.
      try convert(Self.all, as: "houses", in: folder) { records in
        fill(&records)
        for row in [1, 7, 8, 100, 239, 240] { records[row][0] = "" }
      }
      let sets = [
        "data.train={file: houses.h5, table: houses, features: [area, city], target: price}",
        "data.validation={file: other.h5, table: other, features: [area, city], target: price}",
        "pipeline={table: [{index: {columns: [city], unknown: skip}}, {one_hot: {columns: [city]}}, "
          + "{standardize: {columns: [area]}}], target: [standardize]}",
        "training.epochs=3", "training.batch_size=16",
      ].flatMap { ["--set", $0] }
      // In the rows that validate there is a city that there was not.
      try convert(Self.all, as: "other", in: folder) { records in
        fill(&records)
        records[5][0] = "Rome"
        records[9][0] = ""
      }
      let check = try run(["check", Self.job] + sets, in: folder)
      #expect(check.output.contains("6 rows are left out"), "\(check.output)")
      var losses: [Double] = []
      for ranks in [nil, 2, 3] {
        let train = try run(
          ["train", Self.job, "--overwrite", "--json"] + sets, ranks: ranks, in: folder)
        let text = train.output + train.errors
        #expect(
          text.contains(
            "houses.h5: 6 rows are left out (unknown: skip), rows 0, 6, 7, 99, 238, 239"),
          "\(text)")
        #expect(
          text.contains(
            "other.h5: 2 rows are left out (unknown: skip), rows 4, 8; row 4: 'city' is"),
          "\(text)")
        var samples: Int?
        for line in train.output.split(separator: "\n") {
          let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          if let count = event?["samples"] as? Int { samples = count }
        }
        // Three epochs of the rows that are left.
        #expect(samples == 3 * 234, "\(train.output)")
        let figures = try run(["evaluate", "houses-model.h5", "other.h5", "--json"], in: folder)
        let value =
          try JSONSerialization.jsonObject(with: Data(figures.output.utf8)) as? [String: Any]
        #expect(value?["rows"] as? Int == 238 && value?["left_out_rows"] as? Int == 2)
        #expect(figures.errors.contains("other.h5: 2 rows are left out"), "\(figures.errors)")
        losses.append(value?["loss"] as? Double ?? .nan)
      }
      #expect(losses.allSatisfy { $0.isFinite })
      // From any number of ranks, and from CSV with a row that cannot be read, each row has its line.
      try run(["predict", "houses-model.h5", "houses.h5", "--output", "all.csv"], in: folder)
      let raw = folder.appendingPathComponent("other.csv")
      var lines = try String(contentsOf: raw, encoding: .utf8).split(separator: "\n").map(
        String.init)
      lines.insert("Ulm,large", at: 3)
      try (lines.joined(separator: "\n") + "\n").write(to: raw, atomically: true, encoding: .utf8)
      for ranks in [nil, 2, 3] {
        let predict = try run(
          [
            "predict", "houses-model.h5", "other.csv", "--keep", "city", "--output", "p.csv",
            "--overwrite", "--json",
          ], ranks: ranks, in: folder)
        #expect(predict.output.contains("\"left_out_rows\":2"), "\(predict.output)")
        #expect(predict.errors.contains("rows 5, 9; row 5: 'city' is 'Rome'"), "\(predict.errors)")
        let text = try String(
          contentsOf: folder.appendingPathComponent("p.csv"), encoding: .utf8)
        let rows = text.split(separator: "\n").dropFirst().map(String.init)
        try #require(rows.count == 241, "\(rows.count)")
        #expect(rows[2] == "2,," && rows[5] == "5,Rome," && rows[9] == "9,,")
        let cut = rows[4].split(separator: ",", omittingEmptySubsequences: false)
        #expect(cut.count == 3 && Float(cut[2]) != nil, "\(rows[4])")
        let part = try run(
          ["predict", "houses-model.h5", "other.csv", "--rows", "5:7"], ranks: ranks, in: folder)
        let few = part.output.split(separator: "\n")
        #expect(few.count == 3 && few[1] == "5," && few[2].hasPrefix("6,"), "\(part.output)")
      }
      // Rows have the numbers of the file also where others before them are passed over.
      let raws = [
        "data.validation={file: other.csv, table: other, features: [area, city], target: price}",
        "data.bad_rows=skip", "output.model=raw.h5",
      ].flatMap { ["--set", $0] }
      let unknown =
        "other.csv: 2 rows are left out (unknown: skip), rows 5, 9; row 5: 'city' is 'Rome'"
      let missing =
        "other.csv: 1 row is left out (unknown: skip), rows 9; row 9: 'city' is missing"
      for (words, line) in [
        (["train", Self.job] + sets + raws, unknown), (["calibrate", "raw.h5"], unknown),
        (["check", Self.job, "--set", "output.model=new.h5"] + sets + raws.prefix(4), missing),
      ] {
        let told = try run(words, in: folder)
        #expect((told.output + told.errors).contains(line), "\(told.output) \(told.errors)")
      }
      // So they have in the trainings of folds, one of which knows Rome, and of a table in place of a job.
      let data =
        "data={train: {file: other.csv, table: other, features: [area, city], target: price}, bad_rows: skip}"
      let folds = try run(
        ["train", Self.job, "--folds", "2"] + sets
          + ["--set", data, "--set", "output.model=folds.h5"], in: folder)
      for line in [unknown, missing] {
        #expect((folds.output + folds.errors).contains(line), "\(folds.output) \(folds.errors)")
      }
      let stages =
        "pipeline={table: [{select: {columns: [area, city]}}, {index: {columns: [city], unknown: skip}}, "
        + "{one_hot: {columns: [city]}}, {standardize: {columns: [area]}}], target: [standardize]}"
      let proposed = try run(
        ["train", "--regress", "price", "--from", "other.csv"]
          + ["data.bad_rows=skip", stages, "training.epochs=1"].flatMap { ["--set", $0] },
        in: folder)
      let told = proposed.output + proposed.errors
      #expect(told.contains(unknown) || told.contains(missing), "\(told)")
      // A search tells once of what is missing, whatever the number of its trials.
      let search = [
        "training.batch_size={search: int, low: 12, high: 16, name: batch}",
        "search={objective: val_loss, sampler: random, pruner: none, trials: 2, ranks_per_trial: 1, "
          + "journal: raw.log}",
      ].flatMap { ["--set", $0] }
      for more in [["--overwrite"], ["--isolate", "--ranks", "1", "--add-trials", "1"]] {
        let told = try run(["search", Self.job] + sets + raws + search + more, in: folder).errors
        for line in [
          "houses.h5: 6 rows are left out (unknown: skip), rows 0, 6, 7, 99, 238, 239", missing,
        ] {
          #expect(told.components(separatedBy: line).count == 2, "\(told)")
        }
      }
      // Thousands of rows that are left out one behind the other, each with what is passed through.
      let long = ["city,area", "Ulm,50"] + (2...9000).map { "Rome \($0),50" } + ["Ulm,60"]
      try (long.joined(separator: "\n") + "\n").write(
        to: folder.appendingPathComponent("long.csv"), atomically: true, encoding: .utf8)
      for ranks in [nil, 2] {
        try run(
          [
            "predict", "houses-model.h5", "long.csv", "--keep", "city", "--output", "long-p.csv",
            "--overwrite",
          ], ranks: ranks, in: folder)
        let rows = try String(
          contentsOf: folder.appendingPathComponent("long-p.csv"), encoding: .utf8
        ).split(separator: "\n").dropFirst().map(String.init)
        try #require(rows.count == 9001, "\(rows.count)")
        let wrong = (2...9000).first { rows[$0 - 1] != "\($0 - 1),Rome \($0)," }
        #expect(wrong == nil, "\(rows[(wrong ?? 1) - 1])")
        #expect(rows[0].hasPrefix("0,Ulm,") && rows[9000].hasPrefix("9000,Ulm,"))
      }
      // The rows that the job kept are told of, too, where they are left out.
      let calibrate = try run(["calibrate", "houses-model.h5"], in: folder)
      #expect(calibrate.output.contains("rows  238"), "\(calibrate.output)")
      #expect(
        calibrate.errors.contains(
          "other.h5: 2 rows are left out (unknown: skip), rows 4, 8; row 4"),
        "\(calibrate.errors)")
      // A city of one row alone is unknown where that row is held out, and known where it is trained on.
      try convert(Self.all, as: "halves", in: folder) { records in
        fill(&records)
        records[20][0] = "Rome"
      }
      let halves = [
        "data.train={file: halves.h5, table: halves, features: [area, city], target: price}",
        "output.model=half.h5",
      ].flatMap { ["--set", $0] }
      var tellingCount = 0
      for fold in 0..<2 {
        let train = try run(
          ["train", Self.job, "--overwrite", "--json"] + sets + halves
            + ["--set", "data.validation={fold: \(fold), folds: 2}"], in: folder)
        let text = train.output + train.errors
        if text.contains("1 row is left out (unknown: skip), rows 19; row 19: 'city' is 'Rome'") {
          tellingCount += 1
        }
        #expect(text.contains("\"samples\":360"), "\(text)")
      }
      #expect(tellingCount == 1)
      // A job may take the pipeline, also where all of its rows are unknown to it.
      try convert(Self.all, as: "strange", in: folder) { records in
        for row in 1..<records.count { records[row][0] = "Rome" }
      }
      let none = try run(["evaluate", "houses-model.h5", "strange.h5"], in: folder, status: 65)
      #expect(none.errors.contains("no row is left to measure"), "\(none.errors)")
      let empty = try run(
        ["train", Self.job, "--overwrite", "--quiet"] + sets
          + [
            "--set",
            "data.validation={file: strange.h5, table: strange, features: [area, city], "
              + "target: price}",
          ], in: folder, status: 65)
      #expect(empty.errors.contains("data.validation: no row is left"), "\(empty.errors)")
      // Rows without any city are found before anything is fitted.
      try convert(Self.all, as: "bare", in: folder) { records in
        for row in 1..<records.count { records[row][0] = "" }
      }
      let train =
        "data.train={file: bare.h5, table: bare, features: [area, city], target: price}"
      let bare = try run(["check", Self.job] + sets + ["--set", train], in: folder, status: 65)
      #expect(
        (bare.output + bare.errors).contains("no row is left of bare.h5"), "\(bare.output)")
    }
  }
}
