private import Glibc
private import Synchronization

/// How often this process has been asked to end.
///
/// Counted in handlers, because libraries start threads of their own that would take a signal that
/// only this thread blocks.
package struct StopRequests: Equatable {
  /// SIGINT: somebody sits at a terminal and may lose patience.
  package var interruptCount = 0
  /// SIGTERM, SIGHUP and SIGUSR1.
  package var otherCount = 0

  /// None.
  package init() {}

  private init(interruptCount: Int, otherCount: Int) {
    self.interruptCount = interruptCount
    self.otherCount = otherCount
  }

  /// From now on the signals only count, except those that were ignored before.
  package static func listen() {
    _ = arrived
    // A parent may hand down a mask that blocks them.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] { sigaddset(&wanted, signal) }
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
      var action = sigaction()
      sigaction(signal, nil, &action)
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      action.sa_flags = 0
      action.__sigaction_handler.sa_handler = { signal in
        if signal == SIGINT {
          interrupts.add(1, ordering: .relaxed)
        } else {
          others.add(1, ordering: .relaxed)
        }
      }
      sigaction(signal, &action, nil)
    }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  /// What has come so far.
  package static var arrived: StopRequests {
    StopRequests(
      interruptCount: interrupts.load(ordering: .relaxed),
      otherCount: others.load(ordering: .relaxed))
  }
}

private let interrupts = Atomic<Int>(0)
private let others = Atomic<Int>(0)
