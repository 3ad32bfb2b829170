internal import Configuration
public import Distributed

/// One run of a trial as a job step of its own: what `sounder search --isolate` starts.
public struct TrialStep {
  /// The search space, the same on every rank.
  private let space: SearchSpace

  /// Makes a step of a search over `space`.
  public init(space: SearchSpace) { self.space = space }

  /// Reads the order from standard input, runs the trial on all ranks, and tells the coordinator.
  ///
  /// Collective over `world`, and blocking. `body` is as in `GroupSearch`. An error that it throws
  /// on any rank ends the step, and is the reason of the trial's failure.
  public func run(
    on world: borrowing Communicator,
    body: (GroupTrial, borrowing Communicator) throws -> [String: Double]
  ) throws {
    let link = PipeLink()
    let own = world.rank == 0 ? Array(try link.order().value.json.utf8) : []
    let bytes = try world.broadcast(bytes: own, from: 0)
    let order = try PipeLink.order(String(decoding: bytes, as: UTF8.self))
    let trial = GroupTrial(order, space: space, link: link)
    do {
      let figures = try body(trial, world)
      // The end is told when all ranks are there: who dies later has done its part.
      try world.barrier()
      if world.rank == 0 { link.end(trial.isStopped ? .stopped : .complete(figures)) }
    } catch {
      if world.rank == 0 { link.end(.failed(String(describing: error))) }
      throw error
    }
  }
}
