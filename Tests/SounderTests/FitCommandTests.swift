import Foundation
import HDF5
import TestSupport
import Testing

/// Pipelines that are fitted without a network.
@Suite("sounder fit")
struct FitCommandTests: CommandTests {
  private static let tables = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs/tables")
  private func prepare(_ folder: URL) throws {
    try FileManager.default.copyItem(
      at: Self.tables.appendingPathComponent("houses.csv"),
      to: folder.appendingPathComponent("houses.csv"))
    try """
    data:
      train: {file: houses.csv, target: price}
    pipeline:
      table:
        - impute: {columns: [rooms, age], strategy: mean}
        - impute: {columns: [city], strategy: constant, value: none}
        - drop: {columns: [remarks]}
        - one_hot: {columns: [city, kind]}
        - standardize: {columns: [area, rooms, age]}
      target: [standardize]

    """.write(
      to: folder.appendingPathComponent("fit.yaml"), atomically: true, encoding: .utf8)
  }

  private func features(_ name: String, in folder: URL) throws -> [Float] {
    try File(opening: folder.appendingPathComponent(name).path).dataset("features")
      .readAll(as: Float.self)
  }

  @Test("1, 2 and 3 ranks fit the same, tell what they found, and transform with it")
  func ranks() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      let text = try String(
        contentsOf: folder.appendingPathComponent("houses.csv"), encoding: .utf8)
      var missing = 0
      for line in text.split(separator: "\n").dropFirst()
      where line.split(separator: ",", omittingEmptySubsequences: false)[3].isEmpty {
        missing += 1
      }
      var first: [Float] = []
      for ranks in [nil, 2, 3] {
        let name = "p\(ranks ?? 1).h5"
        let fit = try run(["fit", "fit.yaml", "-o", name], ranks: ranks, in: folder)
        #expect(fit.output.hasPrefix("rows  240\n"), "\(fit.output)")
        for words in ["city ", "text", "remarks", "kind (3 categories)", "wrote \(name)"] {
          #expect(fit.output.contains(words), "\(words): \(fit.output)")
        }
        let age = try #require(fit.output.split(separator: "\n").first { $0.hasPrefix("age") })
        #expect(age.split(separator: " ").map(String.init) == ["age", "number", "\(missing)"])
        try run(
          ["transform", name, "houses.csv", "--output", "f.h5", "--overwrite", "--quiet"],
          ranks: ranks, in: folder)
        let features = try features("f.h5", in: folder)
        if first.isEmpty { first = features }
        #expect(features.count == first.count && features.count % 240 == 0)
        #expect(zip(features, first).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
      }
      // The columns in their places: area, rooms and age have mean 0 and deviation 1.
      let width = first.count / 240
      var standardized = 0
      for column in 0..<width {
        let values = (0..<240).map { Double(first[$0 * width + column]) }
        let mean = values.reduce(0, +) / 240
        let square = values.reduce(0) { $0 + $1 * $1 } / 240
        if abs(mean) < 1e-4, abs(square - 1) < 1e-3 { standardized += 1 }
      }
      #expect(standardized == 3)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      for name in names { #expect(!name.contains(".tmp."), "\(name)") }
    }
  }

  @Test("the pipeline of a model transforms as the one that is fitted alone")
  func model() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      try run(["fit", "fit.yaml", "--json"], in: folder)
      let job = folder.appendingPathComponent("fit.yaml")
      try
        (String(contentsOf: job, encoding: .utf8) + """
          network:
            layers:
              - dense: {units: 1}
          training:
            loss: mean_squared_error
            optimizer:
              sgd: {learning_rate: 0.01}
            epochs: 1
            batch_size: 16
          output: {model: m.h5}

          """).write(
          to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      try run(["transform", "m.h5", "houses.csv", "--output", "a.h5"], in: folder)
      try run(["transform", "fit.pipeline.h5", "houses.csv", "--output", "b.h5"], in: folder)
      #expect(try features("a.h5", in: folder) == features("b.h5", in: folder))
      // A job that takes it fits nothing, and trains the same.
      let file = ["--set", "pipeline={file: fit.pipeline.h5}", "--set", "output.model=n.h5"]
      let check = try run(["check", "job.yaml"] + file, in: folder)
      #expect(check.output.contains("network"), "\(check.output)")
      try run(["train", "job.yaml", "--quiet"] + file, in: folder)
      for name in ["m", "n"] {
        try run(["predict", "\(name).h5", "houses.csv", "--output", "\(name).csv"], in: folder)
      }
      let predictions = try ["m.csv", "n.csv"].map {
        try Data(contentsOf: folder.appendingPathComponent($0))
      }
      #expect(predictions[0] == predictions[1])
      let lines = try run(
        ["transform", "fit.pipeline.h5", "houses.csv", "--rows", "0:2", "--keep", "price"],
        in: folder
      ).output.split(separator: "\n")
      #expect(lines.count == 3 && lines[1].hasPrefix("0,147.1,"), "\(lines)")
    }
  }

  @Test("what cannot be fitted or used is told")
  func refused() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      try run(["fit", "fit.yaml"], in: folder)
      for (words, status, message) in [
        (["fit", "fit.yaml"], 74, "is there already"),
        (["fit", "fit.yaml", "-o", "houses.csv", "--overwrite"], 64, "is the input"),
        (["predict", "fit.pipeline.h5", "houses.csv"], 64, "no network"),
        (
          ["fit", "fit.yaml", "-o", "x.h5", "--set", "pipeline.table=[{drop: {columns: [aera]}}]"],
          66, "did you mean 'area'?"
        ),
        (["fit", "fit.yaml", "-o", "x.h5", "--set", "data.train.file=none.csv"], 66, "none.csv"),
        (["transform", "houses.csv", "houses.csv"], 65, "houses.csv"),
        (
          ["fit", "fit.yaml", "-o", "x.h5", "--set", "pipeline={file: fit.pipeline.h5}"], 64,
          "already"
        ),
        (
          ["fit", "fit.yaml", "-o", "x.h5", "--set", "pipeline.file=fit.pipeline.h5"], 64,
          "leave table"
        ),
      ] as [([String], Int32, String)] {
        let failed = try run(words, in: folder, status: status)
        #expect(failed.errors.contains(message), "\(words): \(failed.errors)")
      }
    }
  }
}
