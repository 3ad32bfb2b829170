internal import CShared
private import Glibc

/// Signals that ask a training to stop at the next batch, as a flag.
package enum StopSignal {
  /// From now on SIGUSR1, SIGTERM and the first SIGINT only set the flag.
  package static func `catch`() { cs_catch_stop_signals() }

  /// Whether one has come.
  package static var arrived: Bool { cs_stop_signal() != 0 }

  /// Whether it may be the launcher's, which ends a job with SIGTERM when one of its ranks fails.
  static var mayBeLaunchers: Bool { cs_stop_signal() == SIGTERM }
}

/// A clock that never jumps, in seconds.
package enum Clock {
  package static var now: Double { cs_seconds() }
  /// CPU seconds that this process has used.
  package static var cpuSeconds: Double { cs_cpu_seconds() }
  /// Sleeps; a signal ends the sleep.
  package static func sleep(seconds: Double) { cs_sleep(Int64(seconds * 1e6)) }
}

/// The end of this process when a call that cannot be left, such as a write to a file system that hangs, takes
/// too long.
///
/// There is one at a time.
package enum Deadline {
  /// Ends the process with `code` after so many seconds, unless it is called off before; `line` goes to standard
  /// error then.
  package static func set(seconds: Double, line: String, code: Int32) {
    cs_end_after(seconds, line, code)
  }

  /// Calls it off.
  package static func callOff() { cs_end_after(0, "", 0) }
}
