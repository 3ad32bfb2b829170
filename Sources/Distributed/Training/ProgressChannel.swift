/// What a worker tells while it trains, and hears: the seam between the loop and the display.
package protocol ProgressChannel: AnyObject {
  /// The worker has done `rowCount` more rows; `lossSum` is the sum of their losses.
  func add(rowCount: Int, lossSum: Double)
  /// The work of the first `rowCount` rows of this worker's plan for `epoch` would be in a checkpoint that is
  /// made of what the worker shares, or holds.
  func reached(epoch: Int, rowCount: Int)
  /// What this worker gives for a checkpoint when others hang; nil: nothing.
  var holdings: WorkerHoldings? { get set }
  /// The worker is about to write a file, and says nothing before it is written.
  func writes() throws
  /// An update of this worker was refused.
  func refused(_ refusal: Refusal, world: borrowing Communicator) throws
  /// Called at every batch boundary: passes progress on now and then. True when training is to stop.
  func poll(epoch: Int, world: borrowing Communicator) throws -> Bool
  /// An epoch or a part of it is over; called by the first worker only. `next`: the epoch that begins
  /// now, as far as the workers know; nil: none. `hasCheckpoint`: this training has written or resumed one.
  func ended(
    _ record: EpochRecord, next: Int?, hasCheckpoint: Bool, world: borrowing Communicator
  ) throws
  /// What the observer says to what has just ended; called by the first worker only, when
  /// the observer gives verdicts.
  func verdict(after record: EpochRecord, world: borrowing Communicator) throws -> EpochVerdict
}

/// The messages between workers and rank 0: short fixed records of doubles.
enum Message {
  static let tag = 1
  static let stopTag = 2
  static let verdictTag = 3
  /// From the first worker of a node to a server: a change of the master's weights, and the wish to have
  /// them; back: the weights.
  static let pushTag = 4
  static let pullTag = 5
  static let answerTag = 6
  /// A push in full, where the others are compressed.
  static let wholePushTag = 7
  /// There and back with nothing: how long a message takes.
  static let askTag = 8
  /// From rank 0 to all workers, about once a second: it is there.
  ///
  /// One number: for how many seconds it will
  /// say nothing more, beside the usual time, or `asksForHoldings`, or `asksForLeftOut`.
  static let beatTag = 9
  /// From a rank to rank 0, before there is anything to tell of but that: it is there, and in which wait.
  static let setupTag = 11
  /// From a worker to rank 0: its holdings.
  ///
  /// Back to one that has told of a hang: what came of it, in words.
  static let rescueTag = 10

  static let asksForHoldings = -1
  static let asksForLeftOut = -2

  /// The numbers of a message when an epoch has that many figures.
  static func count(figures: Int) -> Int { max(8 + figures, Refusal.numberCount) }

  /// Seconds between two signs of life of rank 0.
  static let beatSeconds = 1.0

  /// What the first number says.
  static let progress = 1.0
  static let epochEnd = 2.0
  static let signal = 3.0
  static let waits = 4.0
  static let refused = 5.0
  /// A wait of the worker's that rank 0 knows nothing of has taken too long: it will throw.
  static let hangs = 6.0
}

/// The channel of a process that trains alone: straight to the observer.
final class DirectChannel: ProgressChannel {
  private let meter: ThroughputMeter
  private let observer: any TrainingObserver
  private var nextReport = 0.0

  init(meter: ThroughputMeter, observer: any TrainingObserver) {
    self.meter = meter
    self.observer = observer
  }

  func add(rowCount: Int, lossSum: Double) { meter.add(rowCount: rowCount, lossSum: lossSum) }

  /// Nobody can hang but this process itself.
  func reached(epoch: Int, rowCount: Int) {}
  var holdings: WorkerHoldings?

  func refused(_ refusal: Refusal, world: borrowing Communicator) { observer.refused(refusal) }

  func writes() {}

  func poll(epoch: Int, world: borrowing Communicator) -> Bool {
    let now = Clock.now
    if now >= nextReport {
      nextReport = now + 0.1
      observer.progress(meter.progress(epoch: epoch, now: now))
    }
    return StopSignal.arrived || observer.wantsStop
  }

  func ended(
    _ record: EpochRecord, next: Int?, hasCheckpoint: Bool, world: borrowing Communicator
  ) {
    observer.progress(meter.progress(epoch: record.epoch, now: Clock.now))
    observer.ended(record)
  }

