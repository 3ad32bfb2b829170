private import Foundation

/// The observed trials of a history, divided into good and bad ones as TPE needs them.
package struct ParzenSplit {
  /// The number of finished observations.
  let count: Int
  private var good: [Assignment]
  private var bad: [Assignment]

  init(_ history: History) {
    var complete: [Int] = []
    var pruned: [(key: (Int, Double), number: Int)] = []
    var infeasible: [(key: Double, number: Int)] = []
    var running: [Int] = []
    for number in history.observedNumbers {
      let state = history.trials[number].state
      switch state {
      case .running: running.append(number)
      case .failed, .waiting: break
      case .complete, .pruned:
        let violation = history.trials[number].violation
        if violation > 0 {
          infeasible.append((violation, number))
        } else if state == .pruned {
          pruned.append((Self.progress(of: history.trials[number], history), number))
        } else if history.trials[number].values.count == history.directions.count {
          complete.append(number)
        }
      }
    }
    let finished = complete.count + pruned.count + infeasible.count
    var goodCount = Self.goodCount(of: finished, objectives: history.directions.count)
    var goodNumbers: Set<Int> = []
    let best = Self.best(goodCount, of: complete, history)
    goodNumbers.formUnion(best)
    goodCount -= best.count
    if goodCount > 0, !pruned.isEmpty {
      pruned.sort { ($0.key.0, $0.key.1, $0.number) < ($1.key.0, $1.key.1, $1.number) }
      goodNumbers.formUnion(pruned.prefix(goodCount).map { $0.number })
      goodCount -= min(goodCount, pruned.count)
    }
    if goodCount > 0, !infeasible.isEmpty {
      infeasible.sort { ($0.key, $0.number) < ($1.key, $1.number) }
      goodNumbers.formUnion(infeasible.prefix(goodCount).map { $0.number })
    }
    (good, bad) = Self.older(history)
    count = finished + good.count + bad.count
    // By number: the estimator gives the newest the most weight.
    let bads = complete + pruned.map { $0.number } + infeasible.map { $0.number } + running
    for number in bads.sorted() {
      let parameters = history.trials[number].parameters
      if goodNumbers.contains(number) { good.append(parameters) } else { bad.append(parameters) }
    }
  }

  /// The density of the good or the bad observations in which all of `axes` are active.
  func estimator(of axes: [UnitAxis], good isGood: Bool) -> ParzenEstimator {
    let assignments = isGood ? good : bad
    let names = axes.map { $0.name }
    var rows: [Double] = []
    rows.reserveCapacity(assignments.count * axes.count)
    var row = [Double](repeating: 0, count: axes.count)
    // Dictionaries with the same keys mostly have them in the same order: to compare with the last
    // one's name at a place is far cheaper than to hash every name of every trial.
    var last: [(name: String, axis: Int?)] = []
    for assignment in assignments {
      var found = 0
      for (position, (name, value)) in assignment.values.enumerated() {
        if position == last.count { last.append((name, names.firstIndex(of: name))) }
        if last[position].name != name { last[position] = (name, names.firstIndex(of: name)) }
        guard let axis = last[position].axis else { continue }
        row[axis] = axes[axis].place(of: value)
        if axes[axis].accepts(row[axis]) { found += 1 }
      }
      if found == axes.count { rows += row }
    }
    let n = rows.count / axes.count
    var columns = [Double](repeating: 0, count: rows.count)
    for i in 0..<n {
      for axis in axes.indices { columns[axis * n + i] = rows[i * axes.count + axis] }
    }
    return ParzenEstimator(axes, observed: columns, weights: Self.weights(n))
  }

  /// 1 for the newest 25; older ones lose weight linearly down to 1/n.
  package static func weights(_ n: Int) -> [Double] {
    let ramp = max(n - 25, 0)
    let least = 1 / Double(max(n, 1))
    return (0..<n).map { i in
      guard i < ramp else { return 1 }
      return ramp == 1 ? least : least + (1 - least) * Double(i) / Double(ramp - 1)
    }
  }

  private static func goodCount(of n: Int, objectives: Int) -> Int {
    let tenth = Int((0.1 * Double(n)).rounded(.up))
    return objectives > 1 ? tenth : min(tenth, 25)
  }

  private static func best(_ count: Int, of complete: [Int], _ history: History) -> [Int] {
    if complete.count <= count { return complete }
    if history.directions.count > 1 { return nonDominated(count, of: complete, history) }
    var keys = complete.map { (loss: history.loss(of: $0) ?? .infinity, number: $0) }
    keys.sort { ($0.loss, $0.number) < ($1.loss, $1.number) }
    return keys.prefix(count).map { $0.number }
  }

  // Whole fronts while they fit; of the next one those that add the most volume (Ozaki et al.,
  // "MOTPE", 2020).
  private static func nonDominated(
    _ count: Int, of complete: [Int], _ history: History
  ) -> [Int] {
    // No distance is measured to what is infinite.
    let losses = complete.map { number in
      (history.losses(of: number) ?? []).map {
        min(max($0, -Double.greatestFiniteMagnitude), .greatestFiniteMagnitude)
      }
    }
    let ranks = Domination.ranks(losses.map { Domination.Point(losses: $0) })
    var chosen: [Int] = []
    for rank in 0... {
      let front = complete.indices.filter { ranks[$0] == rank }
      if chosen.count + front.count <= count {
        chosen += front.map { complete[$0] }
        if chosen.count == count { return chosen }
        continue
      }
      let points = front.map { losses[$0] }
      // A tenth behind the worst of the front, in each objective.
      let reference = (0..<history.directions.count).map { objective in
        let worst = points.map { $0[objective] }.max() ?? 0
        let behind = max(1.1 * worst, 0.9 * worst)
        return behind == 0 ? 1e-12 : behind
      }
      // Volumes in many dimensions are dear, and there are none to an infinite point.
      let isDear = history.directions.count > 2 && front.count * (count - chosen.count) > 2000
      guard !isDear, reference.allSatisfy({ $0.isFinite }) else {
        let crowding = Domination.crowding(points)
        let order = front.indices.sorted { (-crowding[$0], $0) < (-crowding[$1], $1) }
        return chosen + order.prefix(count - chosen.count).map { complete[front[$0]] }
      }
      let subset = Hypervolume.subset(count - chosen.count, of: points, reference: reference)
      return chosen + subset.map { complete[front[$0]] }
    }
    return chosen
  }

  // Those that came further first, then by value; those without a report last.
  private static func progress(of trial: Trial, _ history: History) -> (Int, Double) {
    guard let report = trial.reports.last else { return (1, 0) }
    let loss = report.value * history.directions[0].sign
    return (-report.step, loss.isNaN ? .infinity : loss)
  }

  // Values of other studies cannot be compared with ours: each is split by its own order.
  private static func older(_ history: History) -> (good: [Assignment], bad: [Assignment]) {
    var good: [Assignment] = []
    var bad: [Assignment] = []
    for study in history.older {
      let sign = history.directions[0].sign
      let losses = study.map { ($0.values.first ?? .nan) * sign }
      let order = study.indices.sorted {
        (losses[$0].isNaN ? .infinity : losses[$0], $0)
          < (losses[$1].isNaN ? .infinity : losses[$1], $1)
      }
      let count = goodCount(of: study.count, objectives: 1)
      let best = Set(order.prefix(count))
      for index in study.indices {
        let parameters = study[index].parameters
        if best.contains(index) { good.append(parameters) } else { bad.append(parameters) }
      }
    }
    return (good, bad)
  }
}
