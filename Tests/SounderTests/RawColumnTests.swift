import Foundation
import HDF5
import TestSupport
import Testing

/// Which columns of raw files are read, and as what.
@Suite("Columns of raw data")
struct RawColumnTests: HouseTests {
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
}
