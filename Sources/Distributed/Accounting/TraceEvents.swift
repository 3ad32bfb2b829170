private import Configuration

/// Events in the Trace Event Format, as text: what `chrome://tracing` and Perfetto open.
///
/// Source: "Trace Event Format" (Google, 2016): complete events `X`, counters `C`, metadata `M`; times are
/// microseconds.
struct TraceEvents {
  private(set) var text = ""
  /// Seconds of a reduction in which the rank that came last moves numbers: the rest of each is waiting.
  private let shortestReduction: Double
  /// Whether what follows a reduction in a push is a worker's own update.
  private let pushComputes: Bool
  /// What the figures of an epoch are called.
  private let figureNames: [String]

  init(shortestReduction: Double, pushComputes: Bool, figureNames: [String]) {
    self.shortestReduction = shortestReduction
    self.pushComputes = pushComputes
    // With what JSON wants in a string.
    self.figureNames = figureNames.map { String(Value(.string($0)).json.dropFirst().dropLast()) }
  }

  /// All events of one rank.
  mutating func add(_ trace: RankTrace, rank: Int, isServer: Bool) {
    let role = isServer ? "server" : "worker"
    let sampled = trace.stride > 1 ? ", 1 of \(trace.stride) blocks of 16 steps" : ""
    open("process_name", "M", rank)
    text += ",\"args\":{\"name\":\(Value(.string("rank \(rank) (\(role)\(sampled))")).json)}}"
    open("process_sort_index", "M", rank)
    text += ",\"args\":{\"sort_index\":\(rank)}}"
    open("thread_name", "M", rank)
    text += ",\"tid\":0,\"args\":{\"name\":\"steps\"}}"
    for step in trace.steps { add(step, rank) }
    for span in trace.spans {
      if let name = span.phase.eventName { complete(name, rank, span.start, span.end) }
    }
    for sample in trace.samples {
      counter("CPU share", rank, sample.time, "share", "\(sample.cpuShare)")
      counter("resident memory", rank, sample.time, "bytes", "\(sample.residentByteCount)")
      if sample.staleness.isFinite {
        counter("staleness", rank, sample.time, "mean", "\(sample.staleness)")
      }
    }
    for mark in trace.marks {
      // JSON has no number for a loss that is none.
      for (name, value) in zip(figureNames, mark.values) where value.isFinite {
        counter(name, rank, mark.time, "value", "\(value)")
      }
    }
  }

  /// A step is reading, exchange, computing and exchange, with the waiting in the exchanges shown first.
  private mutating func add(_ step: TraceRecorder.Step, _ rank: Int) {
    let rows = ("rows", step.rowCount)
    complete("read", rank, step.start, step.pull, rows)
    let pulled = min(step.pull + step.pullWait, step.compute)
    complete("wait", rank, step.pull, pulled)
    complete("communicate", rank, pulled, step.compute)
    complete("compute", rank, step.compute, step.push, rows)
    let moving = min(step.reduction, shortestReduction)
    let waited = min(step.push + step.pushWait + step.reduction - moving, step.end)
    complete("wait", rank, step.push, waited)
    let moved = pushComputes ? min(waited + moving, step.end) : step.end
    complete("communicate", rank, waited, moved, ("bytes", step.byteCount))
    complete("compute", rank, moved, step.end)
  }

  /// What a number was at some time.
  private mutating func counter(
    _ name: String, _ rank: Int, _ time: Double, _ key: String, _ number: String
  ) {
    open(name, "C", rank)
    text += ",\"ts\":\(Self.microseconds(time)),\"args\":{\"\(key)\":\(number)}}"
  }

  /// One event from `start` to `end`, unless it took no time.
  private mutating func complete(
    _ name: String, _ rank: Int, _ start: Double, _ end: Double, _ argument: (String, Int)? = nil
  ) {
    guard end > start else { return }
    open(name, "X", rank)
    text +=
      ",\"tid\":0,\"ts\":\(Self.microseconds(start)),\"dur\":\(Self.microseconds(end - start))"
    if let (key, value) = argument { text += ",\"args\":{\"\(key)\":\(value)}" }
    text += "}"
  }

  private mutating func open(_ name: String, _ phase: String, _ rank: Int) {
    text += text.isEmpty ? "\n" : ",\n"
    text += "{\"name\":\"\(name)\",\"ph\":\"\(phase)\",\"pid\":\(rank)"
  }

  /// Seconds as microseconds with three decimal places.
  private static func microseconds(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return "0" }
    let nanoseconds = Int((seconds * 1e9).rounded())
    let rest = nanoseconds.magnitude % 1000
    let sign = nanoseconds < 0 ? "-" : ""
    return "\(sign)\(nanoseconds.magnitude / 1000)." + (rest < 10 ? "00" : rest < 100 ? "0" : "")
      + "\(rest)"
  }
}
