internal import Configuration
internal import Distributed
private import Glibc

/// The coordinator's loop over steps: asleep in `poll(2)` until a step says something.
struct StepLoop {
  private let search: StepSearch
  private let coordinator: Coordinator
  private let starter: StepStarter
  private let observer: any SearchObserver
  private let pool = StepPool()
  private var tasks: [Int: StepTask] = [:]
  private var nextKey = 0
  private var nextTick = 0.0
  private var nextProgress = 0.0
  private var requests = StopRequests()
  private let reader: ReportReader?

  init(
    _ search: StepSearch, coordinator: Coordinator, starter: StepStarter,
    observer: any SearchObserver
  ) {
    self.search = search
    self.coordinator = coordinator
    self.starter = starter
    self.observer = observer
    if case .command(_, let format, _) = search.program {
      reader = try? ReportReader(format, objectives: search.plan.objectives.map(\.metric))
    } else {
      reader = nil
    }
  }

  /// The sleep with all slots at work.
  private static let longSleep = 0.25
  /// Those while the next proposal is being prepared.
  private var shortSleep = Backoff(first: 0.001, longest: 0.005)

  mutating func run() throws {
    var pause = 0.0
    do {
      while !coordinator.isOver || pool.count > 0 {
        let events = pool.wait(seconds: pause)
        let actions = try turn(events)
        if !events.isEmpty || !actions.isEmpty {
          pause = 0
          shortSleep.reset()
        } else {
          let waitsForProposal = coordinator.pool.freeCount > 0 && coordinator.ending == nil
          pause = waitsForProposal ? shortSleep.next() : Self.longSleep
        }
      }
    } catch {
      end()
      throw error
    }
  }

  /// One turn: what has happened is written down and answered, and what is to be done is done.
  private mutating func turn(_ events: [StepEvent]) throws -> [CoordinatorAction] {
    let now = Clock.now
    try hearSignals(now)
    if now >= nextTick {
      nextTick = now + 1
      search.tick()
      if let seconds = search.remainingSeconds() { coordinator.close(secondsLeft: seconds) }
    }
    var answers: [(key: Int, verdict: Verdict)] = []
    let actions = try coordinator.handle {
      for event in events { try take(event, now, &answers) }
      return try coordinator.actions(now: now)
    }
    // Everything is in the journal by now.
    for (key, verdict) in answers { answer(key, verdict, now) }
    for action in actions {
      switch action {
      case .start(let order): try start(order)
      case .stop(let trial, let run):
        for (key, task) in tasks where task.order.trial == trial && task.order.run == run {
          stop(key, now)
        }
      case .discardModel(let trial): search.discard(trial)
      }
    }
    if now >= nextProgress {
      nextProgress = now + 0.2
      observer.progress(coordinator.summary(now: now))
    }
    return actions
  }

  private mutating func start(_ order: TrialOrder) throws {
    let task = StepTask(order, plan: search.plan, reader: reader)
    do {
      let step = try starter.start(order)
      nextKey += 1
      pool.add(step, as: nextKey)
      tasks[nextKey] = task
      observer.happened(
        .started(trial: order.trial, run: order.run, ranks: order.slots.count))
    } catch {
      try coordinator.handle { try finish(task, .failed("\(error)".inOneLine), Clock.now) }
    }
  }

  private mutating func take(
    _ event: StepEvent, _ now: Double, _ answers: inout [(key: Int, verdict: Verdict)]
  ) throws {
    switch event {
    case .line(let key, let line):
      for report in tasks[key]?.take(line) ?? [] {
        guard let order = tasks[key]?.order else { continue }
        let verdict = try coordinator.reported(
          order.trial, run: order.run, step: report.step, figures: report.figures, now: now)
        answers.append((key, verdict))
        observer.happened(
          .reported(
            trial: order.trial, step: report.step,
            value: report.figures[search.plan.objectives[0].metric]))
      }
    case .ended(let key, let end):
      guard let task = tasks.removeValue(forKey: key) else { return }
      try finish(task, task.outcome(end), now)
    }
  }

  private func finish(_ task: StepTask, _ outcome: RunOutcome, _ now: Double) throws {
    var outcome = outcome
    if case .failed(let reason, let isLost) = outcome {
      outcome = .failed(search.naming(reason), isLost: isLost)
    }
    try coordinator.ended(task.order.trial, run: task.order.run, outcome, now: now)
    let trial = coordinator.study.history.trials[task.order.trial]
    if trial.state.isFinished, task.order.run >= 0 {
      observer.happened(.finished(trial))
    }
  }

  /// Our own trials wait for the verdict; other programs only hear of a bad one, as a signal.
  private mutating func answer(_ key: Int, _ verdict: Verdict, _ now: Double) {
    guard case .trial = search.program else {
      if verdict == .stop { stop(key, now) }
      return
    }
    pool[key]?.send(PipeLink.word(verdict))
    if verdict == .stop {
      tasks[key]?.isAskedToStop = true
      pool[key]?.killLater(now: now, graceSeconds: search.graceSeconds)
    }
  }

  private mutating func stop(_ key: Int, _ now: Double) {
    guard let step = pool[key], tasks[key]?.isAskedToStop == false else { return }
    tasks[key]?.isAskedToStop = true
    if case .trial = search.program {
      step.send(PipeLink.callOff)
      step.killLater(now: now, graceSeconds: search.graceSeconds)
    } else {
      step.stop(SIGTERM, now: now, graceSeconds: search.graceSeconds)
    }
  }

  private mutating func hearSignals(_ now: Double) throws {
    let arrived = StopRequests.arrived
    guard arrived != requests else { return }
    requests = arrived
    try coordinator.leave("a signal asked to stop")
    if arrived.interruptCount > 1 {
      for key in tasks.keys { pool[key]?.killLater(now: now, graceSeconds: 0) }
    }
  }

  /// Nothing of what was started outlives an error.
  private mutating func end() {
    let now = Clock.now
    for key in tasks.keys { pool[key]?.killLater(now: now, graceSeconds: 0) }
    while pool.count > 0, Clock.now < now + 10 { _ = pool.wait(seconds: 0.1) }
  }
}