  func verdict(
    after record: EpochRecord, world: borrowing Communicator
  ) throws -> EpochVerdict {
    observer.givesVerdicts ? try observer.verdict(after: record) : .proceed
  }
}

/// The channel of a worker whose rank 0 is the parameter server: messages.
final class MessageChannel: ProgressChannel, SignOfLife {
  private let world: Communicator
  private let timeoutSeconds: Double
  /// When rank 0 was last heard of.
  private var lastBeat = Clock.now
  private var rowCount = 0
  private var lossSum = 0.0
  /// How far the worker is, as rank 0 keeps it: see `RowLedger`.
  private var place = (epoch: 0, rowCount: 0)
  var holdings: WorkerHoldings?
  private var nextReport = 0.0
  private var nextLook = 0.0
  private var stop = false
  private var toldSignal = false
  /// Messages that rank 0 gets from here, and those of rank 0 that were taken here.
  private(set) var (sentCount, heardCount) = (0, 0)
  private var message: [Double]
  /// The message that is on its way, and the sending of it.
  private let outgoing: UnsafeMutableBufferPointer<Double>
  private let transfer = Transfer()
  private let layerNames: [String]

  /// Uses the ranks of `world`, which must outlive it.
  ///
  /// Who hears nothing of rank 0 for `timeoutSeconds`, and a little longer, gives up. `layerNames`: the network's layers, in order.
  init(
    _ world: borrowing Communicator, figureCount: Int, layerNames: [String], timeoutSeconds: Double
  ) throws(MPIError) {
    self.world = try Communicator(world.handle, interrupt: world.interrupt)
    self.timeoutSeconds = timeoutSeconds
    self.layerNames = layerNames
    message = [Double](repeating: 0, count: Message.count(figures: figureCount))
    outgoing = .allocate(capacity: message.count)
    outgoing.initialize(repeating: 0)
  }

  deinit {
    // Called off in the middle of a send, the library still reads there.
    if (try? transfer.isDone()) == true { outgoing.deallocate() }
  }

  /// Sends `message` to rank 0.
  ///
  /// Blocks as long as the library has no room for it: not for longer than a server may be silent.
  private func send() throws(MPIError) {
    _ = outgoing.update(fromContentsOf: message)
    try transfer.send(UnsafeBufferPointer(outgoing), to: 0, tag: Message.tag, on: world)
    sentCount += 1
    var (pause, looks) = (Backoff(first: 0.000_02), 0)
    while try !transfer.isDone() {
      looks += 1
      if looks < 1000 { continue }
      try world.checkInterrupt()
      try hearBeats(Clock.now)
      pause.pause()
    }
  }

  /// Rank 0 listens from now on.
  func begin() { lastBeat = Clock.now }

  func add(rowCount: Int, lossSum: Double) {
    self.rowCount += rowCount
    self.lossSum += lossSum
  }

  func reached(epoch: Int, rowCount: Int) { place = (epoch, rowCount) }

  func refused(_ refusal: Refusal, world: borrowing Communicator) throws {
    for (index, number) in refusal.numbers(layerNames: layerNames).enumerated() {
      message[index] = number
    }
    try send()
  }

  func poll(epoch: Int, world: borrowing Communicator) throws -> Bool {
    let now = Clock.now
    if now >= nextLook {
      nextLook = now + 0.01
      try world.checkInterrupt()
      try hearBeats(now)
      if StopSignal.arrived, !toldSignal {
        // All workers stop when rank 0 says so, so that no one runs ahead.
        toldSignal = true
        message[0] = Message.signal
        try send()
      }
      if try hearStop() { stop = true }
    }
    // A server that does not listen would have its messages pile up.
    if now >= nextReport, now - lastBeat < Message.beatSeconds * 10 {
      nextReport = now + 0.1
      message[0] = Message.progress
      message[1] = Double(epoch)
      message[2] = Double(rowCount)
      message[3] = lossSum
      addPlace()
      try send()
      rowCount = 0
      lossSum = 0
    }
    return stop
  }

  private func addPlace() {
    message[4] = Double(place.epoch)
    message[5] = Double(place.rowCount)
    message[6] = Double(holdings?.updateCount() ?? 0)
  }

