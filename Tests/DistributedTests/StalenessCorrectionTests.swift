import Configuration
import TestSupport
import Testing

/// What becomes of stale gradients, against the formulas.
@Suite("Corrections of staleness", .serialized)
struct StalenessCorrectionTests {
  // Where the parameters were read, where they are when the stale gradient comes, and that gradient: two
  // updates by (0.5, -1, 2) with a learning rate of 0.5 lie between.
  private static let read: [Double] = [1, 2, 3]
  private static let now: [Double] = [0.5, 3, 1]
  private static let gradient: [Double] = [2, -3, 0.25]
  private static let rate = 0.5

  @Test(
    "a stale gradient is applied as the formula says",
    arguments: [
      "none", "inverse", "{learning_rate: {beta: 3}}", "{delay_compensation: {lambda: 0.1}}",
    ], ["hogwild", "locked", "downpour"])
  func formula(correction: String, mode: String) throws {
    let run = try Program("MPIProbe").run([
      "correction", "{mode: \(mode), staleness_correction: \(correction)}",
    ])
    try #require(run.status == 0, "\(run.errors)")
    guard case .list(let items) = try Value(json: run.output).kind else { return }
    let expected = (0..<3).map { i in
      let (g, w) = (Self.gradient[i], Self.now[i])
      switch correction.split(separator: ":")[0] {
      case "inverse": return w - Self.rate * g / 3
      case "{learning_rate": return w - Self.rate / (1 + 3 * 2) * g
      case "{delay_compensation":
        return w - Self.rate * (g + 0.1 * g * g * (w - Self.read[i]))
      default: return w - Self.rate * g
      }
    }
    // A few roundings of numbers up to 4.
    #expect(
      items.count == 3
        && zip(items, expected).allSatisfy { abs(($0.number ?? .nan) - $1) < 2e-6 },
      "\(run.output) is not \(expected)")
  }

  @Test("a copy of hogwild is corrected as the parameters in place are")
  func copy() throws {
    let outputs = try ["in_place", "copy"].map {
      try Program("MPIProbe").run([
        "correction", "{exchange: \($0), staleness_correction: inverse}",
      ])
      .output
    }
    #expect(outputs[0] == outputs[1] && !outputs[0].isEmpty)
  }

  private static let all = ["inverse", "learning_rate", "delay_compensation"]

  @Test(
    "one worker is never stale: nothing changes, to the bit",
    arguments: ["hogwild", "locked", "downpour"])
  func alone(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let runs = try job.trainAll(
        workers: 1,
        (["none"] + Self.all).map {
          ["distribution.mode=\(mode)", "distribution.staleness_correction=\($0)"]
        })
      #expect(Set(runs.compactMap { $0.hash?.json }).count == 1)
    }
  }

  @Test("two workers learn with each of them", arguments: ["hogwild", "locked", "downpour"])
  func together(mode: String) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let runs = try job.trainAll(
        workers: 2,
        Self.all.map {
          ["distribution.mode=\(mode)", "distribution.staleness_correction=\($0)"]
        })
      for run in runs {
        #expect((run.result["val_accuracy"]?.number ?? 0) > 0.95, "\(run.text)")
      }
    }
  }

  @Test("a rule that computes the weights anew takes no smaller learning rate")
  func rule() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder)
      let run = try job.run(
        workers: 0,
        ["training.optimizer=ftrl", "distribution.staleness_correction=learning_rate"])
      #expect(run.status != 0 && run.errors.contains("take inverse"), "\(run.errors)")
    }
  }
}
