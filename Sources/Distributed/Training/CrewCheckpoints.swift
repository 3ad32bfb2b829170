internal import Pipeline

// What a worker takes of a checkpoint at the start, and the checkpoints that the first one writes.
extension Crew {
  /// The numbers of a checkpoint that a worker begins with.
  static func numbers(
    of job: TrainingJob, fills: Bool, writes: Bool
  ) -> Checkpoint.Numbers {
    var numbers: Checkpoint.Numbers = .own
    if fills { numbers.insert(.parameters) }
    // Elsewhere each worker has an optimizer of its own.
    if fills || !type(of: job.distribution.mode).keepsStateInMemory { numbers.insert(.state) }
    // The best weights are kept by the one that writes files.
    if writes, job.bestWeights != nil { numbers.insert(.best) }
    return numbers
  }

  /// Writes the checkpoint of a whole epoch.
  mutating func save(
    _ copy: ParameterSnapshot, after epoch: Int, history: [EpochRecord]
  ) throws {
    try save(copy, at: epoch + 1, rest: nil, sums: [], seconds: 0, history: history)
  }

  /// Writes the checkpoint of a part of an epoch.
  mutating func save(
    _ copy: ParameterSnapshot, inside epoch: RunningEpoch, _ run: EpochRun, sums: [Double],
    history: [EpochRecord]
  ) throws {
    try save(
      copy, at: run.epoch, rest: run.rest(after: epoch.allVisited, setup), sums: sums,
      seconds: run.earlierSeconds + Clock.now - epoch.start, history: history)
  }

  /// Writes a checkpoint from which `epoch` begins, or goes on with its `rest`.
  private mutating func save(
    _ copy: ParameterSnapshot, at epoch: Int, rest: EpochPlan?, sums: [Double], seconds: Double,
    history: [EpochRecord]
  ) throws {
    lastCheckpoint = Clock.now
    try channel.writes()
    clock.enter(.checkpoint)
    defer { clock.enter(.other) }
    try Checkpoint(
      epoch: epoch, rest: rest, sums: sums, seconds: seconds, snapshot: copy, history: history,
      rowCount: setup.shuffle.rowCount, best: best?.kept
    ).write(setup, keepsEarlier: wroteCheckpoint || setup.checkpoint != nil)
    wroteCheckpoint = true
  }

  /// All ranks leave at this batch boundary; the first writes what is left of the epoch.
  mutating func stopInside(
    _ epoch: inout RunningEpoch, _ run: EpochRun, outcome: inout Outcome,
    among workers: borrowing Communicator
  ) throws {
    clock.enter(.checkpoint)
    epoch.isOver = true
    outcome.stoppedEarly = true
    let sums = try run.sums(over: workers)
    guard let copy = try worker.snapshot(among: workers) else { return }
    try save(copy, inside: epoch, run, sums: sums, history: outcome.history)
  }
}
