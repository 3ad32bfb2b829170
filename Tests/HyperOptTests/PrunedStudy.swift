import HyperOpt

/// A study without a journal: trials one after the other, each with a curve known beforehand.
struct PrunedStudy {
  var history: History
  /// The reason why the latest trial was stopped.
  var reason: String?

  init(direction: Direction) throws {
    let space = try SearchSpace([Parameter("x", .float(low: 0, high: 1))])
    history = History(space: space, directions: [direction])
  }

  /// Runs a trial that reports `curve` at steps 1, 2, ..., and whose value is the last report.
  /// - Returns: The step at which it was stopped; nil when it went to its end.
  mutating func run(_ curve: [Double], pruner: any Pruner, lastStep: Int?) -> Int? {
    let number = history.trials.count
    history.trials.append(
      Trial(number: number, state: .running, parameters: Assignment(["x": 0.5])))
    defer { history.finished.append(number) }
    for (index, value) in curve.enumerated() {
      history.trials[number].reports.append(.init(step: index + 1, value: value))
      reason = pruner.reasonToPrune(history.trials[number], lastStep: lastStep, history: history)
      guard reason == nil else {
        history.trials[number].state = .pruned
        return index + 1
      }
    }
    let final = curve.last ?? .nan
    history.trials[number].state = final.isNaN ? .failed : .complete
    if !final.isNaN { history.trials[number].values = [final] }
    return nil
  }
}
