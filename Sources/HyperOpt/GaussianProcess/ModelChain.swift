private import NN
private import Synchronization

/// The models of a study at its milestones, each fitted from the one before.
///
/// A milestone is a number of finished trials; the model there is a function of the trials that had
/// finished by then, and of nothing else. Models that were computed before are remembered under a
/// hash of exactly these trials, so that a proposal never depends on what was asked for earlier.
final class ModelChain: Sendable {
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

  /// The models at the last milestone that `history` has reached; nil before the first.
  func models(_ history: History, _ encoding: SpaceEncoding) -> Models? {
    let hashes = Self.hashes(history, withCosts: withCosts)
    var milestones: [Int] = []
    var next = Self.first
    while next <= history.finished.count {
      milestones.append(next)
      next = Self.milestone(after: next)
    }
    let olderHash = Self.hash(history.older, history.directions)
    let space = history.space
    let known = memory.withLock { memory -> (index: Int, models: Models)? in
      if memory.space != space || memory.olderHash != olderHash {
        memory.models = [:]
        memory.space = space
        memory.olderHash = olderHash
      }
      for (i, milestone) in milestones.enumerated().reversed() {
        if let models = memory.models[hashes[milestone]] { return (i, models) }
      }
      return nil
    }
    var models = known?.models
    for i in ((known?.index ?? -1) + 1)..<max(milestones.count, (known?.index ?? -1) + 1) {
      let observations = Observations(history, first: milestones[i], encoding, withCosts: withCosts)
      let fitted = fit(observations, encoding, from: models, isChoosing: i % 5 == 0)
      models = fitted
      memory.withLock { memory in
        guard memory.space == space, memory.olderHash == olderHash else { return }
        if memory.models.count > 2000 { memory.models = [:] }
        memory.models[hashes[milestones[i]]] = fitted
      }
    }
    return models
  }

  private func fit(
    _ observations: Observations, _ encoding: SpaceEncoding, from last: Models?, isChoosing: Bool
  ) -> Models {
    func fit(
      _ results: [Observations.Result], _ last: OutputModel?,
      among shapes: [OutputTransform.Shape]
    ) -> OutputModel {
      .fitted(to: results, from: last, encoding: encoding, among: shapes)
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
      if withCosts { add(CostModel.seconds(trial) ?? .nan) }
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
