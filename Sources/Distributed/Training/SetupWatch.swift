/// Sees that no rank hangs before the training: while rows are read for the pipeline, memory is shared, readers
/// are opened.
///
/// Whoever waits for others, or works on what takes long, tells rank 0 a few times a second; rank 0 tells the
/// others that it is there, and looks who is silent while it waits itself. A call of the library that cannot be
/// left, like that which shares memory, begins behind a barrier that can.
final class SetupWatch: SignOfLife {
  private let world: Communicator
  private let timeoutSeconds: Double
  /// What rank 0 knows of the others.
  private var watch: WorkerWatch
  /// When rank 0 was last heard of; on rank 0 itself, when it last looked.
  private var lastHeard = Clock.now
  private var nextSign = 0.0
  /// Whether the others think that this rank waits for a file, for which they are patient.
  private var isAtFile = false
  /// Signs that are on their way: one that is cut off must not keep the others from hearing of this rank.
  private let outbox = Outbox()
  /// Signs to rank 0, and those of rank 0 to each of the others; what was taken of them.
  private var (sentCount, heardCount) = (0, 0)
  /// Who hears of waits when the training has begun.
  private var next: (any SignOfLife)?
  private var isOver = false

  /// Watches the ranks of `world`, which must outlive it.
  init(_ world: borrowing Communicator, timeoutSeconds: Double) throws(MPIError) {
    self.world = try Communicator(world.handle, interrupt: world.interrupt)
    self.timeoutSeconds = timeoutSeconds
    watch = WorkerWatch(
      firstWorker: 1, rankCount: world.size, epoch: 0, timeoutSeconds: timeoutSeconds,
      now: Clock.now)
  }

  /// - Throws: `MPIError` (70) that names the rank which has been silent for `distribution.timeout`.
  func waits(in wait: Wait) throws(MPIError) {
    guard !isOver else {
      try next?.waits(in: wait)
      return
    }
    let now = Clock.now
    try hear(now)
    if world.rank == 0 {
      // Signs that came while it was away say nothing of when they were given.
      if now - lastHeard > 2 { watch.forgive(now: now) }
      lastHeard = now
      if let finding = watch.finding(now: now) { throw Self.error(finding) }
    } else if now - lastHeard > WorkerWatch.serverTimeoutSeconds(timeoutSeconds) {
      throw Self.error(
        "rank 0, the server, has given no sign of life for \(WorkerWatch.serverWait(timeoutSeconds)): it is stopped or its node hangs"
      )
    }
    try tell(wait.rawValue, now)
  }

  func works() {
    guard !isOver, isAtFile || Clock.now >= nextSign else { return }
    // What is wrong with the library is found by the next wait.
    try? hear(Clock.now)
    try? tell(0, Clock.now)
  }

  /// Ends the watch when all are ready: from here on `next` hears of waits.
  ///
  /// `early`: the ranks, heard by this watch. Collective over the ranks and blocking; takes what is still on its
  /// way, so that none is left when MPI ends.
  func end(
    next: (any SignOfLife)?, on early: borrowing Communicator
  ) throws(MPIError) {
    // Whoever comes to what follows is not far from the others.
    try early.barrier()
    isOver = true
    self.next = next
    var counts = [world.rank == 0 ? 0 : sentCount, world.rank == 0 ? sentCount : 0]
    try world.allReduce(&counts, .sum)
    let count = counts[world.rank == 0 ? 0 : 1]
    var pause = Backoff()
    while heardCount < count {
      try hear(Clock.now)
      try world.checkInterrupt()
      pause.pause()
    }
    try outbox.finish(on: world)
  }

  /// Takes what has come.
  private func hear(_ now: Double) throws(MPIError) {
    var sign = [0]
    while let source = try world.pendingSource(
      tag: Message.setupTag, from: world.rank == 0 ? nil : 0)
    {
      try world.receive(into: &sign, from: source, tag: Message.setupTag)
      heardCount += 1
      if world.rank > 0 {
        let isPatient = Wait(rawValue: sign[0]) == .file
        lastHeard = now + (isPatient ? timeoutSeconds * (WorkerWatch.filePatience - 1) : 0)
      } else if let wait = Wait(rawValue: sign[0]) {
        watch.waits(source, in: wait, now: now)
      } else {
        watch.works(source, epoch: nil, now: now)
      }
    }
  }

  /// Gives a sign, a few times a second: to rank 0, unless that does not listen; of rank 0 to all others.
  private func tell(_ sign: Int, _ now: Double) throws(MPIError) {
    // A rank that is about to open files says nothing before they are open.
    let isFile = sign == Wait.file.rawValue
    guard now >= nextSign || isFile || isAtFile else { return }
    nextSign = now + 0.25
    if world.rank == 0 {
      for rank in 1..<world.size {
        try outbox.send([sign], to: rank, tag: Message.setupTag, on: world)
      }
    } else {
      guard now - lastHeard < Message.beatSeconds * 10 else { return }
      try outbox.send([sign], to: 0, tag: Message.setupTag, on: world)
    }
    sentCount += 1
    isAtFile = isFile
  }

  private static func error(_ finding: String) -> MPIError {
    MPIError(statement: finding + "; nothing of this run has been trained yet: start the job again")
  }
}
