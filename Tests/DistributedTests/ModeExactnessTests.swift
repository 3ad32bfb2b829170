import Configuration
import Foundation
import TestSupport
import Testing

/// What the modes compute, against each other and against references of a few lines.
@Suite("The numbers of the modes", .serialized)
struct ModeExactnessTests {
  // MARK: Against each other

  /// Trains the clouds with one worker.
  private func hash(_ mode: String, _ job: CloudJob, _ settings: [String] = []) throws -> Value {
    try #require(try job.train(workers: 1, ["distribution.mode=\(mode)"] + settings).hash)
  }

  @Test("one worker alone is the plain optimizer to the bit where nothing is averaged")
  func alone() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: ["- dropout: {rate: 0.2}"])
      let plain = try hash("hogwild", job)
      for mode in [
        "locked", "sync", "downpour", "{dynsgd: {interval: 1}}", "{dynsgd: {interval: 7}}",
      ] { #expect(try hash(mode, job) == plain, "\(mode)") }
      for mode in ["easgd", "{downpour: {push_interval: 2}}", "gem", "localsgd"] {
        #expect(try hash(mode, job) != plain, "\(mode)")
      }
    }
  }

  @Test("eamsgd without momentum is easgd to the bit")
  func momentum() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let easgd = try hash("{easgd: {interval: 5}}", job)
      #expect(try hash("{eamsgd: {interval: 5, momentum: 0}}", job) == easgd)
      #expect(try hash("{eamsgd: {interval: 5, momentum: 0.5}}", job) != easgd)
    }
  }

  private func distance(_ a: TrainedRun, _ b: TrainedRun) -> Double {
    zip(a.parameters, b.parameters).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test("without an elastic force the shared weights stay as they were", arguments: [1, 2])
  func noForce(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let still = ["training.optimizer={sgd: {learning_rate: 1e-30}}", "training.epochs=1"]
      let initial = try job.train(workers: 0, still)
      for mode in ["easgd", "eamsgd"] {
        let run = try job.train(
          workers: workers, ["distribution.mode={\(mode): {interval: 2, elastic_force: 0}}"])
        // The step of 1e-30 shows where a weight is 0.
        #expect(distance(run, initial) < 1e-20, "\(mode)")
      }
      let pulled = try job.train(workers: workers, ["distribution.mode=easgd"])
      #expect(distance(pulled, initial) > 0.01)
    }
  }

  // 1001 rows in batches of 500: the second step of an epoch has one row on one worker and none on others,
  // so a mean over workers instead of rows would be off by far.
  @Test("localsgd after each step, without an outer optimizer, is sync", arguments: [1, 2, 3])
  func localSteps(workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, rows: 1001)
      func parameters(_ mode: String) throws -> [Double] {
        try job.train(
          workers: workers,
          [
            "distribution.mode=\(mode)", "training.optimizer={sgd: {learning_rate: 0.5}}",
            "training.batch_size=500", "training.epochs=4",
          ]
        ).parameters
      }
      let sync = try parameters("sync")
      let local = try parameters(
        "{localsgd: {interval: 1, outer_learning_rate: 1, outer_momentum: 0}}")
      let outer = try parameters("{localsgd: {interval: 1, outer_momentum: 0}}")
      // Weights instead of gradients are added up: float rounding over 12 steps.
      #expect(zip(sync, local).allSatisfy { abs($0 - $1) < 1e-5 }, "\(sync) \(local)")
      #expect(!zip(sync, outer).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  // MARK: Against references

  // One weight w, features of 1, so that a step's gradient is the slope of (w - target)²: references are
  // short, and rows may come in any order. The weight is below 4, and a float's rounding of 2e-7 may grow
  // a hundredfold by momentum.
  private static let rate = 0.02
  private static let tolerance = 2e-5

  private func slope(_ weight: Double, _ target: Double = 1) -> Double { 2 * (weight - target) }

  private func expectWeight(
    _ expected: Double, mode: String, workers: Int = 1, targets: [Float] = [1],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withTemporaryFolder { folder in
      let job = try SlopeJob(targets: targets, in: folder)
      let run = try job.train(workers: workers, ["distribution.mode=\(mode)"])
      let weight = try #require(run.parameters.first)
      #expect(
        abs(weight - expected) < Self.tolerance, "\(weight) is not \(expected)",
        sourceLocation: sourceLocation)
    }
  }

  @Test("easgd: algorithm 1 of the paper, with one worker")
  func elastic() throws {
    var (x, centre) = (0.0, 0.0)
    for step in 1...SlopeJob.stepCount {
      x -= Self.rate * slope(x)
      if step % 3 == 0 {
        let d = 0.6 * (x - centre)
        (x, centre) = (x - d, centre + d)
      }
    }
    try expectWeight(centre, mode: "{easgd: {interval: 3, elastic_force: 0.6}}")
  }

  @Test("eamsgd: algorithm 2 of the paper, with one worker")
  func elasticMomentum() throws {
    var (x, v, centre) = (0.0, 0.0, 0.0)
    for step in 1...SlopeJob.stepCount {
      v = 0.5 * v - Self.rate * slope(x + 0.5 * v)
      x += v
      if step % 3 == 0 {
        let d = 0.6 * (x - centre)
        (x, centre) = (x - d, centre + d)
      }
    }
    try expectWeight(
      centre, mode: "{eamsgd: {interval: 3, elastic_force: 0.6, momentum: 0.5}}")
  }

  @Test("gem: the change scaled to the energy of momentum, with one worker")
  func energy() throws {
    var (x, start, shared, seen, moment) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for step in 1...SlopeJob.stepCount {
      x -= Self.rate * slope(x)
      // What is left of an interval is pushed at an epoch's end.
      guard step % 3 == 0 || step % SlopeJob.rowCount == 0 else { continue }
      let u = x - start
      moment = 0.5 * moment + u
      let pi = min(max((1.5 * abs(moment) - abs(shared - seen)) / (abs(u) + 1e-12), 0), 5)
      seen = shared
      shared += pi * u
      (x, start) = (shared, shared)
    }
    try expectWeight(shared, mode: "{gem: {interval: 3, momentum: 0.5, kappa: 1.5}}")
  }

  @Test("downpour: sums are pushed, copies are pulled, and go on by themselves in between")
  func downpour() throws {
    var (shared, copy, sum) = (0.0, 0.0, 0.0)
    var (pending, age) = (0, 0)
    for step in 1...SlopeJob.stepCount {
      if age == 0 { copy = shared }
      let gradient = slope(copy)
      sum += gradient
      (pending, age) = (pending + 1, age + 1)
      if age == 2 { age = 0 } else { copy -= Self.rate * gradient }
      let endsEpoch = step % SlopeJob.rowCount == 0
      if pending == 3 || endsEpoch {
        shared -= Self.rate * sum
        (sum, pending) = (0, 0)
      }
      if endsEpoch { age = 0 }
    }
    try expectWeight(shared, mode: "{downpour: {push_interval: 3, pull_interval: 2}}")
  }

  @Test("localsgd: the mean change of two workers is one outer step of Nesterov's")
  func outer() throws {
    let targets = [1.0, 3.0]
    var weights = [0.0, 0.0]
    var (start, velocity) = (0.0, 0.0)
    for _ in 1...SlopeJob.epochCount {
      for step in 1...SlopeJob.rowCount / 2 {
        for worker in 0..<2 {
          weights[worker] -= Self.rate * slope(weights[worker], targets[worker])
        }
        guard step % 3 == 0 || step == SlopeJob.rowCount / 2 else { continue }
        let d = start - (weights[0] + weights[1]) / 2
        velocity = 0.8 * velocity + d
        start -= 0.7 * (d + 0.8 * velocity)
        weights = [start, start]
      }
    }
    try expectWeight(
      start, mode: "{localsgd: {interval: 3, outer_learning_rate: 0.7, outer_momentum: 0.8}}",
      workers: 2, targets: [1, 3])
  }

  @Test("sync: the mean gradient of two workers is one step")
  func synchronous() throws {
    var weight = 0.0
    for _ in 1...SlopeJob.stepCount / 2 {
      weight -= Self.rate * (slope(weight, 1) + slope(weight, 3)) / 2
    }
    try expectWeight(weight, mode: "sync", workers: 2, targets: [1, 3])
  }

  /// One weight that starts at 0, trained by gradient descent on rows of a single 1.
  private struct SlopeJob: ProbedJob {
    static let rowCount = 8
    static let epochCount = 3
    static let stepCount = rowCount * epochCount
    let folder: URL

    /// Equal parts of the rows have these targets, one after the other.
    init(targets: [Float], in folder: URL) throws {
      self.folder = folder
      let part = Self.rowCount / targets.count
      try writeLinear(
        features: [Float](repeating: 1, count: Self.rowCount),
        targets: (0..<Self.rowCount).map { targets[$0 / part] }, chunkRows: part,
        rate: ModeExactnessTests.rate, more: "epochs: \(Self.epochCount)")
    }
  }
}
