internal import Configuration
internal import Distributed

/// The part of every rank but the coordinator: waits for orders, runs trials in groups, tells how
/// they ended.
struct GroupWorker {
  let space: SearchSpace
  let body: (GroupTrial, borrowing Communicator) throws -> [String: Double]

  /// Works until the coordinator says that it is over.
  ///
  /// A failing trial ends on this rank with an error, which the coordinator hears of; only an error
  /// of the messages themselves is thrown.
  func run(on world: borrowing Communicator) throws {
    let interrupt = Interrupt(on: world, from: 0, tag: GroupMessage.cancel)
    let link = MessageLink(world)
    while let (task, order) = try Self.nextOrder(on: world) {
      interrupt.begin(task)
      link.begin(task)
      let end = try runTrial(order, task: task, interrupt: interrupt, link: link, on: world)
      try world.send(
        bytes: GroupMessage.Event.ended(task: task, end).bytes, to: 0,
        tag: GroupMessage.toCoordinator)
    }
  }

  /// Asleep until there is one; nil: it is over.
  private static func nextOrder(
    on world: borrowing Communicator
  ) throws -> (Int, TrialOrder)? {
    var wait = Backoff()
    while true {
      if let (bytes, _) = try world.nextBytes(tag: GroupMessage.toWorker, from: 0) {
        switch GroupMessage.Command(bytes: bytes) {
        case .start(let task, let order): return (task, order)
        case .quit: return nil
        // A verdict or a stop for a trial that has ended by itself.
        default: continue
        }
      }
      wait.pause()
    }
  }

  private func runTrial(
    _ order: TrialOrder, task: Int, interrupt: Interrupt, link: MessageLink,
    on world: borrowing Communicator
  ) throws -> GroupMessage.End {
    let group = try world.group(
      of: order.slots.map(\.id), tag: task % 30_000, interrupt: interrupt)
    let trial = GroupTrial(order, space: space, link: link)
    let figures: [String: Double]
    do {
      figures = try body(trial, group)
      // All ranks have done their part: nobody is left in a wait when the group is freed.
      try group.barrier()
    } catch let error as MPIError where error.isInterruption {
      return .interrupted
    } catch {
      return .failed(String(describing: error))
    }
    try group.free()
    if trial.isStopped { return .stopped(bySignal: StopSignal.arrived) }
    return .complete(figures)
  }
}

/// The link of a group's first rank: messages to the coordinator and back.
final class MessageLink: TrialLink {
  private let control: MessagePort
  private var task = -1
  private var isStopped = false
  private var nextLook = 0.0

  init(_ world: borrowing Communicator) { control = MessagePort(world) }

  func begin(_ task: Int) {
    self.task = task
    isStopped = false
  }

  func report(step: Int, figures: [String: Double]) throws -> Verdict {
    try control.send(
      GroupMessage.Event.report(task: task, step: step, figures: figures).bytes, to: 0,
      tag: GroupMessage.toCoordinator)
    var wait = Backoff()
    while true {
      if let verdict = try look() { return verdict }
      wait.pause()
    }
  }

  var stopIsRequested: Bool {
    let now = Clock.now
    if !isStopped, now >= nextLook {
      nextLook = now + 0.005
      _ = try? look()
    }
    return isStopped
  }

  /// Takes the messages that have come; gives the verdict among them.
  private func look() throws -> Verdict? {
    while let bytes = try control.next(tag: GroupMessage.toWorker, from: 0) {
      switch GroupMessage.Command(bytes: bytes) {
      case .verdict(let number, let verdict) where number == task: return verdict
      case .stop(let number) where number == task: isStopped = true
      default: continue
      }
    }
    return nil
  }
}
