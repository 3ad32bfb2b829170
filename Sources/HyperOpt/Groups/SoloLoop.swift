internal import Distributed

/// A search in one process: coordinator and only worker in turn.
struct SoloLoop {
  let coordinator: Coordinator
  let space: SearchSpace
  let observer: any SearchObserver
  let discard: (Int) -> Void
  let reasonToLeave: () -> String?

  func run(
    on world: borrowing Communicator,
    body: (GroupTrial, borrowing Communicator) throws -> [String: Double]
  ) throws {
    while !coordinator.isOver {
      if let reason = reasonToLeave() { try coordinator.leave(reason) }
      guard coordinator.isDue(now: Clock.now) else {
        Clock.sleep(seconds: 0.000_2)
        continue
      }
      let actions = try coordinator.handle { try coordinator.actions(now: Clock.now) }
      for action in actions {
        switch action {
        case .start(let order): try runTrial(order, on: world, body: body)
        case .stop: break
        case .discardModel(let trial): discard(trial)
        }
      }
    }
  }

  private func runTrial(
    _ order: TrialOrder, on world: borrowing Communicator,
    body: (GroupTrial, borrowing Communicator) throws -> [String: Double]
  ) throws {
    observer.happened(
      .started(trial: order.trial, run: order.run, ranks: 1))
    let link = DirectLink(
      coordinator, order, observer: observer, discard: discard, reasonToLeave: reasonToLeave)
    let trial = GroupTrial(order, space: space, link: link)
    let outcome: RunOutcome
    do {
      let figures = try body(trial, world)
      outcome = trial.isStopped ? .stopped : .complete(figures)
    } catch {
      outcome = .failed(String(describing: error))
    }
    if let failure = link.failure { throw failure }
    if StopSignal.arrived { try coordinator.leave("a signal asked to stop") }
    try coordinator.handle {
      try coordinator.ended(order.trial, run: order.run, outcome, now: Clock.now)
    }
    let state = coordinator.study.history.trials[order.trial]
    if state.state.isFinished, order.run >= 0 {
      observer.happened(.finished(state))
      observer.progress(coordinator.summary(now: Clock.now))
    }
  }
}

/// The link of a trial that runs in the coordinator's own process.
final class DirectLink: TrialLink {
  private let coordinator: Coordinator
  private let order: TrialOrder
  private let observer: any SearchObserver
  private let discard: (Int) -> Void
  private let reasonToLeave: () -> String?
  private var nextLook = 0.0
  private var isStopped = false
  /// Why the coordinator could not go on, which is no failure of the trial.
  private(set) var failure: (any Error)?

  init(
    _ coordinator: Coordinator, _ order: TrialOrder, observer: any SearchObserver,
    discard: @escaping (Int) -> Void, reasonToLeave: @escaping () -> String?
  ) {
    self.discard = discard
    self.coordinator = coordinator
    self.order = order
    self.observer = observer
    self.reasonToLeave = reasonToLeave
  }

  func report(step: Int, figures: [String: Double]) throws -> Verdict {
    let verdict = try coordinator.handle {
      try coordinator.reported(
        order.trial, run: order.run, step: step, figures: figures, now: Clock.now)
    }
    observer.happened(
      .reported(
        trial: order.trial, step: step, value: figures[coordinator.plan.objectives[0].metric]))
    observer.progress(coordinator.summary(now: Clock.now))
    return verdict
  }

  /// The coordinator's clock goes on while the trial runs.
  var stopIsRequested: Bool {
    let now = Clock.now
    guard !isStopped, now >= nextLook else { return isStopped }
    nextLook = now + 0.05
    let actions: [CoordinatorAction]
    do {
      if let reason = reasonToLeave() { try coordinator.leave(reason) }
      guard coordinator.isDue(now: now) else { return isStopped }
      actions = try coordinator.handle { try coordinator.actions(now: now) }
    } catch {
      // The trial ends here; the loop throws the error.
      failure = error
      isStopped = true
      return true
    }
    for action in actions {
      switch action {
      case .stop(order.trial, order.run): isStopped = true
      case .discardModel(let trial): discard(trial)
      default: break
      }
    }
    return isStopped
  }
}
