/// Counts where a worker's time goes: every moment belongs to one phase.
///
/// A step costs four looks at the clock, 25 to 150 ns each, two more where a push changes weights of the
/// worker's own, and allocates nothing. `enter` says what begins; the time since the last call goes to what was
/// going on.
final class StepClock {
  private let recorder: TraceRecorder?
  /// What happens in the memory that workers share, and what between the workers.
  private let memory: Traffic
  private let workers: Traffic
  /// What is left of a push without waiting and moving: of shared weights the update itself is exchange.
  private let pushPhase: Phase
  private var seconds = [Double](repeating: 0, count: Phase.allCases.count)
  private var count = RankCount()
  private var phase = Phase.other
  private var since = 0.0
  private var start = 0.0
  private var startCPU = 0.0
  private var step = TraceRecorder.Step()
  // What of the traffic was there at the last look.
  private var seenLock = 0.0
  private var seenReduction = 0.0
  private var seenReductions = 0
  private var seenBytes = 0
  private var seenOwn = 0.0
  private var seenNodes = 0.0
  private var seenServers = 0.0
  /// The bytes of the steps before this one.
  private var bytesBefore = 0

  /// Counts what `memory` and `workers` tell; `recorder` keeps moments for a trace.
  init(memory: Traffic, workers: Traffic, sharesMemory: Bool, recorder: TraceRecorder?) {
    self.memory = memory
    self.workers = workers
    self.recorder = recorder
    pushPhase = sharesMemory ? .communicate : .compute
  }

  /// Training begins: what came before is not counted.
  func begin() {
    (since, startCPU) = (Clock.now, Clock.cpuSeconds)
    start = since
    look()
  }

  /// From now on it is that phase.
  func enter(_ next: Phase) {
    let now = Clock.now
    if !phase.isOfSteps { recorder?.span(phase, from: since, to: now) }
    charge(now)
    phase = next
  }

  /// Steps follow; the first one's reading begins.
  func beginSteps() {
    enter(.read)
    step.start = since
  }

  /// The rows are there; the exchange is asked for weights.
  func pulls() {
    enter(.communicate)
    step.pull = since
  }

  /// The weights are there.
  func computes() {
    let lock = count.usage.lockWaitSeconds
    enter(.compute)
    step.compute = since
    step.pullWait = count.usage.lockWaitSeconds - lock
  }

  /// The gradient is there; also for a step without rows, which has neither pulled nor computed.
  func pushes() {
    if step.pull < step.start { (step.pull, step.compute) = (since, since) }
    enter(pushPhase)
    step.push = since
  }

  /// The step is over, and the next one's reading begins.
  func endStep(rowCount: Int) {
    let (lock, reduction) = (count.usage.lockWaitSeconds, count.reductionSeconds)
    let own = seenOwn
    enter(.read)
    count.usage.rowCount += rowCount
    if rowCount > 0 { count.usage.stepCount += 1 }
    guard let recorder else { return }
    step.end = since
    // A trace shows what a push computes behind the pass.
    step.push = min(step.push + seenOwn - own, step.end)
    step.pushWait = count.usage.lockWaitSeconds - lock
    step.reduction = count.reductionSeconds - reduction
    (step.rowCount, step.byteCount) = (rowCount, count.usage.byteCount - bytesBefore)
    bytesBefore = count.usage.byteCount
    recorder.add(step)
    step = TraceRecorder.Step()
    step.start = since
    recorder.sample(now: since)
  }

  /// Called now and then in long phases, so that their CPU and memory are seen, too.
  func sample() {
    if let recorder { recorder.sample(now: Clock.now) }
  }

  /// An epoch or a part of one has these figures.
  func mark(_ values: [Double]) { recorder?.mark(values, now: Clock.now) }

  /// All so far, as training's end.
  func end() -> RankCount {
    enter(.other)
    recorder?.finish(now: since)
    var count = count
    func seconds(_ phase: Phase) -> Double { self.seconds[phase.rawValue] }
    count.usage.seconds = since - start
    count.usage.readSeconds = seconds(.read)
    count.usage.computeSeconds = seconds(.compute)
    count.usage.communicateSeconds = seconds(.communicate)
    count.usage.barrierWaitSeconds = seconds(.wait)
    count.usage.validateSeconds = seconds(.validate)
    count.usage.checkpointSeconds = seconds(.checkpoint)
    count.usage.otherSeconds = seconds(.other)
    count.measure(cpuSince: startCPU)
    return count
  }

  /// Gives the time since the last call to the phase that was going on, and to the waiting within it.
  private func charge(_ now: Double) {
    var elapsed = now - since
    since = now
    if phase.isOfSteps {
      let lock = memory.lockSeconds + workers.lockSeconds - seenLock
      let reductions = memory.reductionCount + workers.reductionCount - seenReductions
      count.usage.lockWaitSeconds += lock
      // Between steps the ranks agree on this and that, which is no exchange.
      count.usage.byteCount += memory.byteCount + workers.byteCount - seenBytes
      elapsed -= lock
      if reductions > 0 {
        let reduction = memory.reductionSeconds + workers.reductionSeconds - seenReduction
        count.reductionSeconds += reduction
        count.reductionCount += reductions
        count.shortestReduction = min(count.shortestReduction, reduction / Double(reductions))
        elapsed -= reduction
      }
      let waited = memory.serverWaitSeconds - seenServers
      count.usage.serverWaitSeconds += waited
      elapsed = max(0, elapsed - waited)
      if phase == .communicate {
        let own = min(memory.ownSeconds - seenOwn, elapsed)
        seconds[Phase.compute.rawValue] += own
        elapsed -= own
        count.usage.nodeSeconds += min(memory.nodeSeconds - seenNodes, elapsed)
      }
    }
    seconds[phase.rawValue] += elapsed
    look()
  }

  private func look() {
    seenLock = memory.lockSeconds + workers.lockSeconds
    seenReduction = memory.reductionSeconds + workers.reductionSeconds
    seenReductions = memory.reductionCount + workers.reductionCount
    seenBytes = memory.byteCount + workers.byteCount
    (seenOwn, seenNodes) = (memory.ownSeconds, memory.nodeSeconds)
    seenServers = memory.serverWaitSeconds
  }
}

extension RankCount {
  /// Looks at what the process has used.
  mutating func measure(cpuSince start: Double) {
    usage.cpuSeconds = Clock.cpuSeconds - start
    usage.residentByteCount = ProcessResources.residentByteCount
    usage.peakByteCount = ProcessResources.peakByteCount
  }

  /// What rank 0 counts that served for `seconds`.
  static func server(seconds: Double, cpuSince start: Double) -> RankCount {
    var count = RankCount()
    count.usage.isServer = true
    (count.usage.seconds, count.usage.otherSeconds) = (seconds, seconds)
    count.measure(cpuSince: start)
    return count
  }
}
