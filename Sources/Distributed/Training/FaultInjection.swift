private import Glibc

/// Makes one rank fail on purpose, for tests: `SOUNDER_FAULT="rank=1,step=3"`.
///
/// Steps are counted from 1 in each run; the fault comes between a worker's reading of the parameters and
/// its computing. `kind=throw` (the default) throws an error, `kind=kill` ends the process as `kill -9`
/// does, `kind=stop` stops it as `kill -STOP` does, `kind=pause` makes it sleep for 0.3 s, `kind=signal`
/// sends it SIGUSR1 and slows its steps down, so that the stop comes before the end of a small epoch.
///
/// With `at=push` the fault waits, from that step on, for the worker's next update: it comes when the update is
/// counted and not made yet, or not in full. With `at=lock` it comes when the worker next holds the
/// lock of the shared memory, with `at=node_push` when the first worker of a node has next begun a push of the
/// node's changes to the servers. All three take the kinds kill, stop and pause; anything else throws.
///
/// Before the training there are no steps: `rank=1,kind=stop,at=fit` strikes when the data is open, before the
/// pipeline is fitted, and `at=readers` before a worker opens its readers. `at=window`, alone, makes all ranks take
/// the MPI for one that has no windows between nodes.
struct FaultInjection {
  private var rank = -1
  private var step = -1
  private var kind = "throw"
  /// What brings the fault about inside of a push; nil: it comes before the computing.
  let trigger: FaultTrigger?
  private let setupPlace: SetupPlace?
  /// Whether nodes may reach each other's memory, if the MPI lets them.
  let hasWindows: Bool

  init() {
    var place: String?
    let text = getenv("SOUNDER_FAULT").map { String(cString: $0) } ?? ""
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=")
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "rank": rank = Int(pair[1]) ?? -1
      case "step": step = Int(pair[1]) ?? -1
      case "kind": kind = String(pair[1])
      case "at": place = String(pair[1])
      default: break
      }
    }
    setupPlace = place.flatMap { SetupPlace(rawValue: $0) }
    let wanted = kind
    trigger = place.flatMap { FaultTrigger(kind: wanted, at: $0) }
    hasWindows = place != "window"
    if place != nil, trigger == nil, setupPlace == nil { kind = "throw" }
  }

  /// Where a fault can strike before the training.
  enum SetupPlace: String {
    case fit, readers
  }

  /// Rank `rank` is at `place` of the setup.
  static func come(to place: SetupPlace, rank: Int) {
    let fault = FaultInjection()
    if fault.setupPlace == place, fault.rank == rank { _ = strike(fault.kind) }
  }

  func strike(rank: Int, step: Int) throws {
    guard rank == self.rank, step >= self.step, self.step > 0 else { return }
    if kind == "signal" { Clock.sleep(seconds: 0.01) }
    guard step == self.step else { return }
    if let trigger {
      trigger.isArmed = true
    } else if !Self.strike(kind) {
      throw DistributedError(
        "the fault that SOUNDER_FAULT asked for, in step \(step): unset it to train",
        exitCode: 70)
    }
  }

  /// Does what `kind` says; false: an error is to be thrown.
  fileprivate static func strike(_ kind: String) -> Bool {
    switch kind {
    case "kill": kill(getpid(), SIGKILL)
    case "signal": kill(getpid(), SIGUSR1)
    case "pause": Clock.sleep(seconds: 0.3)
    case "stop":
      kill(getpid(), SIGSTOP)
      // A launcher wakes what it ends: such a process must not train on meanwhile.
      _exit(1)
    default: return false
    }
    return true
  }
}

/// A fault that waits for a place inside of a push.
package final class FaultTrigger {
  /// Where it strikes; see `FaultInjection`.
  enum Place: String {
    case push, lock
    case nodePush = "node_push"
  }

  private let kind: String
  private let place: Place
  /// Whether the step has come.
  var isArmed = false

  /// Nil where there is no such place, or the fault cannot strike there.
  init?(kind: String, at name: String) {
    guard let place = Place(rawValue: name), ["kill", "stop", "pause"].contains(kind) else {
      return nil
    }
    self.kind = kind
    self.place = place
  }

  /// The worker is at `place`.
  func come(to place: Place) {
    guard isArmed, place == self.place else { return }
    isArmed = false
    _ = FaultInjection.strike(kind)
  }
}
