import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite("A search over programs", .serialized)
struct StepsSearchTests {
  /// Minimises over x in 0...1; `script` is run by a shell with x as its first argument.
  private func search(
    _ script: String, trials: Int, slots: Int = 3, pruner: Value = "none",
    change: (inout StepSearch) -> Void = { _ in }
  ) throws -> (study: Study, report: SearchReport) {
    let space = try SearchSpace([Parameter("x", .float(low: 0, high: 1))])
    let study = try Study(
      journal: nil,
      settings: StudySettings(
        name: "steps", space: space, directions: [.minimize], metricNames: ["loss"],
        sampler: "random", pruner: pruner, seed: 3))
    var plan = SearchPlan(objectives: [.init("loss", .minimize)], trialLimit: trials)
    plan.retryCount = 1
    let quoted = script.replacingOccurrences(of: "{", with: "{{")
      .replacingOccurrences(of: "}", with: "}}")
    let command = try CommandTemplate("sh -c '\(quoted)' {trial} {x}")
    var search = StepSearch(
      plan, program: .command(command, .json) { ["x": Value(.number($0["x"] ?? .nan))] },
      slots: StepSlots.machine(slots))
    change(&search)
    let report = try search.run(study, unfinished: [], observer: Silence())
    return (study, report)
  }

  private final class Silence: SearchObserver {
    func happened(_ event: SearchEvent) {}
    func progress(_ summary: SearchSummary) {}
  }

  @Test("runs one step per trial and learns what it reports")
  func values() throws {
    let (study, report) = try search(
      #"echo "{\"step\": 1, \"value\": 9}"; echo "{\"value\": $1, \"memory\": 5}""#, trials: 10)
    #expect(report.summary.complete == 10)
    #expect(report.exitCode == 0)
    for trial in study.history.complete {
      #expect(abs(trial.values[0] - (trial.parameters["x"] ?? -1)) < 1e-12)
      #expect(trial.reports == [.init(step: 1, value: 9)])
    }
    #expect(report.best?.values[0] == study.history.complete.map { $0.values[0] }.min())
  }

  @Test("takes the last report for the value when there is no other")
  func lastReport() throws {
    let (study, _) = try search(
      #"for i in 3 2 1; do echo "{\"step\": $((4-i)), \"value\": $i}"; done"#, trials: 2)
    #expect(study.history.complete.map(\.values) == [[1], [1]])
  }

  @Test("ends a step that is pruned")
  func pruned() throws {
    let begin = Date()
    let (study, report) = try search(
      #"echo "{\"step\": 1, \"value\": 7}"; sleep 100"#, trials: 4,
      pruner: ["threshold": ["upper": 5]])
    #expect(report.summary.pruned == 4)
    #expect(Date().timeIntervalSince(begin) < 90)
    #expect(study.history.trials.allSatisfy { $0.reports.count == 1 })
  }

  @Test("a step that is killed is one failed trial, which is tried again", arguments: [5, 1])
  func killed(trials: Int) throws {
    try withTemporaryFolder { folder in
      let mark = folder.appendingPathComponent("mark").path
      let (study, report) = try search(
        "if mkdir \(mark); then echo last words; kill -9 $$; fi; echo \"{\\\"value\\\": $1}\"",
        trials: trials)
      #expect(report.summary.complete == trials)
      #expect(report.summary.failed == 1)
      let failed = try #require(study.history.trials.first { $0.state == .failed })
      guard case .string(let reason)? = failed.userAttributes["reason"]?.kind else {
        Issue.record("no reason")
        return
      }
      #expect(reason.contains("signal 9"))
      #expect(reason.contains("last words"))
      let again = study.history.complete.filter { $0.parameters == failed.parameters }
      #expect(again.count == 1)
    }
  }

  @Test("an exit code and the last lines are the reason of a failure")
  func exitCode() throws {
    let (study, report) = try search(
      "if [ $0 = 1 ]; then echo cannot allocate >&2; exit 65; fi; echo \"{\\\"value\\\": 1}\"",
      trials: 4)
    #expect(report.summary.failed == 1 && report.summary.complete == 3)
    let reason = study.history.trials[1].userAttributes["reason"]
    #expect(reason == "exited with code 65; its last output: cannot allocate")
  }

  @Test("a step that takes too long is stopped")
  func timeLimit() throws {
    let begin = Date()
    let (_, report) = try search("trap \"\" TERM; sleep 100", trials: 2) {
      $0.plan.trialSeconds = 0.4
      $0.graceSeconds = 0.2
    }
    #expect(report.summary.complete == 0)
    #expect(report.summary.pruned + report.summary.failed == 2)
    #expect(Date().timeIntervalSince(begin) < 90)
  }

  @Test("a program that never reports a value ends the search with one line")
  func noValue() throws {
    let error = #expect(throws: StudyError.self) { try search("echo hello", trials: 50) }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("reported no value") == true)
    #expect(error?.description.contains("hello") == true)
  }

  @Test("a program that is not there costs no trial")
  func missing() throws {
    let error = #expect(throws: StudyError.self) {
      try search("", trials: 3) {
        guard let command = try? CommandTemplate("./no-such-solver {x}") else { return }
        $0.program = .command(command, .json) { _ in [:] }
      }
    }
    #expect(error?.exitCode == 66)
    #expect(error?.description.contains("./no-such-solver") == true)
  }
}
