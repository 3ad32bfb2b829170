private import NN
private import Synchronization

/// The models of a study at its milestones, each fitted from the one before.
///
/// A milestone is a number of finished trials; the model there is a function of the trials that had
/// finished by then and of whether few or many run. Models that were computed before are remembered under a
/// hash of exactly these trials, so that a proposal never depends on what was asked for earlier.
///
/// With few running trials nearly every result is a milestone. With many, a single result changes
/// little and there is no time for it: milestones are then the multiples of a spacing that grows with
/// the number of running trials, and each is fitted from the last multiple of a higher power of two
/// below it. So models do not depend on the spacing beyond 1, which may change from proposal to proposal, and
/// any milestone is a few fits away from the first one.
package final class ModelChain: Sendable {
  /// Everything that is modelled.
  struct Models: Sendable {
    var objectives: [OutputModel] = []
    var constraints: [OutputModel] = []
    var failures: OutputModel?
    var cost: OutputModel?
  }

  private struct Memory {
    var space: SearchSpace?
    var olderHash: UInt64 = 0
    var models: [UInt64: Models] = [:]
  }

  private let memory = Mutex(Memory())
  private let shapes: [OutputTransform.Shape]
  private let withCosts: Bool

  /// A chain whose objectives' transforms have one of these shapes; `withCosts`: what trials cost is
  /// modelled, too.
  init(shapes: [OutputTransform.Shape] = OutputTransform.shapes, withCosts: Bool = false) {
    self.shapes = shapes
    self.withCosts = withCosts
  }

  /// The next milestone: every result at first, every 50th part of them later.
  static func milestone(after count: Int) -> Int { count + max(1, count / 50) }

  /// The first milestone.
  static let first = 4

  /// Results between two milestones while so many trials run: 1 for few, else a power of two.
  ///
  /// About an eighth of what is running; the steps lie far from round numbers of groups.
  package static func spacing(running: Int) -> Int {
    guard running >= 12 else { return 1 }
    var spacing = 2
    while spacing * 12 <= running { spacing *= 2 }
    return spacing
  }

  /// A milestone, and the one whose models it is fitted from.
  package struct Step: Equatable, Sendable {
    package var count: Int
    var isChoosing: Bool
  }

  /// The milestones that lead to the models behind `count` results, in order.
  package static func steps(to count: Int, spacing: Int) -> [Step] {
    guard count >= first else { return [] }
    if spacing == 1 {
      var steps: [Step] = []
      var next = first
      while next <= count {
        steps.append(Step(count: next, isChoosing: steps.count % 5 == 0))
        next = milestone(after: next)
      }
      return steps
    }
    let top = 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
    var milestone = max(count / spacing * spacing, top)
    var steps: [Step] = []
    while milestone >= first {
      let top = 1 << (Int.bitWidth - 1 - milestone.leadingZeroBitCount)
      // The transform is chosen anew four times while the results double.
      steps.append(Step(count: milestone, isChoosing: milestone % max(1, top / 4) == 0))
      milestone = milestone == top ? top / 4 : milestone & (milestone - 1)
    }
    return steps.reversed()
  }

  /// The models at the last milestone that `history` has reached; nil before the first.
  func models(_ history: History, _ encoding: SpaceEncoding) -> Models? {
    let hashes = Self.hashes(history, withCosts: withCosts)
    let spacing = Self.spacing(running: history.trials.lazy.filter { $0.state == .running }.count)
    let isSparse = spacing > 1
    let steps = Self.steps(to: history.finished.count, spacing: spacing)
    let keys = steps.map { RandomGenerator.fold(hashes[$0.count], isSparse ? 1 : 0) }
    let olderHash = Self.hash(history.older, history.directions)
    let space = history.space
    let known = memory.withLock { memory -> (index: Int, models: Models)? in
      if memory.space != space || memory.olderHash != olderHash {
        memory.models = [:]
        memory.space = space
        memory.olderHash = olderHash
      }
      for (i, key) in keys.enumerated().reversed() {
        if let models = memory.models[key] { return (i, models) }
      }
      return nil
    }
    var models = known?.models
    for i in steps.indices.dropFirst((known?.index ?? -1) + 1) {
      let observations = Observations(
        history.first(steps[i].count), encoding, withCosts: withCosts)
      let fitted = fit(
        observations, encoding, from: models, isChoosing: steps[i].isChoosing, isSparse: isSparse)
      models = fitted
      memory.withLock { memory in
        guard memory.space == space, memory.olderHash == olderHash else { return }
        if memory.models.count > 2000 { memory.models = [:] }
        memory.models[keys[i]] = fitted
      }
    }
    return models
  }

  // Results that sparse milestones are fitted to, and those that shapes are compared by: a model
  // that is refitted several times a second has to cost little.
  private static let mostFitted = 160
  private static let mostCompared = 48

  private func fit(
    _ observations: Observations, _ encoding: SpaceEncoding, from last: Models?, isChoosing: Bool,
    isSparse: Bool
  ) -> Models {
    func fit(
      _ results: [Observations.Result], _ last: OutputModel?,
      among shapes: [OutputTransform.Shape]
    ) -> OutputModel {
      guard isSparse else {
        return .fitted(to: results, from: last, encoding: encoding, among: shapes)
      }
      var start = last
      if !shapes.isEmpty {
        let few = Self.thinned(results, to: Self.mostCompared)
        let chosen = OutputModel.fitted(to: few, from: last, encoding: encoding, among: shapes)
        if few.count == results.count { return chosen }
        if chosen.shape != last?.shape { start = chosen }
      }
      return .fitted(
        to: Self.thinned(results, to: Self.mostFitted), from: start, encoding: encoding, among: [])
    }
    var models = Models()
    for (k, results) in observations.objectives.enumerated() {
      let before = (last?.objectives.indices.contains(k) ?? false) ? last?.objectives[k] : nil
      models.objectives.append(
        fit(results, before, among: isChoosing || before == nil ? shapes : []))
    }
    for (k, results) in observations.constraints.enumerated() {
      let before = (last?.constraints.indices.contains(k) ?? false) ? last?.constraints[k] : nil
      models.constraints.append(fit(results, before, among: []))
    }
    if observations.costs.count > 1 {
      models.cost = fit(observations.costs, last?.cost, among: [])
    }
    if !observations.failures.isEmpty {
      models.failures = fit(observations.failures, last?.failures, among: [])
    }
    return models
  }

  /// At most `most` of the results: the best third, and the others evenly.
  private static func thinned(
    _ results: [Observations.Result], to most: Int
  ) -> [Observations.Result] {
    guard results.count > most else { return results }
    let order = results.indices.sorted { (results[$0].value, $0) < (results[$1].value, $1) }
    let best = order.prefix(most / 3)
    let others = order.dropFirst(best.count).sorted()
    let wanted = most - best.count
    let spread = (0..<wanted).map { others[$0 * others.count / wanted] }
    return (best + spread).sorted().map { results[$0] }
  }

  // hashes[m] stands for the first m finished trials.
  private static func hashes(_ history: History, withCosts: Bool) -> [UInt64] {
    var result: [UInt64] = [0]
    result.reserveCapacity(history.finished.count + 1)
    var hash: UInt64 = 0
    func add(_ word: UInt64) { hash = RandomGenerator.fold(hash, word) }
    func add(_ number: Double) { add(number.bitPattern) }
    for trial in history.finishedTrials {
      add(UInt64(trial.number))
      add(UInt64(trial.state.rawValue))
      for parameter in history.space.parameters {
        add(trial.parameters[parameter.name] ?? .nan)
      }
      for value in trial.values { add(value) }
      add(UInt64(trial.values.count))
      if !trial.systemAttributes.isEmpty {
        for value in trial.constraints { add(value) }
        add(UInt64(bitPattern: Int64(trial.resumedFrom ?? -1)))
      }
      for report in trial.reports {
        add(UInt64(bitPattern: Int64(report.step)))
        add(report.value)
      }
      if withCosts { add(CostModel.seconds(trial, lastStep: 1) ?? .nan) }
      result.append(hash)
    }
    return result
  }

  private static func hash(_ older: [[History.OlderResult]], _ directions: [Direction]) -> UInt64 {
    var hash: UInt64 = 1
    for direction in directions { hash = RandomGenerator.fold(hash, direction.sign.bitPattern) }
    for study in older {
      hash = RandomGenerator.fold(hash, UInt64(study.count))
      for result in study {
        for (name, value) in result.parameters.values.sorted(by: { $0.key < $1.key }) {
          for byte in name.utf8 { hash = RandomGenerator.fold(hash, UInt64(byte)) }
          hash = RandomGenerator.fold(hash, value.bitPattern)
        }
        for value in result.values { hash = RandomGenerator.fold(hash, value.bitPattern) }
      }
    }
    return hash
  }
}
