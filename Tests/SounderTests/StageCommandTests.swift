import Foundation
import HDF5
import TestSupport
import Testing

/// Stages that learn, from job file to predictions, on several ranks.
@Suite("Stages in commands")
struct StageCommandTests {
  private let sounder = Program()

  /// The small job with `stages` before the network.
  private func job(_ stages: String, in folder: URL) throws -> SmallJob {
    let job = try SmallJob(in: folder, epochs: 10)
    try job.edit("network:\n", "pipeline:\n  features: \(stages)\nnetwork:\n")
    return job
  }

  private func predictions(_ folder: URL, _ data: String, ranks: Int?) throws -> [Float] {
    let run = try sounder.run(
      ["predict", "model.h5", data, "--output", "p.h5", "--overwrite", "--quiet"], ranks: ranks,
      in: folder)
    try #require(run.status == 0, "\(run.errors)")
    return try File(opening: folder.appendingPathComponent("p.h5").path)
      .dataset("predictions").readAll(as: Float.self)
  }

  @Test(
    "labels that a stage of the target scales are refused before the training, and such as stay are not"
  )
  func scaledLabels() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder, epochs: 1)
      try job.edit("network:\n", "pipeline: {target: [standardize]}\nnetwork:\n")
      for (command, ranks) in [("check", nil), ("train", nil), ("train", 3)] as [(String, Int?)] {
        let run = try sounder.run([command, "job.yaml"], ranks: ranks, in: folder)
        let text = run.output + run.errors
        #expect(run.status == 65, "\(command): \(run.status) \(text)")
        #expect(
          text.contains("here 0 to 2, and 'standardize' of pipeline.target makes other numbers"),
          "\(text)")
      }
      for (stages, status) in [
        ("[min_max]", 65), ("[max_abs]", 65), ("[clip: {low: 0, high: 2}, log]", 65),
        ("[{min_max: {range: [0, 2]}}]", 0), ("[{scale: {offset: 0}}]", 0),
        ("[standardize, {bucketize: {splits: [-1, 1]}}]", 0),
      ] as [(String, Int32)] {
        let run = try sounder.run(
          ["check", "job.yaml", "--set", "pipeline.target=\(stages)"], in: folder)
        #expect(run.status == status, "\(stages): \(run.status) \(run.output) \(run.errors)")
      }
    }
  }

  @Test("rows with missing values are checked, trained on and predicted where the pipeline imputes")
  func missing() throws {
    try withTemporaryFolder { folder in
      let job = try job("[{impute: {strategy: median, flag: true}}, robust]", in: folder)
      try job.writeData("data.h5") { features, _ in
        for index in stride(from: 3, to: features.count, by: 11) { features[index] = .nan }
      }
      let check = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(check.status == 0 && check.output.contains("(44 missing)"), "\(check.output)")
      let train = try sounder.run(["train", "job.yaml", "--ranks", "3", "--quiet"], in: folder)
      try #require(train.status == 0, "\(train.errors)")
      let all = try predictions(folder, "data.h5", ranks: nil)
      #expect(all.count == 120 * 3 && all.allSatisfy(\.isFinite))
      let correct = (0..<120).count { row in
        let own = all[row * 3..<row * 3 + 3]
        return own.max() == own[row * 3 + row % 3]
      }
      #expect(correct >= 100, "\(correct) of 120 are right")
      #expect(try predictions(folder, "data.h5", ranks: 2) == all)
      // Without impute it stays an error.
      try job.edit("{impute: {strategy: median, flag: true}}, robust", "robust")
      let refused = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(refused.status == 65 && refused.output.contains("'impute'"), "\(refused.output)")
      let failed = try sounder.run(["train", "job.yaml", "--quiet", "--overwrite"], in: folder)
      #expect(failed.status == 65 && failed.errors.contains("is NaN"), "\(failed.errors)")
    }
  }

  @Test(
    "what 1, 2, 3 and 5 ranks fit is the same to 1e-6",
    arguments: [
      "[power, {pca: {components: 3, whiten: true}}]",
      "[polynomial, robust, {quantile_bins: {count: 4}}, max_abs]",
    ])
  func ranks(stages: String) throws {
    try withTemporaryFolder { folder in
      _ = try job(stages, in: folder)
      var first: [String: [Double]] = [:]
      for ranks in [1, 2, 3, 5] {
        let run = try sounder.run(
          ["train", "job.yaml", "--quiet", "--set", "training.epochs=1"]
            + ["--set", "output.model=m\(ranks).h5"], ranks: ranks, in: folder)
        try #require(run.status == 0, "\(run.errors)")
        let group = try File(opening: folder.appendingPathComponent("m\(ranks).h5").path)
          .group("sounder/pipeline/features")
        var found: [String: [Double]] = [:]
        for stage in group.childNames() {
          let inner = try group.group(stage)
          for name in inner.childNames() {
            found["\(stage)/\(name)"] = try inner.dataset(name).readAll(as: Double.self)
          }
        }
        try #require(!found.isEmpty)
        if first.isEmpty { first = found }
        #expect(found.keys.sorted() == first.keys.sorted())
        for (name, numbers) in found {
          let expected = first[name] ?? []
          #expect(numbers.count == expected.count)
          for (a, b) in zip(numbers, expected) {
            #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(name) on \(ranks) ranks: \(a), \(b)")
          }
        }
      }
    }
  }
}
