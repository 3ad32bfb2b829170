import Foundation
import HDF5
import TestSupport
import Testing

/// Sparse matrices in the commands that read rows.
@Suite("Sparse data in commands")
struct SparseDataTests: CommandTests {
  /// The rows of the small job as LIBSVM, without the numbers that are 0: half of them are made so.
  private func write(in folder: URL) throws -> SmallJob {
    let small = try SmallJob(in: folder)
    let features = SmallJob.features()
    let lines = (0..<SmallJob.rowCount).map { row in
      "\(row % 3)"
        + (0..<4).filter { ($0 + row) % 2 == 0 }
        .map { " \($0 + 1):\(features[row * 4 + $0])" }.joined() + "\n"
    }
    try lines.joined().write(to: small.url("rows.svm"), atomically: true, encoding: .utf8)
    let rows = "{file: data.h5, features: features, target: labels}"
    try small.edit(
      "train: \(rows)\n  validation: \(rows)",
      "train: {file: rows.h5, features: features, target: target}\n"
        + "  validation: {fraction: 0.25}")
    return small
  }

  /// All weights of a model, as they are in the file.
  private func weights(_ path: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    func add(_ group: borrowing Group) throws {
      for name in group.childNames() {
        if group.kind(of: name) == .group {
          try add(try group.group(name))
          continue
        }
        let dataset = try group.dataset(name)
        let numbers = try dataset.readAll(as: Float.self)
        found[dataset.path] = numbers.withUnsafeBytes { Data($0) }
      }
    }
    try add(try File(opening: path).group("model_weights"))
    return found
  }

  @Test("trainings, predictions and stages on sparse rows are those on dense ones, bit for bit")
  func same() throws {
    try withTemporaryFolder { folder in
      let small = try write(in: folder)
      var found: [(weights: [String: Data], figures: String, predictions: Data?, rows: Data?)] = []
      for form in [[], ["--dense"]] {
        try run(["convert", "rows.svm", "rows.h5", "--overwrite"] + form, in: folder)
        try run(
          [
            "train", "job.yaml", "--quiet", "--overwrite", "--set",
            "pipeline.features=[standardize]",
          ], in: folder)
        let checked = try run(["check", "job.yaml"], in: folder)
        #expect(!checked.output.contains("failed"), "\(checked.output)")
        let figures = try run(["evaluate", "model.h5", "rows.h5", "--json"], ranks: 2, in: folder)
        try run(["predict", "model.h5", "rows.h5", "--output", "p.csv", "--overwrite"], in: folder)
        try run(
          ["transform", "model.h5", "rows.h5", "--output", "t.csv", "--overwrite"], in: folder)
        found.append(
          (
            try weights(small.url("model.h5").path), figures.output, small.bytes("p.csv"),
            small.bytes("t.csv")
          ))
      }
      #expect(!found[0].weights.isEmpty && found[0].weights == found[1].weights)
      #expect(found[0].predictions != nil && found[0].predictions == found[1].predictions)
      #expect(found[0].rows != nil && found[0].rows == found[1].rows)
      #expect(found[0].figures.contains("\"rows\":120"), "\(found[0].figures)")
      #expect(found[0].figures == found[1].figures)
      // Where no name fits, the only data sets of such rows are taken, sparse or not.
      try run(["convert", "n=rows.svm", "named.h5"], in: folder)
      let chosen = try run(["predict", "model.h5", "named.h5", "--output", "q.csv"], in: folder)
      #expect(chosen.errors.contains("n/features"), "\(chosen.errors)")
      #expect(small.bytes("q.csv") == found[0].predictions)
    }
  }

  @Test("a damaged sparse matrix ends a training, a prediction and a check, which name it once")
  func hostile() throws {
    try withTemporaryFolder { folder in
      let small = try write(in: folder)
      try run(["convert", "rows.svm", "rows.h5"], in: folder)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      do {
        let file = try File(opening: small.url("rows.h5").path, access: .readWrite)
        let indices = try file.dataset("features/indices")
        try [Int32(4)].withUnsafeBufferPointer { try indices.write(rows: 7..<8, from: $0) }
        try file.flush()
      }
      let words =
        "rows.h5: '/features/indices': row 3 has the column 4, but the matrix has 4 columns"
      for command in [
        ["train", "job.yaml", "--quiet", "--overwrite"],
        ["predict", "model.h5", "rows.h5", "--output", "p.csv"],
        ["evaluate", "model.h5", "rows.h5"],
      ] {
        let refused = try run(command, in: folder, status: 65)
        // `evaluate` says first which rows it takes.
        #expect(refused.errorLines.filter { $0.contains(words) }.count == 1, "\(refused.errors)")
      }
      let checked = try run(["check", "job.yaml"], in: folder, status: 65)
      #expect((checked.output + checked.errors).contains(words), "\(checked.output)")
    }
  }

  @Test("a file of a sparse matrix alone has no table")
  func noTable() throws {
    try withTemporaryFolder { folder in
      _ = try write(in: folder)
      try run(["convert", "rows.svm", "rows.h5"], in: folder)
      let refused = try run(
        ["train", "--classify", "target", "--from", "rows.h5"], in: folder, status: 66)
      #expect(refused.errors.contains("rows.h5: has no table"), "\(refused.errors)")
    }
  }
}