  func ended(
    _ record: EpochRecord, next: Int?, hasCheckpoint: Bool, world: borrowing Communicator
  ) throws {
    message[0] = Message.epochEnd
    message[1] = Double(record.epoch)
    message[2] = record.seconds
    message[3] = record.samplesPerSecond
    message[4] = Double(record.values.count)
    message[5] = Double(record.part)
    message[6] = Double(next ?? 0)
    message[7] = hasCheckpoint ? 1 : 0
    for (index, result) in record.values.enumerated() {
      message[8 + index] = result.value
    }
    try send()
  }

  func verdict(
    after record: EpochRecord, world: borrowing Communicator
  ) throws -> EpochVerdict {
    var wait = Backoff()
    while try world.pendingSource(tag: Message.verdictTag, from: 0) == nil {
      try world.checkInterrupt()
      try hearBeats(Clock.now)
      wait.pause()
    }
    var answer = [0]
    try world.receive(into: &answer, from: 0, tag: Message.verdictTag)
    lastBeat = Clock.now
    return EpochVerdict(rawValue: answer[0]) ?? .proceed
  }

  /// Tells rank 0 that this worker waits, unless rank 0 is what does not answer.
  func waits(in wait: Wait) throws(MPIError) {
    let now = Clock.now
    try hearBeats(now)
    guard now - lastBeat < Message.beatSeconds * 10 else { return }
    message[0] = Message.waits
    message[1] = Double(wait.rawValue)
    addPlace()
    try send()
  }

  func writes() throws {
    message[0] = Message.waits
    message[1] = Double(Wait.file.rawValue)
    addPlace()
    try send()
  }

  /// Takes the rest of the `count` messages that rank 0 has sent, so that none is left when MPI ends: UCX
  /// warns of such on standard output.
  ///
  /// Blocks until they are here.
  func hearRest(of count: Int) throws(MPIError) {
    var pause = Backoff()
    while heardCount < count {
      try hearBeats(Clock.now)
      if try !hearStop(), heardCount < count {
        try world.checkInterrupt()
        pause.pause()
      }
    }
  }

  private func hearStop() throws(MPIError) -> Bool {
    guard try world.pendingSource(tag: Message.stopTag, from: 0) != nil else { return false }
    try world.receive(into: &message, from: 0, tag: Message.stopTag)
    heardCount += 1
    return true
  }

  /// Takes what rank 0 has sent to say that it is there.
  func hearBeats(_ now: Double) throws(MPIError) {
    while try world.pendingSource(tag: Message.beatTag, from: 0) != nil {
      var beat = [0]
      try world.receive(into: &beat, from: 0, tag: Message.beatTag)
      heardCount += 1
      switch beat[0] {
      case Message.asksForHoldings: try holdings.send(to: 0, on: world)
      case Message.asksForLeftOut: try holdings.sendLeftOut(to: 0, on: world)
      default: lastBeat = now + Double(beat[0])
      }
    }
    guard now - lastBeat > WorkerWatch.serverTimeoutSeconds(timeoutSeconds) else { return }
    throw MPIError(
      statement:
        "rank 0, the server, has given no sign of life for \(WorkerWatch.serverWait(timeoutSeconds)): it is "
        + "stopped or its node hangs; start the job again, it resumes from its checkpoint where it has written one"
    )
  }

  /// Tells rank 0 that this worker will end the job since another one hangs; gives the error that says, too,
  /// what rank 0 could save.
  ///
  /// Blocks until rank 0 has written a checkpoint or given up; any other error is given back at once.
  func rescued(_ error: DistributedError) -> DistributedError {
    guard let finding = error.hang else { return error }
    do {
      message[0] = Message.hangs
      try send()
      while true {
        if let answer = try world.nextBytes(tag: Message.rescueTag, from: 0) {
          return DistributedError(hang: finding, String(decoding: answer.bytes, as: UTF8.self))
        }
        try world.checkInterrupt()
        try hearBeats(Clock.now)
        Clock.sleep(seconds: 0.002)
      }
    } catch _ { return error }
  }
}

extension EpochRecord {
  /// Gives all workers the first one's record: their clocks differ.
  mutating func share(among workers: borrowing Communicator) throws {
    guard workers.size > 1 else { return }
    let numbers = try workers.broadcast(
      [seconds, samplesPerSecond] + values.map(\.value), from: 0)
    (seconds, samplesPerSecond) = (numbers[0], numbers[1])
    for index in values.indices { values[index].value = numbers[2 + index] }
  }
}

extension TrainingObserver {
  /// Tells of a whole epoch or of a part of one.
  func ended(_ record: EpochRecord) {
    if record.isWhole { epochEnded(record) } else { partEnded(record) }
  }
}
