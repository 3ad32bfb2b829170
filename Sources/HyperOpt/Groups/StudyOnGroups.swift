public import Distributed

extension Study {
  /// Evaluates `body` for the trials of a study, many side by side, each on a group of ranks.
  ///
  /// The closure form of `sounder search`: rank 0 keeps the study and coordinates, the other ranks
  /// form groups of `plan.ranksPerTrial`; a process that is alone runs one trial after the other.
  /// With a `journal` the study outlives the process: the same call goes on with it, and trials whose
  /// coordinator is gone are run again. Collective over `world`, and blocking. `body` is collective
  /// over its group; the figures that the group's first rank returns count, by name, and
  /// `GroupTrial.report` says on the way whether the trial goes on. When `body` throws on any rank,
  /// that is one failed trial with its reason.
  /// - Returns: How it ended, on rank 0; nil on the others.
  /// - Throws: `StudyError` when there are too few ranks for a trial, the journal is of another study
  ///   or cannot be written, or the first trials all fail.
  public static func optimize(
    on world: borrowing Communicator, _ settings: StudySettings, plan: SearchPlan,
    journal: String? = nil, observer: any SearchObserver = SilentSearchObserver(),
    body: @escaping (GroupTrial, borrowing Communicator) throws -> [String: Double]
  ) throws -> SearchReport? {
    let owner = world.rank == 0 ? journal.map { StudyOwner(journal: $0) } : nil
    defer { owner?.leave() }
    var search = GroupSearch(plan, space: settings.space)
    search.owner = owner?.name
    search.tick = { owner?.touch() }
    return try search.run(on: world, observer: observer) {
      let study = try Study(journal: journal, settings: settings)
      return (study, owner?.orphans(in: study.history) ?? [])
    } body: { trial, group in
      try body(trial, group)
    }
  }
}

/// Follows a search without a word.
public final class SilentSearchObserver: SearchObserver {
  /// Makes the observer.
  public init() {}
  /// Says nothing.
  public func happened(_ event: SearchEvent) {}
  /// Shows nothing.
  public func progress(_ summary: SearchSummary) {}
}
