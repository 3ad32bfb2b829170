/// Keeps moments of one rank for a trace: some of its steps, what came between them, CPU and memory, how stale its
/// updates were, and the figures of its epochs.
///
/// Room is made once, whatever the length of the training: of steps the recorder keeps blocks of 16
/// neighbours, all at first, then every second block, every fourth and so on, so that the whole
/// training is covered. A step allocates nothing.
final class TraceRecorder {
  /// One step of a worker; times are seconds of `Clock.now`.
  struct Step {
    var start = 0.0
    var pull = 0.0
    var compute = 0.0
    var push = 0.0
    var end = 0.0
    /// Seconds of waiting for a lock within the pull and within the push.
    var pullWait = 0.0
    var pushWait = 0.0
    /// Seconds in a reduction within the push.
    var reduction = 0.0
    var rowCount = 0
    var byteCount = 0
  }

  /// What went on between steps.
  struct Span {
    var phase = Phase.other
    var start = 0.0
    var end = 0.0
  }

  /// What the process used since the sample before.
  struct Sample {
    var time = 0.0
    var cpuShare = 0.0
    var residentByteCount = 0
    /// The mean over the updates since the sample before; NaN where there was none.
    var staleness = Double.nan
  }

  /// The figures at the end of an epoch or of a part of one, in the order of the training's names.
  struct Mark {
    var time = 0.0
    var values: [Double] = []
  }

  /// The time that a trace counts from.
  let origin: Double
  private(set) var steps: Thinned<Step>
  private(set) var spans = Thinned<Span>(capacity: 4096)
  private(set) var samples = Thinned<Sample>(capacity: 4096)
  private(set) var marks = Thinned<Mark>(capacity: 1024)
  /// Where the rank's updates are counted; nil where none can be stale.
  var staleness: StalenessCounts?
  private var counted = (updates: 0, sum: 0)
  private var last: (time: Double, cpu: Double)
  private var nextSample = 0.0

  /// Seconds between two samples.
  static let samplePeriod = 0.1
  /// The steps that all ranks together keep, at most.
  static let largestStepCount = 65_536

  /// Makes room for a part of the steps of `workerCount` workers.
  init(origin: Double, workerCount: Int) {
    self.origin = origin
    let share = Self.largestStepCount / max(1, workerCount)
    steps = Thinned(capacity: min(max(share, 64), 4096), blockCount: 16)
    last = (Clock.now, Clock.cpuSeconds)
  }

  /// The time that all ranks' traces count from.
  ///
  /// Collective. The ranks of one node share a clock; on several the end of a barrier is taken, which they
  /// leave within a millisecond.
  static func origin(on world: borrowing Communicator) throws(MPIError) -> Double {
    try world.barrier()
    let now = Clock.now
    return LaunchEnvironment().spansNodes ? now : try world.broadcast([now], from: 0)[0]
  }

  func add(_ step: Step) { steps.append(step) }

  func span(_ phase: Phase, from start: Double, to end: Double) {
    guard phase.eventName != nil, end > start else { return }
    spans.append(Span(phase: phase, start: start, end: end))
  }

  /// Looks at CPU and memory unless it was done within the last tenth of a second.
  func sample(now: Double) {
    guard now >= nextSample else { return }
    nextSample = now + Self.samplePeriod
    let cpu = Clock.cpuSeconds
    let elapsed = now - last.time
    guard elapsed > 1e-3 else { return }
    samples.append(
      Sample(
        time: now, cpuShare: max(0, (cpu - last.cpu) / elapsed),
        residentByteCount: ProcessResources.residentByteCount, staleness: newStaleness()))
    last = (now, cpu)
  }

  /// Looks once more at the end, whenever it was done before: also a short training has all its updates in samples.
  func finish(now: Double) {
    nextSample = now
    sample(now: now)
  }

  /// The mean staleness of the updates since the last call; NaN without one.
  private func newStaleness() -> Double {
    guard let staleness else { return .nan }
    let count = staleness.updateCount - counted.updates
    defer { counted = (staleness.updateCount, staleness.sum) }
    return count > 0 ? Double(staleness.sum - counted.sum) / Double(count) : .nan
  }

  /// Keeps the figures of an epoch that has ended.
  func mark(_ values: [Double], now: Double) { marks.append(Mark(time: now, values: values)) }
}

@available(*, unavailable)
extension TraceRecorder: Sendable {}
