import Configuration
import Foundation
import HyperOpt
import NN
import Testing
import TestSupport

/// Tables, importance and summaries of studies.
@Suite struct AnalysisTests {
  @Test("the table quotes what it must and gives parameters in the user's words")
  func table() throws {
    let history = try ReportStudy.history(12)
    let csv = TrialTable(history: history, objectives: ["accuracy"]).csv
    let lines = csv.components(separatedBy: "\r\n")
    #expect(
      lines[0].hasPrefix(
        "number,state,accuracy,feasible,training.optimizer,training.optimizer.adam.learning_rate,"
          + "units,text,on,start,end,seconds,wait_seconds,group,ranks,slots,steps,last_report,reason"
      ))
    #expect(lines.count == 12 + 2 && lines.last == "")
    #expect(csv.contains("\"line one\nand \"\"two\"\", <b>bold</b>\""))
    #expect(csv.contains("\"a,b\"") && csv.contains("\"say \"\"no\"\"\""))
    #expect(csv.contains("2023-11-14T22:13:20.000Z"))
    let adam = history.trials.first { $0.parameters["training.optimizer"] == 0 }
    let sgd = history.trials.first { $0.parameters["training.optimizer"] == 1 }
    for (trial, name) in [(adam, "adam"), (sgd, "sgd")] {
      let trial = try #require(trial)
      let fields = lines[trial.number + 1].split(separator: ",", omittingEmptySubsequences: false)
      #expect(fields[4] == name)
      #expect(fields[5].isEmpty == (name == "sgd"))
    }
  }

  @Test("a table is written in one piece, and a folder that is not there is an I/O error")
  func written() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("trials.csv").path
      let table = TrialTable(history: try ReportStudy.history(3))
      try table.write(to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == table.csv)
      #expect(throws: (any Error).self) { try table.write(to: "\(folder.path)/no/trials.csv") }
    }
  }

  /// A study whose value depends on `strong` much, on `weak` little, and on `none` not at all.
  private func study(pruned: Bool) throws -> History {
    let space = try SearchSpace([
      Parameter("none", .float(low: 0, high: 1)),
      Parameter("kind", .categorical(["a", "b", "c"])),
      Parameter("strong", .float(low: 1e-4, high: 1, log: true)),
      Parameter("weak", .int(low: 0, high: 10)),
      Parameter("only", .float(low: 0, high: 1), when: [.init("kind", .oneOf([0]))]),
    ])
    var history = History(space: space)
    var generator = RandomGenerator(seed: 3)
    for number in 0..<150 {
      let parameters = space.assignment {
        $0.distribution.internalValue(atUnit: generator.uniform())
      }
      let place = space.parameters[2].distribution.unit(of: parameters["strong"] ?? 0)
      let value = 10 * abs(place - 0.4) + 0.1 * (parameters["weak"] ?? 0)
      var trial = Trial(number: number, state: .complete, parameters: parameters)
      trial.values = [value]
      if pruned, value > 3 {
        trial.state = .pruned
        trial.values = []
        trial.reports = [.init(step: 1, value: value)]
      }
      history.trials.append(trial)
      history.finished.append(number)
    }
    return history
  }

  @Test("importance finds the parameters that matter, whether bad trials end or are pruned")
  func importance() throws {
    for pruned in [false, true] {
      let shares = ParameterImportance.all(of: try study(pruned: pruned))
      #expect(shares.map(\.name).prefix(2) == ["strong", "weak"] || shares[0].share > 0.8)
      #expect(shares[0].name == "strong" && shares[0].share > 0.6)
      #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-9)
      #expect(Set(shares.map(\.name)) == ["none", "kind", "strong", "weak", "only"])
    }
    #expect(ParameterImportance.all(of: try ReportStudy.history(2)).isEmpty)
  }

  @Test("a summary counts, names the best and guesses the end")
  func summary() throws {
    let history = try ReportStudy.history(20)
    let start = try #require(history.trials[0].startTime)
    let summary = StudySummary(
      history: history, objectives: ["accuracy"], trialLimit: 40, now: start + 19)
    #expect(summary.counts == ["complete": 15, "pruned": 2, "failed": 2, "running": 1])
    // One of them goes on with another one: 19 trials count, of which 18 are over in 19 seconds.
    let eta = try #require(summary.etaSeconds)
    #expect(abs(eta - 22 * 19 / 18) < 1e-9)
    #expect(summary.best.map(\.number) == [0])
    #expect(
      summary.text.contains(
        "trials   19 of 40 (and 1 that were repeated or gone on with): 1 running, 15 complete, "
          + "2 pruned, 2 failed"))
    #expect(summary.text.contains("best     trial 0: accuracy 0.9"))
    #expect(summary.value["best"]?.json.contains("\"number\":0") == true)
    #expect(summary.value["eta_seconds"]?.number == eta)
    let several = try ReportStudy.history(20, directions: [.maximize, .minimize])
    #expect(StudySummary(history: several, now: start).best.count > 1)
    let empty = StudySummary(history: try ReportStudy.history(0), now: start)
    #expect(empty.text.contains("none yet"))
  }
}
