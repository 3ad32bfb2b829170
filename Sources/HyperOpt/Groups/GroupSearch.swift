private import CShared
public import Distributed

/// Runs the trials of a study on groups of ranks inside one MPI job: rank 0 coordinates, the others
/// form groups as trials need them.
public struct GroupSearch {
  /// Limits, objectives and sizes of groups.
  public var plan: SearchPlan
  /// The search space, the same on every rank.
  public var space: SearchSpace
  /// Called on rank 0 when a trial's model is no longer worth keeping.
  public var discard: (Int) -> Void = { _ in }
  /// Asked on rank 0 a few times a second: why the search should leave now, or nil.
  public var reasonToLeave: () -> String? = { nil }

  /// Asked on rank 0 about once a second: how long the job may still run; nil: no limit.
  public var remainingSeconds: () -> Double? = { nil }
  /// Called on rank 0 about once a second.
  public var tick: () -> Void = {}
  /// What running trials are marked with on rank 0, so that a later coordinator finds those of one
  /// that is gone.
  public var owner: String?

  /// Makes a search.
  public init(_ plan: SearchPlan, space: SearchSpace) {
    self.plan = plan
    self.space = space
  }

  /// Runs until a limit is reached; a process that is alone runs one trial after the other.
  ///
  /// Collective over `world`, and blocking. `study` makes the study on rank 0 (with the trials that
  /// an earlier coordinator left running); other ranks do not call it. `body` is one run of a trial
  /// on its group's ranks: collective over the group; the figures of the group's first rank count.
  /// It may throw on any rank: the trial has failed, the search goes on.
  /// - Returns: How it ended, on rank 0; nil on the others.
  public func run(
    on world: borrowing Communicator, observer: any SearchObserver,
    study: () throws -> (Study, unfinished: [Int]),
    body: @escaping (GroupTrial, borrowing Communicator) throws -> [String: Double]
  ) throws -> SearchReport? {
    StopSignal.catch()
    let nodes = try Self.nodeNames(world)
    guard world.rank == 0 else {
      try GroupWorker(space: space, body: body).run(on: world)
      return nil
    }
    let (study, unfinished) = try study()
    let isAlone = world.size == 1
    let coordinator = try Coordinator(
      study: study, plan: plan, slots: Self.slots(nodes),
      unfinished: unfinished, owner: owner, now: Clock.now)
    var nextTick = 0.0
    let leave = {
      let now = Clock.now
      if now >= nextTick {
        nextTick = now + 1
        tick()
        if let seconds = remainingSeconds() { coordinator.close(secondsLeft: seconds) }
      }
      return StopSignal.arrived ? "a signal asked to stop" : reasonToLeave()
    }
    if isAlone {
      try SoloLoop(
        coordinator: coordinator, space: space, observer: observer, discard: discard,
        reasonToLeave: leave
      ).run(on: world, body: body)
    } else {
      try CoordinatorLoop(
        coordinator: coordinator, observer: observer, discard: discard, reasonToLeave: leave
      ).run(on: world)
    }
    return SearchReport(
      ending: coordinator.ending, summary: coordinator.summary(now: Clock.now),
      best: coordinator.bestTrial)
  }

  /// Throws on rank 0 where a trial needs more ranks than there are, as `run` does.
  ///
  /// Collective over `world`, and blocking.
  package func requireRoom(on world: borrowing Communicator) throws {
    let nodes = try Self.nodeNames(world)
    if world.rank == 0 {
      try Coordinator.requireRoom(plan, in: Self.slots(nodes), space: space)
    }
  }

  /// The ranks that run trials: all but the first, unless it is alone.
  private static func slots(_ nodes: [String]) -> [Slot] {
    nodes.indices.dropFirst(nodes.count == 1 ? 0 : 1).map { Slot(id: $0, node: nodes[$0]) }
  }

  /// The node of every rank, by the lowest rank that is on it.
  private static func nodeNames(_ world: borrowing Communicator) throws -> [String] {
    let node = try world.splitByNode()
    let first = try node.broadcast([world.rank], from: 0)
    try node.free()
    return try world.allGather(first).map { "node of rank \($0)" }
  }
}
