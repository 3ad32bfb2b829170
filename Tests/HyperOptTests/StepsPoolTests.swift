import Distributed
import Foundation
import HyperOpt
import Testing

@Suite("Steps")
struct StepsPoolTests {
  private func shell(_ script: String, input: Bool = false) throws -> Step {
    try Step(
      ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], isLauncher: false,
      takesInput: input)
  }

  /// What all steps of `pool` say until they have ended; `seconds` is far more than they need.
  private func run(
    _ pool: StepPool, seconds: Double = 120, _ react: (Int, String) -> Void = { _, _ in }
  ) -> (lines: [Int: [String]], ends: [Int: StepEnd]) {
    var lines: [Int: [String]] = [:]
    var ends: [Int: StepEnd] = [:]
    let limit = Date().addingTimeInterval(seconds)
    while pool.count > 0, Date() < limit {
      for event in pool.wait(seconds: 1) {
        switch event {
        case .line(let key, let line):
          lines[key, default: []].append(line)
          react(key, line)
        case .ended(let key, let end): ends[key] = end
        }
      }
    }
    return (lines, ends)
  }

  @Test("run side by side; lines, exit codes and signals are told")
  func sideBySide() throws {
    let pool = StepPool()
    pool.add(try shell("echo one; echo two >&2; printf three; exit 3"), as: 1)
    pool.add(try shell("sleep 0.1; kill -9 $$"), as: 2)
    pool.add(try shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"), as: 3)
    let (lines, ends) = run(pool)
    #expect(Set(lines[1] ?? []) == ["one", "two", "three"])
    #expect(ends[1]?.end == .exited(3))
    #expect(ends[1]?.lastLines.count == 3)
    #expect(ends[2]?.end == .signalled(SIGKILL))
    #expect(lines[3]?.count == 3000 && lines[3]?.last == "line 2999")
    #expect(ends[3]?.lastLines.last == "line 2999")
  }

  @Test("hear answers on their standard input")
  func input() throws {
    let pool = StepPool()
    pool.add(try shell("echo ready; read a; echo got $a; read b || echo over", input: true), as: 7)
    let (lines, ends) = run(pool) { key, line in
      if line == "ready" { pool[key]?.send("yes") }
      if line == "got yes" { pool[key]?.stop(SIGTERM, now: Clock.now, graceSeconds: 5) }
    }
    #expect(lines[7] == ["ready", "got yes"])
    #expect(ends[7]?.end == .signalled(SIGTERM))
    #expect(ends[7]?.wasKilled == false)
  }

  @Test("that do not stop are killed after the grace, with all that they have started")
  func killed() throws {
    let pool = StepPool()
    let script = "trap '' TERM; setsid sleep 300 & echo $!; while :; do sleep 1; done"
    pool.add(try shell(script), as: 1)
    let start = Date()
    var child: Int32 = 0
    let (_, ends) = run(pool) { key, line in
      child = Int32(line) ?? child
      pool[key]?.stop(SIGTERM, now: Clock.now, graceSeconds: 0.3)
    }
    #expect(ends[1]?.end == .signalled(SIGKILL))
    #expect(ends[1]?.wasKilled == true)
    #expect(Date().timeIntervalSince(start) < 120)
    #expect(child > 0 && Self.isGone(child))
  }

  @Test("that end leave nothing behind in their group, and an open pipe does not hold them")
  func leftBehind() throws {
    let pool = StepPool()
    pool.add(try shell("sleep 300 & echo $!"), as: 1)
    let (lines, ends) = run(pool, seconds: 120)
    #expect(ends[1]?.end == .exited(0))
    let child = Int32(lines[1]?.first ?? "") ?? 0
    #expect(child > 0 && Self.isGone(child))
  }

  /// Whoever adopts a process collects it, soon or late: until then a zombie has no command line.
  private static func isGone(_ process: Int32) -> Bool {
    let limit = Date().addingTimeInterval(60)
    while Date() < limit {
      let line = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))
      if line?.isEmpty ?? true { return true }
      usleep(10_000)
    }
    return false
  }

  @Test("cost nothing while nothing happens")
  func idle() throws {
    let pool = StepPool()
    for key in 0..<8 { pool.add(try shell("sleep 1"), as: key) }
    let before = Self.threadSeconds
    let (_, ends) = run(pool)
    #expect(ends.count == 8)
    #expect(Self.threadSeconds - before < 0.1)
  }

  private static var threadSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  @Test("that cannot be started are an error that names the program")
  func missing() {
    let error = #expect(throws: DistributedError.self) {
      try Step(
        ["/nonexistent/solver"], environment: [:], isLauncher: false, takesInput: false)
    }
    #expect(error?.description.contains("/nonexistent/solver") == true)
  }
}
