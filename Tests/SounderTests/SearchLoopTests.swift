import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// Searches whose trials end early, or whose schedule is searched.
@Suite("A search and the training loop", .serialized)
struct SearchLoopTests {
  /// The job with a piece of its text replaced.
  private func edit(_ search: CloudSearch, _ old: String, _ new: String) throws {
    let text = try String(contentsOf: search.url("job.yaml"), encoding: .utf8)
    #expect(text.contains(old))
    try text.replacingOccurrences(of: old, with: new)
      .write(to: search.url("job.yaml"), atomically: true, encoding: .utf8)
  }

  private let rate = "{search: log-float, low: 1e-6, high: 0.1, default: 1e-3, name: rate}"

  @Test("the schedule is a choice, with the values of each below it", arguments: [nil, 3])
  func schedule(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(in: folder, "trials: 8\nsampler: random")
      try edit(
        search, rate,
        "{search: categorical, name: schedule, choices: ["
          + "{cosine_decay: {initial_learning_rate: {search: log-float, low: 1e-3, high: 0.1, "
          + "name: cosine_rate}}}, "
          + "{exponential_decay: {initial_learning_rate: 0.02, decay_steps: 10, decay_rate: "
          + "{search: float, low: 0.5, high: 1, name: decay}}}, "
          + "{reduce_on_plateau: {initial_learning_rate: 0.05, patience: 1}}]}")
      let check = try Program().run(["check", "job.yaml"], in: folder)
      #expect(check.status == 0, "\(check.output) \(check.errors)")
      let last = try search.run(ranks: ranks)
      #expect(last["complete"]?.int == 8, "\(last.json)")
      let table = try String(contentsOf: search.url("best.trials.csv"), encoding: .utf8)
      #expect(table.contains("cosine_rate") && table.contains("decay"))
      // A conditional value has its cell only where its schedule was chosen.
      let lines = table.split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      let column = try #require(lines[0].firstIndex(of: "cosine_rate"))
      let filled = lines.dropFirst().count { !$0[column].isEmpty }
      #expect(filled > 0 && filled < 8, "\(table)")
    }
  }

  @Test(
    "trials that end early are complete, and pruning goes on as without", arguments: [nil, 3],
    ["none", "percentile", "asha", "curve"])
  func early(ranks: Int?, pruner: String) throws {
    try withTemporaryFolder { folder in
      let search = try CloudSearch(in: folder, "trials: 8", pruner: pruner, epochs: "9")
      try edit(
        search, "  epochs: 9",
        "  epochs: 9\n  early_stopping: {monitor: val_accuracy, patience: 2, "
          + "restore_best_weights: true}")
      try edit(search, "output: {model: best.h5}", "output: {model: best.h5, history_csv: e.csv}")
      let last = try search.run(ranks: ranks)
      let (complete, pruned) = (last["complete"]?.int ?? 0, last["pruned"]?.int ?? 0)
      #expect(complete + pruned == 8 && complete > 0, "\(last.json)")
      #expect(last["failed"]?.int ?? 0 == 0, "\(last.json)")
      if pruner == "none" { #expect(complete == 8) }
      #expect(search.has("best.h5"))
      #expect(!search.has("e.csv"), "trials have files of their own")
      let trials = try search.history().trials.filter { $0.state == .complete }
      for trial in trials {
        // The model is that of the best epoch, whose figure is the trial's value.
        #expect(trial.values == [trial.reports.map(\.value).max() ?? .nan], "\(trial)")
      }
      if pruner == "none" { #expect(trials.contains { $0.reports.count < 9 }) }
    }
  }

  @Test("more of the new metrics is better, less of perplexity")
  func directions() throws {
    try withTemporaryFolder { folder in
      for (metric, direction) in [
        ("f1_score", "maximize"), ("auc", "maximize"), ("perplexity", "minimize"),
        ("top_k_accuracy", "maximize"), ("cosine_similarity", "maximize"),
      ] {
        #expect(
          SearchObjective.direction(of: "val_" + metric)?.rawValue == direction, "\(metric)")
      }
      let search = try CloudSearch(in: folder, "trials: 2", objective: "val_f1")
      try edit(search, "metrics: [accuracy]", "metrics: [f1_score]")
      let check = try Program().run(["check", "job.yaml"], in: folder)
      #expect(check.status == 0, "\(check.errors)")
      #expect(check.output.contains("maximize val_f1_score"), "\(check.output)")
      #expect(try search.run()["complete"]?.int == 2)
    }
  }
}
