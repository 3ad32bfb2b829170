import Foundation
import HDF5
import TestSupport
import Testing

/// A table of numbers and texts from CSV to predictions: the job of `jobs/tables`, as it stands.
@Suite("Tables in commands")
struct TableCommandTests: CommandTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs/tables")
  private static let job = folder.appendingPathComponent("houses.yaml").path
  private let sounder = Program()

  /// The rows of `houses.csv`, field by field; no field of these has a separator in it but the remarks.
  private func records() throws -> [[String]] {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("houses.csv"), encoding: .utf8)
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
  private func convert(
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

  private func predictions(
    _ words: [String], ranks: Int? = nil, in folder: URL
  ) throws -> [Float] {
    try run(
      ["predict"] + words + ["--output", "p.h5", "--overwrite", "--quiet"], ranks: ranks,
      in: folder)
    return try File(opening: folder.appendingPathComponent("p.h5").path)
      .dataset("predictions").readAll(as: Float.self)
  }

  private static let all = ["city", "area", "rooms", "age", "kind", "remarks", "price"]

  @Test("1, 2 and 3 ranks learn the prices, from whatever order of columns", arguments: [1, 2, 3])
  func houses(ranks: Int) throws {
    try withTemporaryFolder { folder in
      try convert(Self.all, as: "houses", in: folder)
      let check = try run(["check", Self.job], in: folder)
      #expect(
        check.output.contains("city (text), area (number), rooms (number)"), "\(check.output)")
      #expect(check.output.contains("network           not looked at"), "\(check.output)")
      try run(["train", Self.job, "--quiet"], ranks: ranks, in: folder)
      let figures = try run(["evaluate", "houses-model.h5", "houses.h5", "--json"], in: folder)
      let value =
        try JSONSerialization.jsonObject(with: Data(figures.output.utf8)) as? [String: Any]
      // Of the variance of the prices: 0.02, of which some 0.01 are their noise. It is 107 squared.
      let loss = value?["loss"] as? Double
      #expect((loss ?? .infinity) < 0.05, "\(figures.output)")
      let expected = try predictions(["houses-model.h5", "houses.h5"], in: folder)
      let prices = try records().dropFirst().map { Float($0[6]) ?? 0 }
      let error = zip(expected, prices).map { abs($0 - $1) }.reduce(0, +) / Float(prices.count)
      #expect(expected.count == 240 && error < 16, "\(error)")
      // Another table, with its columns the other way round and without prices.
      try convert(Self.all.reversed().dropFirst().map { $0 }, as: "new", in: folder)
      for count in [nil, 2, 3] {
        #expect(
          try predictions(["houses-model.h5", "new.h5"], ranks: count, in: folder) == expected)
      }
      let remark = try run(["predict", "houses-model.h5", "new.h5"], in: folder)
      #expect(remark.errors.contains("took 'new'"), "\(remark.errors)")
      #expect(
        try predictions(["houses-model.h5", "new.h5", "--features", "new"], in: folder) == expected)
      let latent = try run(
        ["transform", "houses-model.h5", "new.h5", "--layer", "hidden", "--rows", "0:3"], in: folder
      )
      #expect(latent.output.split(separator: "\n").count == 4, "\(latent.output)")
    }
  }

  @Test("what ranks fit is the same to 1e-6, and plain HDF5")
  func ranks() throws {
    try withTemporaryFolder { folder in
      try convert(Self.all, as: "houses", in: folder)
      var first: [Double] = []
      for ranks in [1, 2, 3, 5] {
        try run(
          ["train", Self.job, "--quiet", "--set", "training.epochs=1", "--set"]
            + ["output.model=m\(ranks).h5"], ranks: ranks, in: folder)
        let table = try File(opening: folder.appendingPathComponent("m\(ranks).h5").path)
          .group("sounder/pipeline/table")
        var groups: [String] = []
        for name in table.childNames() where table.kind(of: name) == .group { groups.append(name) }
        #expect(
          groups == [
            "00_impute", "01_impute", "02_expression", "03_one_hot", "04_count", "05_standardize",
            "06_clip",
          ])
        let categories = try table.dataset("03_one_hot/fitted/categories_0").readStrings()
        #expect(categories == ["Aachen", "Berlin", "Ulm", "Zürich"])
        let numbers =
          try table.dataset("05_standardize/fitted/mean").readAll(as: Double.self)
          + table.dataset("00_impute/fitted/fill").readAll(as: Double.self)
        if first.isEmpty { first = numbers }
        #expect(zip(numbers, first).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
        #expect(numbers.count == 6)
      }
    }
  }

  @Test("columns are checked by name and by what they hold, before a row is read")
  func refused() throws {
    try withTemporaryFolder { folder in
      try convert(Self.all, as: "houses", in: folder)
      try run(
        ["train", Self.job, "--quiet", "--set", "training.epochs=1"], in: folder)
      // A column that is missing, and one that holds texts now.
      try convert(["city", "area", "rooms", "kind", "remarks", "years"], as: "renamed", in: folder)
      {
        $0[0][3] = "years"
      }
      let missing = try run(
        ["predict", "houses-model.h5", "renamed.h5"], in: folder, status: 66)
      #expect(missing.errors.contains("no column 'age'"), "\(missing.errors)")
      try convert(Self.all, as: "texts", in: folder) { $0[1][1] = "large" }
      let texts = try run(["predict", "houses-model.h5", "texts.h5"], in: folder, status: 65)
      #expect(
        texts.errors.contains("'area' holds text, and held number"), "\(texts.errors)")
      // 64: what an option says is wrong by itself; 65 and 66: it does not fit the table.
      for (edit, status, words) in [
        ("[{standardize: {columns: [aria]}}]", 66, "did you mean 'area'?"),
        ("[{standardize: {columns: [city]}}]", 65, "'city' is a text column"),
        ("[{drop: {columns: [city]}}]", 65, "'kind', 'remarks' are text columns"),
        ("[{select: {columns: [area]}}, {index: {columns: [city]}}]", 66, "no column 'city'"),
        ("[{one_hot: {columns: [city], unknown: skip}}]", 64, "skip is for `index` alone"),
        ("[{expression: {x: 'area +'}}]", 64, "found the end"),
        ("[{indx: {columns: [city]}}]", 64, "did you mean 'index'?"),
      ] {
        for command in [["check"], ["train", "--quiet"]] {
          let run = try sounder.run(
            command + [Self.job, "--set", "pipeline.table=\(edit)", "--set", "output.model=x.h5"],
            in: folder)
          #expect(run.status == status, "\(edit)")
          #expect((run.output + run.errors).contains(words), "\(run.output) \(run.errors)")
        }
      }
      let plain = try sounder.run(
        [
          "check", Self.job, "--set",
          "data.train={file: houses.h5, features: houses/area, target: houses/price}",
        ],
        in: folder)
      #expect(plain.status == 64 && plain.output.contains("name one, as in"), "\(plain.output)")
    }
  }

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

  @Test("texts of the target are classes, with their names", arguments: ["fraction", "stratified"])
  func classes(_ split: String) throws {
    try withTemporaryFolder { folder in
      try convert(Self.all, as: "houses", in: folder)
      let validation = split == "fraction" ? "{fraction: 0.2}" : "{fraction: 0.2, stratify: true}"
      let sets = [
        "data.train={file: houses.h5, table: houses, features: [area, city], target: kind}",
        "data.validation=\(validation)",
        "pipeline={table: [{impute: {columns: [city], strategy: constant, value: none}}, "
          + "{index: {columns: [city], unknown: keep}}, {standardize: {columns: [area, city]}}], "
          + "target: [index]}",
        "network={layers: [{dense: {units: 16, activation: relu}}, "
          + "{dense: {units: 3, activation: softmax}}]}",
        "training.loss=sparse_categorical_crossentropy", "training.metrics=[accuracy]",
      ].flatMap { ["--set", $0] }
      let check = try run(["check", Self.job] + sets, in: folder)
      if split == "stratified" { #expect(check.output.contains("terraced"), "\(check.output)") }
      try run(["train", Self.job, "--quiet"] + sets, ranks: 3, in: folder)
      let figures = try run(["evaluate", "houses-model.h5", "houses.h5", "--json"], in: folder)
      let value =
        try JSONSerialization.jsonObject(with: Data(figures.output.utf8)) as? [String: Any]
      #expect(value?["classes"] as? [String] == ["flat", "terraced", "villa"], "\(figures.output)")
      #expect(((value?["accuracy"] as? Double) ?? 0) > 0.95, "\(figures.output)")
      #expect(try predictions(["houses-model.h5", "houses.h5"], in: folder).count == 240 * 3)
      // A class that there was not.
      try convert(Self.all, as: "other", in: folder) { $0[5][4] = "castle" }
      let unknown = try run(["evaluate", "houses-model.h5", "other.h5"], in: folder, status: 65)
      #expect(unknown.errors.contains("row 4 is 'castle'"), "\(unknown.errors)")
    }
  }

  @Test("a training goes on from its checkpoint with the stages that were fitted before")
  func resumed() throws {
    try withTemporaryFolder { folder in
      try convert(Self.all, as: "houses", in: folder)
      let words = ["train", Self.job, "--quiet", "--ranks", "2", "--set", "training.epochs=3"]
      try run(words + ["--set", "output.model=whole.h5"], in: folder)
      // 192 rows in batches of 16 are 12 steps an epoch.
      let failed = try sounder.run(
        words, in: folder, environment: ["SOUNDER_FAULT": "rank=1,step=20,kind=throw"])
      #expect(failed.status != 0)
      #expect(
        FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("houses-model.checkpoint.h5").path))
      try run(["check", Self.job, "--set", "training.epochs=3"], in: folder)
      try run(words, in: folder)
      #expect(
        try predictions(["houses-model.h5", "houses.h5"], in: folder)
          == predictions(["whole.h5", "houses.h5"], in: folder))
    }
  }
}
