/// What rank 0 does while the others train: sleeps, listens, passes signals on.
///
/// It supplies the window's memory and takes no part in the arithmetic, so it costs well under 5 %
/// of a core. It never computes longer than a few milliseconds, because other MPIs move nothing
/// while the target of a message is outside the library.
struct ServerLoop {
  let observer: any TrainingObserver
  let meter: ThroughputMeter
  /// The names of an epoch's figures, in the order in which the first worker sends them.
  let resultNames: [String]
  /// The network's layers, in order.
  let layerNames: [String]
  let timeoutSeconds: Double
  /// The epoch that the run begins with.
  let firstEpoch: Int
  /// The parts of an epoch.
  let partCount: Int
  let callbacks: Callbacks
  /// Whether the workers wait after every validation for what is said here.
  let answers: Bool
  /// The rank of the first worker.
  let firstWorker: Int
  /// What the nodes are answered with; nil where all workers are on one.
  let service: MasterService?
  let recorder: TraceRecorder?
  /// What writes a checkpoint when a rank hangs.
  let rescue: Rescue
  /// What is on its way to the workers: one that is cut off must not keep the others from hearing of rank 0.
  let outbox = Outbox()

  /// What came of serving.
  struct Outcome {
    /// The epochs that ended meanwhile.
    var history: [EpochRecord] = []
    /// Messages that each worker was sent, verdicts aside.
    var sentCount = 0
    /// Messages of workers that were taken.
    var heardCount = 0
  }

  /// Serves until the first worker says that it is over.
  func run(world: borrowing Communicator) throws -> Outcome {
    var outcome = Outcome()
    var epoch = firstEpoch
    var noteTime: Double?
    var message = emptyMessage
    var watch = WorkerWatch(
      firstWorker: firstWorker, rankCount: world.size, epoch: firstEpoch,
      timeoutSeconds: timeoutSeconds, now: Clock.now)
    var ledger = RowLedger(firstWorker: firstWorker, rankCount: world.size)
    var (hasCheckpoint, isOver) = (rescue.setup.checkpoint != nil, false)
    var (epochBegan, lastProgress) = (Clock.now, Clock.now)
    // What came of a rescue, in words; nil: there was none.
    var rescued: String?
    func rescueOnce(_ finding: String, _ watch: WorkerWatch) -> String {
      if let rescued { return rescued }
      let words = rescue.write(
        Rescue.Moment(
          history: outcome.history, ledger: ledger, seconds: lastProgress - epochBegan,
          responsive: watch.responsive(now: Clock.now), hasCheckpoint: hasCheckpoint, isOver: isOver
        ), finding: finding, on: world)
      rescued = words
      return words
    }
    var nextBeat = 0.0
    var nextReport = 0.0
    var stopSent = false
    let done = try world.startBarrier()
    var pause = Backoff(first: 0.000_02, longest: 0.002)
    var finished = false
    while !finished {
      // Looked at before the messages are: none that was sent earlier is missed.
      finished = try done.isDone()
      while let source = try world.pendingSource(tag: Message.tag) {
        try world.receive(into: &message, from: source, tag: Message.tag)
        outcome.heardCount += 1
        // Of who waits nothing else is heard, and since when counts.
        if message[0] != Message.waits { watch.works(source, epoch: nil, now: Clock.now) }
        switch message[0] {
        case Message.waits:
          watch.waits(source, in: Wait(rawValue: Int(message[1])), now: Clock.now)
          ledger.note(message, from: source)
        case Message.progress:
          epoch = max(epoch, Int(message[1]))
          watch.works(source, epoch: Int(message[1]), now: Clock.now)
          meter.add(rowCount: Int(message[2]), lossSum: message[3])
          ledger.note(message, from: source)
          lastProgress = Clock.now
        case Message.refused:
          observer.refused(Refusal(message, from: source, layerNames: layerNames))
        case Message.epochEnd:
          let record = record(from: message)
          hasCheckpoint = message[7] == 1
          if record.isWhole {
            outcome.history.append(record)
            isOver = message[6] == 0
            epochBegan = Clock.now
          }
          observer.progress(meter.progress(epoch: record.epoch, now: Clock.now))
          observer.ended(record)
          if answers {
            // What is asked now may take its time.
            let seconds = timeoutSeconds * (WorkerWatch.filePatience - 1)
            try sendBeat(silentSeconds: Int(seconds), world, &outcome)
            nextBeat = 0
          }
          try callbacks.ended(record)
          var verdict = EpochVerdict.proceed
          if answers {
            verdict = try self.verdict(after: record)
            try outbox.send([verdict.rawValue], to: source, tag: Message.verdictTag, on: world)
          }
          if let next = Int(exactly: message[6]), next > 0, verdict.goesOn {
            try callbacks.began(next)
          }
          watch.forgive(now: Clock.now)
        case Message.hangs:
          let words = rescueOnce("rank \(source) waits in vain", watch)
          try world.send(bytes: Array(words.utf8), to: source, tag: Message.rescueTag)
          watch.forgive(now: Clock.now)
        default:
          if !stopSent {
            try sendStop(world, &outcome)
            noteTime = Clock.now
          }
          stopSent = true
        }
      }
      if StopSignal.arrived, !stopSent {
        try sendStop(world, &outcome)
        stopSent = true
        // A launcher that ends a failed job would be made to look like a user's wish.
        noteTime = Clock.now + (StopSignal.mayBeLaunchers ? 1.5 : 0)
      }
      if !stopSent, observer.wantsStop {
        try sendStop(world, &outcome)
        stopSent = true
      }
      let now = Clock.now
      recorder?.sample(now: now)
      if let time = noteTime, now >= time || finished {
        observer.note("a signal asked to stop: the ranks write a checkpoint at the next batch")
        noteTime = nil
      }
      if now >= nextReport {
        nextReport = now + 0.1
        observer.progress(meter.progress(epoch: epoch, now: now))
      }
      if !finished {
        if let finding = watch.finding(now: now) {
          throw DistributedError(hang: finding, rescueOnce(finding, watch))
        }
        if now >= nextBeat {
          nextBeat = now + min(Message.beatSeconds, timeoutSeconds / 4)
          try sendBeat(silentSeconds: 0, world, &outcome)
        }
      }
      try world.checkInterrupt()
      // Whoever waits for a verdict, or for weights, should not wait for this sleep.
      if let service {
        if try service.answerAll(on: world) { pause.reset() }
        pause.pause()
      } else if !finished {
        Clock.sleep(seconds: answers ? 0.002 : 0.01)
      }
    }
    return outcome
  }

