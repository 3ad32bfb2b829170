internal import Configuration

/// What all pictures of a report need of a study, worked out once.
struct ReportData {
  let history: History
  /// One name per objective.
  let objectives: [String]
  /// Trials that were not resumed by later ones, with whole curves, by number.
  let trials: [Trial]
  /// The best feasible complete trials: one, or the Pareto front.
  let best: [Trial]
  let importance: [ParameterImportance]
  /// A short name for each parameter: the end of its path that no other one has.
  let shortNames: [String: String]

  init(_ history: History, objectives: [String]) {
    self.history = history
    self.objectives = history.directions.indices.map { index in
      objectives.indices.contains(index)
        ? objectives[index] : index == 0 ? "value" : "value \(index)"
    }
    trials = history.lastParts().map { trial in
      guard trial.resumedFrom != nil else { return trial }
      var whole = trial
      whole.reports = history.curve(of: trial)
      return whole
    }
    best =
      history.directions.count > 1 ? history.paretoFront : history.winner.map { [$0] } ?? []
    importance = ParameterImportance.all(of: history)
    shortNames = Self.shortNames(history.space.parameters.map(\.name))
  }

  /// The first objective's direction.
  var direction: Direction { history.directions.first ?? .minimize }

  /// The first objective's name with an arrow to where it is better.
  func title(of objective: Int) -> String {
    guard objectives.indices.contains(objective) else { return "" }
    let isLess = history.directions[objective] == .minimize
    return "\(objectives[objective]) (\(isLess ? "less" : "more") is better)"
  }

  /// Parameters from the most to the least important one.
  var parameters: [Parameter] {
    let order = importance.isEmpty ? history.space.parameters.map(\.name) : importance.map(\.name)
    return order.compactMap { history.space[$0] }
  }

  /// Trials with a value of the first objective: complete ones' values, others' last reports.
  var valued: [(trial: Trial, value: Double)] {
    trials.compactMap { trial in
      guard trial.state == .complete || trial.state == .pruned,
        let value = trial.latestValue(of: 0), !value.isNaN
      else { return nil }
      return (trial, value)
    }
  }

  /// Classes 0 (best) to 7 (worst) of values by rank.
  static func ranks(_ values: [Double], _ direction: Direction) -> [Int] {
    let order = values.indices.sorted {
      (values[$0] * direction.sign, $0) < (values[$1] * direction.sign, $1)
    }
    var ranks = [Int](repeating: 0, count: values.count)
    for (place, index) in order.enumerated() { ranks[index] = place * 8 / max(values.count, 1) }
    return ranks
  }

  /// What a pointer on a trial shows.
  func tooltip(_ trial: Trial) -> String {
    let values = trial.values.isEmpty ? trial.reports.suffix(1).map(\.value) : trial.values
    return
      "trial \(trial.number), \(trial.stateName): \(values.map(\.brief).joined(separator: ", "))"
  }

  private static func shortNames(_ names: [String]) -> [String: String] {
    var result: [String: String] = [:]
    let paths = names.map { $0.split(separator: ".") }
    for (name, path) in zip(names, paths) {
      var length = 1
      while length < path.count,
        paths.count(where: { $0.suffix(length) == path.suffix(length) }) > 1
      {
        length += 1
      }
      result[name] = path.isEmpty ? name : path.suffix(length).joined(separator: ".")
    }
    return result
  }
}

extension Array {
  /// At most `count` elements at equal distances, the first and the last among them.
  func thinned(to count: Int) -> [Element] {
    guard self.count > count, count > 1 else { return self }
    return (0..<count).map { self[$0 * (self.count - 1) / (count - 1)] }
  }
}
