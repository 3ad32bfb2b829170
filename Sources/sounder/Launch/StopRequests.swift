private import Glibc
private import Synchronization

/// How often this process has been asked to end.
///
/// Counted in handlers, because libraries start threads of their own that would take a signal that
/// only this thread blocks.
struct StopRequests: Equatable {
  /// SIGINT: somebody sits at a terminal and may lose patience.
  var interruptCount = 0
  /// SIGTERM, SIGHUP and SIGUSR1.
  var otherCount = 0

  /// From now on the signals only count, except those that were ignored before.
  static func listen() {
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
  static var arrived: StopRequests {
    StopRequests(
      interruptCount: interrupts.load(ordering: .relaxed),
      otherCount: others.load(ordering: .relaxed))
  }
}

private let interrupts = Atomic<Int>(0)
private let others = Atomic<Int>(0)
