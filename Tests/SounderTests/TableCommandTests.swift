import Foundation
import HDF5
import TestSupport
import Testing

/// A table of numbers and texts from CSV to predictions.
@Suite("Tables in commands")
struct TableCommandTests: HousesTests {
  private let sounder = Program()

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
