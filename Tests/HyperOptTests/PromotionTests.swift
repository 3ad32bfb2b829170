import Configuration
import HyperOpt
import Testing

/// When ASHA goes on with a trial that it had stopped.
@Suite struct PromotionTests {
  private func study(_ pruner: any Pruner) throws -> PrunedStudy {
    var study = try PrunedStudy(direction: .minimize)
    // The second is worse than the first and stops at rung 0, with its checkpoint kept.
    for (number, level) in [0.1, 0.2, 0.5, 0.6, 0.7].enumerated() {
      _ = study.run([level, level, level], pruner: pruner, lastStep: 9)
      study.history.trials[number].userAttributes["checkpoint"] = "trial.h5"
    }
    return study
  }

  private func asha() throws -> any Pruner { try PrunerRegistry.pruner("asha") }

  @Test("a stopped trial is promoted once it is among the best third of its rung")
  func promotion() throws {
    let pruner = try asha()
    var study = try study(pruner)
    #expect(study.history.trials[1].state == .pruned)
    #expect(pruner.promotion(history: study.history) == nil)
    _ = study.run([0.8], pruner: pruner, lastStep: 9)
    #expect(pruner.promotion(history: study.history) == 1)
    study.history.trials[1].userAttributes["checkpoint"] = nil
    #expect(pruner.promotion(history: study.history) == nil)
  }

  @Test("a promoted trial is not promoted again, and counts once with its reports joined")
  func resumed() throws {
    let pruner = try asha()
    var study = try study(pruner)
    _ = study.run([0.8], pruner: pruner, lastStep: 9)
    var resumed = Trial(number: 6, state: .running, parameters: Assignment(["x": 0.5]))
    resumed.systemAttributes["sounder:resumed_from"] = 1
    study.history.trials.append(resumed)
    #expect(pruner.promotion(history: study.history) == nil)
    // At rung 1 (step 3) there is only the first trial's 0.1: half of two may go on, one.
    resumed.reports = [.init(step: 2, value: 0.2)]
    study.history.trials[6] = resumed
    #expect(pruner.reasonToPrune(resumed, lastStep: 9, history: study.history) == nil)
    resumed.reports.append(.init(step: 3, value: 0.05))
    study.history.trials[6] = resumed
    #expect(pruner.reasonToPrune(resumed, lastStep: 9, history: study.history) == nil)
    resumed.reports[1].value = 0.15
    study.history.trials[6] = resumed
    #expect(
      pruner.reasonToPrune(resumed, lastStep: 9, history: study.history)?.contains("2 of 2")
        == true)
  }

  @Test("a study of many trials with promotions finds its best and finishes few")
  func manyTrials() throws {
    let pruner = try asha()
    var study = try PrunedStudy(direction: .minimize)
    var promotions = 0
    for index in 0..<81 {
      let level = Double(index * 37 % 81) / 81
      _ = study.run([Double](repeating: level, count: 9), pruner: pruner, lastStep: 9)
      study.history.trials[study.history.trials.count - 1].userAttributes["checkpoint"] = "c.h5"
      while let promoted = pruner.promotion(history: study.history) {
        promotions += 1
        let done = study.history.trials[promoted].reports.last?.step ?? 0
        let number = study.history.trials.count
        var trial = Trial(number: number, state: .running, parameters: Assignment(["x": 0.5]))
        trial.systemAttributes["sounder:resumed_from"] = Value(.int(promoted))
        trial.userAttributes["checkpoint"] = "c.h5"
        study.history.trials.append(trial)
        let value = study.history.trials[promoted].reports.last?.value ?? 1
        trial.state = .complete
        for step in (done + 1)...9 {
          trial.reports.append(.init(step: step, value: value))
          study.history.trials[number] = trial
          if pruner.reasonToPrune(trial, lastStep: 9, history: study.history) != nil {
            trial.state = .pruned
            break
          }
        }
        if trial.state == .complete { trial.values = [value] }
        study.history.trials[number] = trial
        study.history.finished.append(number)
      }
    }
    #expect(promotions > 2)
    #expect(study.history.best?.values == [0])
    #expect(study.history.complete.count < 15)
  }
}
