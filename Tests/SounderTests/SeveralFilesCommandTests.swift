import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// A job on several files whose features are columns of a table, from check to predictions.
@Suite("Several files and tables on the command line", .serialized)
struct SeveralFilesCommandTests {
  private let sounder = Program()

  /// The rows of `SmallJob` in three files, the columns of a group beside a text and their target.
  private func job(in folder: URL) throws -> SmallJob {
    let job = try SmallJob(in: folder)
    let (features, labels) = (SmallJob.features(), SmallJob.labels())
    for (index, rows) in [0..<50, 50..<57, 57..<120].enumerated() {
      try File.replace(job.url("part-\(index).h5").path) { file in
        let group = try file.root().createGroup("flowers/rows")
        // The order in the file is none of the job's.
        for (column, name) in ["d", "c", "b", "a"].enumerated() {
          try group.createDataset(name, shape: [rows.count], of: Float.self, chunks: [5])
            .write(rows.map { features[$0 * 4 + column] })
        }
        try group.createDataset("kind", shape: [rows.count], of: UInt8.self)
          .write(rows.map { labels[$0] })
        try group.createDataset("note", strings: rows.map { "row \($0)" })
      }
    }
    try job.edit(
      "{file: data.h5, features: features, target: labels}\n  validation: {file: data.h5, features: "
        + "features, target: labels}",
      "{file: 'part-*.h5', table: flowers/rows, features: [d, c, b, a], target: kind}\n"
        + "  validation: {fraction: 0.25}")
    return job
  }

  @Test("check, train, evaluate and predict", arguments: [nil, 2, 3])
  func whole(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder)
      try job.edit("epochs: 3", "epochs: 15")
      let check = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(check.status == 0, "\(check.output) \(check.errors)")
      #expect(check.output.contains("part-*.h5: 120 rows of 4"), "\(check.output)")
      let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
      let run = try sounder.run(["train", "job.yaml", "--json"] + launch, in: folder)
      try #require(run.status == 0, "\(run.errors)")
      // All files, by a pattern and by a list, with the columns that the model's job names.
      try "part-0.h5\npart-1.h5\npart-2.h5\n".write(
        to: job.url("all.txt"), atomically: true, encoding: .utf8)
      for data in ["part-*.h5", "all.txt"] {
        let evaluation = try sounder.run(
          ["evaluate", "model.h5", data, "--json"] + launch, in: folder)
        try #require(evaluation.status == 0, "\(evaluation.errors)")
        let figures = try Value(json: evaluation.output)
        #expect((figures["accuracy"]?.number ?? 0) > 0.9, "\(evaluation.output)")
      }
      let predicted = try sounder.run(
        ["predict", "model.h5", "part-*.h5", "--output", "out.h5"] + launch, in: folder)
      try #require(predicted.status == 0, "\(predicted.errors)")
      let classes = try File(opening: job.url("out.h5").path).dataset("classes")
        .readAll(as: Int32.self)
      #expect(classes.count == 120)
      let hits = classes.enumerated().count { Int($1) == $0 % 3 }
      #expect(hits > 108, "\(hits) of 120")
      // A file with all columns in one data set.
      let plain = try sounder.run(
        ["predict", "model.h5", "data.h5", "--features", "features", "--output", "plain.h5"],
        in: folder)
      try #require(plain.status == 0, "\(plain.errors)")
      let others = try File(opening: job.url("plain.h5").path).dataset("classes")
        .readAll(as: Int32.self)
      #expect(others == classes)
    }
  }

  @Test("what is not there, or is an input, is refused by name")
  func refused() throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder)
      #expect(try sounder.run(["train", "job.yaml"], in: folder).status == 0)
      for (arguments, status, part) in [
        (["predict", "model.h5", "gone-*.h5"], 66, "gone-*.h5: no file matches"),
        (
          ["predict", "model.h5", "part-*.h5", "--output", "part-1.h5", "--overwrite"], 64,
          "is the input part-1.h5"
        ),
        (["predict", "model.h5", "data.h5"], 66, "flowers/rows is not there"),
      ] as [([String], Int32, String)] {
        let run = try sounder.run(arguments, in: folder)
        #expect(run.status == status, "\(run.errors)")
        #expect(run.errors.contains(part), "\(run.errors)")
      }
      try job.edit("[d, c, b, a]", "[d, c, b, aa]")
      let column = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(column.status == 66, "\(column.output)")
      #expect(
        (column.output + column.errors).contains("has no column 'aa': did you mean 'a'?"),
        "\(column.output) \(column.errors)")
      try job.edit("[d, c, b, aa]", "[d, c, b, note]")
      let text = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(text.status == 65 && text.errors.contains("'note' (string)"), "\(text.errors)")
      try job.edit("[d, c, b, note]", "[d, c, b, a]")
      try job.edit("model: model.h5", "model: part-2.h5")
      let output = try sounder.run(["train", "job.yaml", "--overwrite"], in: folder)
      #expect(output.status == 65, "\(output.errors)")
      #expect(output.errors.contains("part-2.h5 is the same file"), "\(output.errors)")
    }
  }
}
