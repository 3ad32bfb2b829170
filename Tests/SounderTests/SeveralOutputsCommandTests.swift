import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

/// A job with two inputs and two outputs, from check to predictions.
@Suite("Several outputs on the command line", .serialized)
struct SeveralOutputsCommandTests {
  private let sounder = Program()

  private func job(in folder: URL) throws -> SmallJob {
    let job = try SmallJob(in: folder)
    try job.change { root in
      let features = SmallJob.features()
      try root.createDataset("first", shape: [120, 1], of: Float.self)
        .write((0..<120).map { features[$0 * 4] })
      try root.createDataset("rest", shape: [120, 3], of: Float.self)
        .write((0..<120).flatMap { Array(features[$0 * 4 + 1..<$0 * 4 + 4]) })
      try root.createDataset("sum", shape: [120, 1], of: Float.self)
        .write((0..<120).map { features[$0 * 4..<$0 * 4 + 4].reduce(0, +) })
    }
    try """
    data:
      train:
        file: data.h5
        features: {first: first, rest: rest}
        target: {kind: labels, sum: sum}
      validation: {fraction: 0.25}
    network:
      inputs: {first: [1], rest: [3]}
      outputs: [kind, sum]
      layers:
        - concatenate: {inputs: [first, rest]}
        - dense: {units: 8, activation: tanh, name: hidden}
        - dense: {units: 3, activation: softmax, name: kind, inputs: hidden}
        - dense: {units: 1, name: sum, inputs: hidden}
    training:
      loss: {kind: sparse_categorical_crossentropy, sum: mse}
      metrics: {kind: [accuracy]}
      optimizer: {adam: {learning_rate: 0.05}}
      batch_size: 10
      epochs: 15
    output:
      model: model.h5

    """.write(to: job.url("job.yaml"), atomically: true, encoding: .utf8)
    return job
  }

  @Test("check, train, evaluate and predict", arguments: [nil, 2, 3])
  func whole(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder)
      let check = try sounder.run(["check", "job.yaml"], in: folder)
      #expect(check.status == 0, "\(check.output) \(check.errors)")
      let launch = ranks.map { ["--ranks", "\($0)"] } ?? []
      let run = try sounder.run(["train", "job.yaml", "--json"] + launch, in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let evaluation = try sounder.run(
        ["evaluate", "model.h5", "data.h5", "--json"] + launch, in: folder)
      try #require(evaluation.status == 0, "\(evaluation.errors)")
      let figures = try Value(json: evaluation.output)
      #expect((figures["kind_accuracy"]?.number ?? 0) > 0.9, "\(evaluation.output)")
      #expect((figures["sum_loss"]?.number ?? 9) < 0.1, "\(evaluation.output)")

      let table = try sounder.run(["predict", "model.h5", "data.h5"] + launch, in: folder)
      try #require(table.status == 0, "\(table.errors)")
      let lines = table.output.split(separator: "\n")
      #expect(lines.first == "row,kind_class,kind_0,kind_1,kind_2,sum_0")
      #expect(lines.count == 121)
      let predicted = try sounder.run(
        ["predict", "model.h5", "data.h5", "--output", "out.h5"] + launch, in: folder)
      try #require(predicted.status == 0, "\(predicted.errors)")
      let file = try File(opening: job.url("out.h5").path)
      #expect(try file.dataset("predictions/kind").shape == [120, 3])
      #expect(try file.dataset("predictions/sum").shape == [120, 1])
      let classes = try file.dataset("classes/kind").readAll(as: Int32.self)
      let hits = classes.enumerated().count { Int($1) == $0 % 3 }
      #expect(hits > 108, "\(hits) of 120")
      // The same numbers in both files.
      let sums = try file.dataset("predictions/sum").readAll(as: Float.self)
      #expect(lines.dropFirst().compactMap { Float($0.split(separator: ",")[5]) } == sums)
    }
  }

  @Test("a file that lacks one of the data sets is refused with its name")
  func missing() throws {
    try withTemporaryFolder { folder in
      let job = try job(in: folder)
      #expect(try sounder.run(["train", "job.yaml"], in: folder).status == 0)
      try job.writeData("other.h5")
      let run = try sounder.run(["predict", "model.h5", "other.h5"], in: folder)
      #expect(run.status == 66, "\(run.errors)")
      #expect(run.errorLines.first?.contains("first") == true, "\(run.errors)")
    }
  }
}