  /// Takes the rest of the `count` messages that workers have sent, and sees its own leave: see
  /// `MessageChannel.hearRest`.
  ///
  /// Blocks until they are here.
  func hearRest(of count: Int, _ outcome: Outcome, world: borrowing Communicator) throws {
    var (message, left) = (emptyMessage, count - outcome.heardCount)
    var pause = Backoff()
    while left > 0 {
      if let source = try world.pendingSource(tag: Message.tag) {
        try world.receive(into: &message, from: source, tag: Message.tag)
        left -= 1
      } else {
        try world.checkInterrupt()
        pause.pause()
      }
    }
    try outbox.finish(on: world)
  }

  /// What the observer says; where it lets the training go on, a callback may end it.
  private func verdict(after record: EpochRecord) throws -> EpochVerdict {
    let verdict = observer.givesVerdicts ? try observer.verdict(after: record) : .proceed
    return verdict == .proceed && record.isWhole && callbacks.wantStop ? .finish : verdict
  }

  private var emptyMessage: [Double] {
    [Double](repeating: 0, count: Message.count(figures: resultNames.count))
  }

  /// Tells all workers that rank 0 is there, and for how many seconds it will say nothing more.
  private func sendBeat(
    silentSeconds: Int, _ world: borrowing Communicator, _ outcome: inout Outcome
  ) throws {
    for worker in firstWorker..<world.size {
      try outbox.send([silentSeconds], to: worker, tag: Message.beatTag, on: world)
    }
    outcome.sentCount += 1
  }

  private func sendStop(
    _ world: borrowing Communicator, _ outcome: inout Outcome
  ) throws {
    let message = emptyMessage
    for worker in firstWorker..<world.size {
      try outbox.send(message, to: worker, tag: Message.stopTag, on: world)
    }
    outcome.sentCount += 1
  }

  private func record(from message: [Double]) -> EpochRecord {
    let count = min(Int(message[4]), resultNames.count)
    var record = EpochRecord(
      epoch: Int(message[1]), seconds: message[2], samplesPerSecond: message[3],
      values: (0..<count).map { .init(name: resultNames[$0], value: message[8 + $0]) })
    record.part = Int(message[5])
    record.partCount = partCount
    return record
  }
}
