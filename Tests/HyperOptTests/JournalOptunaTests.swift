import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

/// The fixtures come from `Tests/Reference/optuna_journal.py`, with Optuna 5.0.0.
@Suite("Optuna's journal")
struct JournalOptunaTests {
  @Test("Every trial is as Optuna reads it")
  func trials() throws {
    let text = try String(contentsOf: fixture("optuna-5.json"), encoding: .utf8)
    let expected = try Value(json: text)
    let study = try Study(opening: fixture("optuna-5.journal").path)
    #expect(study.isForeign)
    #expect(study.settings.name == "golden")
    #expect(study.settings.metricNames == ["score"])
    #expect(study.history.directions == [.maximize])
    #expect(study.userAttributes["owner"] == expected["user"]?["owner"])
    guard case .list(let trials)? = expected["trials"]?.kind else {
      Issue.record("no trials in the fixture")
      return
    }
    #expect(trials.count == study.history.trials.count)
    for (trial, expected) in zip(study.history.trials, trials) {
      #expect(trial.state.rawValue == expected["state"]?.int)
      #expect(trial.userAttributes.count == Self.entries(expected["user"]).count)
      for entry in Self.entries(expected["user"]) {
        #expect(trial.userAttributes[entry.key] == entry.value)
      }
      #expect(trial.parameters.values.count == Self.entries(expected["params"]).count)
      for entry in Self.entries(expected["params"]) {
        #expect(trial.parameters[entry.key] == entry.value.number)
      }
      #expect(trial.values == Self.items(expected["values"]).compactMap(\.number))
      let reports = Self.items(expected["reports"]).map(Self.items)
      #expect(trial.reports.map(\.step) == reports.compactMap { $0[0].int })
      for (report, expected) in zip(trial.reports, reports) {
        let value = Self.number(expected[1])
        #expect(report.value == value || report.value.isNaN && value.isNaN)
      }
      if let start = expected["start"]?.number { #expect(Self.isClose(trial.startTime, start)) }
      if let end = expected["end"]?.number { #expect(Self.isClose(trial.endTime, end)) }
    }
  }

  @Test("The space is the union of what the trials have shown")
  func space() throws {
    let space = try Study(opening: fixture("optuna-5.journal").path).history.space
    #expect(
      Set(space.parameters.map(\.name))
        == ["rate", "step", "units", "layers", "kind", "momentum", "dynamic"])
    #expect(space["rate"]?.distribution == .float(low: 1e-6, high: 0.1, log: true))
    #expect(space["step"]?.distribution == .float(low: 0, high: 1, step: 0.1))
    #expect(space["units"]?.distribution == .int(low: 8, high: 256, log: true))
    #expect(space["layers"]?.distribution == .int(low: 1, high: 9, step: 2))
    #expect(space["kind"]?.distribution == .categorical(["adam", "sgd", nil, 3, 2.5, true]))
    #expect(space["dynamic"]?.distribution == .float(low: 0, high: 9))
    #expect(space["momentum"]?.isOptional == true)
    #expect(space["rate"]?.isOptional == false)
  }

  @Test("A study of Optuna's is continued: its enqueued trial first, then proposals")
  func continued() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      try FileManager.default.copyItem(atPath: fixture("optuna-5.journal").path, toPath: path)
      let study = try Study(opening: path)
      study.sampler = RandomSampler()
      let count = study.history.trials.count
      let enqueued = try study.ask()
      #expect(enqueued.number == 16)
      #expect(enqueued.parameters["rate"] == 0.05)
      #expect(enqueued.parameters["units"] == 9)
      #expect(enqueued.parameters["kind"] != nil)
      let proposed = try study.ask()
      #expect(proposed.number == count)
      try study.tell(enqueued.number, .complete([1]))
      try study.tell(proposed.number, .complete([2]))
      let again = try Study(opening: path)
      again.sampler = RandomSampler()
      #expect(again.history.best?.number == study.history.best?.number)
      #expect(try again.replay().difference == nil)
    }
  }

  @Test("Lines that lost a race have no effect, as in Optuna")
  func lostRaces() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log")
      let float =
        #"{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": 0.0, \"high\": 1.0, \"log\": false}}"#
      let int =
        #"{\"name\": \"IntDistribution\", \"attributes\": {\"log\": false, \"step\": 1, \"low\": 0, \"high\": 1}}"#
      let lines = [
        #"{"op_code":0,"worker_id":"a","study_name":"s","directions":[1]}"#,
        #"{"op_code":0,"worker_id":"b","study_name":"s","directions":[2]}"#,
        #"{"op_code":4,"worker_id":"a","study_id":0,"datetime_start":"2026-01-01T00:00:00.5+00:00"}"#,
        #"{"op_code":5,"worker_id":"a","trial_id":0,"param_name":"x","param_value_internal":0.5,"distribution":"\#(float)"}"#,
        #"{"op_code":5,"worker_id":"b","trial_id":0,"param_name":"x","param_value_internal":1,"distribution":"\#(int)"}"#,
        #"{"op_code":6,"worker_id":"b","trial_id":0,"state":0,"values":null,"datetime_start":"2026-01-02T00:00:00+00:00"}"#,
        #"{"op_code":6,"worker_id":"a","trial_id":0,"state":1,"values":[0.25],"datetime_complete":"2026-01-01T01:00:01+01:00"}"#,
        #"{"op_code":6,"worker_id":"b","trial_id":0,"state":3,"values":null,"datetime_complete":"2026-01-03T00:00:00+00:00"}"#,
        #"{"op_code":7,"worker_id":"b","trial_id":0,"step":1,"intermediate_value":9}"#,
        #"{"op_code":8,"worker_id":"b","trial_id":0,"user_attr":{"late":1}}"#,
        #"{"op_code":10,"worker_id":"c","study_id":0}"#,
        #"{"op_code":6,"worker_id":"b","trial_id":7,"state":3,"values":null,"datetime_complete":"2026-01-03T00:00:00+00:00"}"#,
      ]
      try (lines.joined(separator: "\n") + "\n").write(to: path, atomically: true, encoding: .utf8)
      let history = try Study(opening: path.path).history
      #expect(history.directions == [.minimize])
      let trial = try #require(history.trials.first)
      #expect(trial.parameters.values == ["x": 0.5])
      #expect(trial.state == .complete)
      #expect(trial.values == [0.25])
      #expect(trial.reports.isEmpty)
      #expect(trial.userAttributes.isEmpty)
      #expect(trial.startTime == 1_767_225_600.5)
      #expect(trial.endTime == 1_767_225_601)
      #expect(history.prefix == lines.count)
    }
  }

  private static func isClose(_ time: Double?, _ expected: Double) -> Bool {
    abs((time ?? 0) - expected) < 1e-5
  }

  private static func number(_ value: Value) -> Double {
    guard case .string(let text) = value.kind else { return value.number ?? .nan }
    return Double(text) ?? .nan
  }

  private static func items(_ value: Value?) -> [Value] {
    guard case .list(let items)? = value?.kind else { return [] }
    return items
  }

  private static func entries(_ value: Value?) -> [Value.Entry] {
    guard case .map(let entries)? = value?.kind else { return [] }
    return entries
  }
}
