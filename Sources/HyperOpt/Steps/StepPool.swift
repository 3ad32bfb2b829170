private import Distributed
private import Glibc

/// Something that happened to a step.
package enum StepEvent {
  /// It wrote a line.
  case line(Int, String)
  /// It has ended.
  case ended(Int, StepEnd)
}

/// The steps that run, and one `poll(2)` that waits for all of them.
package final class StepPool {
  private var steps: [Int: Step] = [:]

  package init() {
    // A step that ends while it is written to is no reason to end, too.
    signal(SIGPIPE, SIG_IGN)
    // Three pipes and a process descriptor for each step.
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
  }

  /// The number of steps that run.
  package var count: Int { steps.count }

  /// The step of that key; nil when it has ended.
  package subscript(key: Int) -> Step? { steps[key] }

  /// Adds a step that has been started.
  package func add(_ step: Step, as key: Int) { steps[key] = step }

  /// Waits until something happens, at most `seconds`, and says what.
  package func wait(seconds: Double) -> [StepEvent] {
    var polled: [pollfd] = []
    var timeout = seconds
    let before = Clock.now
    for step in steps.values {
      for descriptor in [step.endDescriptor, step.output.descriptor, step.errors.descriptor] {
        guard let descriptor else { continue }
        polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
      if let killTime = step.killTime { timeout = min(timeout, killTime - before) }
      // An old kernel does not say that a process has ended: ask now and then.
      if step.endDescriptor == nil { timeout = min(timeout, 0.05) }
    }
    poll(&polled, nfds_t(polled.count), Int32(max(0, min(timeout, 3600)) * 1000 + 0.999))
    let now = Clock.now
    let ready = Set(polled.lazy.filter { $0.revents != 0 }.map(\.fd))
    var events: [StepEvent] = []
    for (key, step) in steps.sorted(by: { $0.key < $1.key }) {
      step.killIfDue(now: now)
      let outputs = [step.output.descriptor, step.errors.descriptor]
      if outputs.contains(where: { $0.map(ready.contains) ?? false }) {
        events += step.read().map { .line(key, $0) }
      }
      guard step.endDescriptor.map(ready.contains) ?? true, let (end, lines) = step.poll() else {
        continue
      }
      events += lines.map { .line(key, $0) }
      events.append(.ended(key, end))
      steps[key] = nil
    }
    return events
  }
}
