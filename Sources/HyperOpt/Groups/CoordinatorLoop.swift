internal import Configuration
internal import Distributed

/// Rank 0 of a search: passes messages between groups and coordinator, and sleeps in between.
struct CoordinatorLoop {
  let coordinator: Coordinator
  let observer: any SearchObserver
  /// What becomes of a trial's model file.
  let discard: (Int) -> Void
  /// Asked now and then: why the search should leave now, or nil.
  let reasonToLeave: () -> String?

  /// A run on its group.
  private struct Task {
    var order: TrialOrder
    var ends: [Int: GroupMessage.End] = [:]
    var isCalledOff = false
  }

  /// Serves until the search is over, then lets all ranks go.
  func run(on world: borrowing Communicator) throws {
    var tasks: [Int: Task] = [:]
    var nextTask = 0
    var wait = Backoff(longest: 0.002, factor: 1.3)
    var nextProgress = 0.0
    while !coordinator.isOver || !tasks.isEmpty {
      var events: [(GroupMessage.Event, Int)] = []
      while let (bytes, source) = try world.nextBytes(tag: GroupMessage.toCoordinator) {
        if let event = GroupMessage.Event(bytes: bytes) { events.append((event, source)) }
      }
      if let reason = reasonToLeave() { try coordinator.leave(reason) }
      var answers: [(GroupMessage.Command, Int)] = []
      var calledOff: [(task: Int, rank: Int)] = []
      var actions: [CoordinatorAction] = []
      if !events.isEmpty || coordinator.isDue(now: Clock.now) {
        actions = try coordinator.handle {
          for (event, source) in events {
            try take(event, from: source, &tasks, &answers, &calledOff)
          }
          return try coordinator.actions(now: Clock.now)
        }
      }
      // Everything is in the journal by now.
      for (command, rank) in answers {
        try world.send(bytes: command.bytes, to: rank, tag: GroupMessage.toWorker)
      }
      for (task, rank) in calledOff {
        try world.send([task], to: rank, tag: GroupMessage.cancel)
      }
      for action in actions {
        switch action {
        case .start(let order):
          nextTask += 1
          tasks[nextTask] = Task(order: order)
          let bytes = GroupMessage.Command.start(task: nextTask, order).bytes
          for slot in order.slots {
            try world.send(bytes: bytes, to: slot.id, tag: GroupMessage.toWorker)
          }
          observer.happened(
            .started(trial: order.trial, run: order.run, ranks: order.slots.count))
        case .stop(let trial, let run):
          for (number, task) in tasks where task.order.trial == trial && task.order.run == run {
            try world.send(
              bytes: GroupMessage.Command.stop(task: number).bytes, to: task.order.slots[0].id,
              tag: GroupMessage.toWorker)
          }
        case .discardModel(let trial): discard(trial)
        }
      }
      let now = Clock.now
      if now >= nextProgress {
        nextProgress = now + 0.2
        observer.progress(coordinator.summary(now: now))
      }
      if !events.isEmpty || !actions.isEmpty { wait.reset() }
      wait.pause()
    }
    for rank in 1..<world.size {
      try world.send(
        bytes: GroupMessage.Command.quit.bytes, to: rank, tag: GroupMessage.toWorker)
    }
  }

  private func take(
    _ event: GroupMessage.Event, from source: Int, _ tasks: inout [Int: Task],
    _ answers: inout [(GroupMessage.Command, Int)], _ calledOff: inout [(task: Int, rank: Int)]
  ) throws {
    let now = Clock.now
    switch event {
    case .report(let number, let step, let figures):
      guard let task = tasks[number] else { return }
      let verdict = try coordinator.reported(
        task.order.trial, run: task.order.run, step: step, figures: figures, now: now)
      answers.append((.verdict(task: number, verdict), source))
      observer.happened(
        .reported(
          trial: task.order.trial, step: step,
          value: figures[coordinator.plan.objectives[0].metric]))
    case .ended(let number, let end):
      guard var task = tasks[number] else { return }
      task.ends[source] = end
      let ranks = task.order.slots.map(\.id)
      if case .failed = end, !task.isCalledOff {
        task.isCalledOff = true
        calledOff += ranks.filter { task.ends[$0] == nil }.map { (number, $0) }
      }
      tasks[number] = task
      guard task.ends.count == ranks.count else { return }
      tasks[number] = nil
      if ranks.contains(where: { task.ends[$0] == .stopped(bySignal: true) }) {
        try coordinator.leave("a signal asked to stop")
      }
      try coordinator.ended(
        task.order.trial, run: task.order.run, outcome(of: task, ranks), now: now)
      let trial = coordinator.study.history.trials[task.order.trial]
      if trial.state.isFinished, task.order.run >= 0 {
        observer.happened(.finished(trial))
      }
    }
  }

  /// One outcome from those of the ranks: a failure of any is one of all.
  private func outcome(of task: Task, _ ranks: [Int]) -> RunOutcome {
    for (place, rank) in ranks.enumerated() {
      if case .failed(let reason)? = task.ends[rank] {
        return .failed(ranks.count > 1 ? "rank \(place) of its group: \(reason)" : reason)
      }
    }
    switch task.ends[ranks[0]] {
    case .complete(let figures)?: return .complete(figures)
    case .stopped?: return .stopped
    default: return .failed("its ranks were called off")
    }
  }
}
