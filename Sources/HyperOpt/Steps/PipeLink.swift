internal import Configuration
internal import Distributed
private import Glibc
private import Synchronization

/// The link of a trial that is a step of its own: JSON lines on standard output, answers on standard
/// input.
///
/// The first line of the input is the order. Each report is answered with `proceed`, `discard` or
/// `stop`; `call off` may come at any time, and the end of the input means the same.
package final class PipeLink: TrialLink {
  /// What calls a run off at its next batch.
  static let callOff = "call off"

  private var isCalledOff = false
  private var nextLook = 0.0
  private var buffer: [UInt8] = []
  private var verdicts: [Verdict] = []

  package init() {}

  /// Reads the order that the coordinator has written.
  ///
  /// - Throws: `StudyError` when there is none.
  package func order() throws(StudyError) -> TrialOrder {
    while true {
      if let line = nextLine() { return try Self.order(line) }
      guard read() else { return try Self.order("") }
    }
  }

  /// The order in a line.
  ///
  /// - Throws: `StudyError` when it is none.
  static func order(_ line: String) throws(StudyError) -> TrialOrder {
    guard let value = try? Value(json: line), let order = TrialOrder(value) else {
      throw StudyError(
        "sounder trial is started by `sounder search --isolate`, which writes the order to its "
          + "standard input; there is none", exitCode: ExitCode.usage)
    }
    return order
  }

  package func report(step: Int, figures: [String: Double]) throws -> Verdict {
    Self.say(["step": Value(.int(step)), "figures": Value(figures: figures)])
    while verdicts.isEmpty {
      if isCalledOff, !isInputOpen { return .stop }
      take(wait: true)
    }
    return verdicts.removeFirst()
  }

  package var stopIsRequested: Bool {
    let now = Clock.now
    if !isCalledOff, now >= nextLook {
      nextLook = now + 0.02
      take(wait: false)
    }
    return isCalledOff
  }

  /// Tells how the run has ended.
  package func end(_ end: End) {
    switch end {
    case .complete(let figures): Self.say(["end": "complete", "figures": Value(figures: figures)])
    case .stopped: Self.say(["end": "stopped"])
    case .failed(let reason): Self.say(["end": "failed", "reason": Value(.string(reason))])
    }
  }

  // MARK: Input

  private var isInputOpen = true

  /// Takes the lines that are there, or waits for one.
  private func take(wait: Bool) {
    if wait || Self.inputIsReady { if !read() { isCalledOff = true } }
    while let line = nextLine() {
      if line == Self.callOff {
        isCalledOff = true
      } else if let verdict = Self.verdict(line) {
        verdicts.append(verdict)
      }
    }
  }

  private static var inputIsReady: Bool {
    var polled = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&polled, 1, 0) > 0
  }

  /// Reads some bytes; false at the end of the input.
  private func read() -> Bool {
    guard isInputOpen, let bytes = Pipe.read(STDIN_FILENO), !bytes.isEmpty else {
      isInputOpen = false
      return false
    }
    buffer += bytes
    return true
  }

  private func nextLine() -> String? {
    guard let end = buffer.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    defer { buffer.removeSubrange(...end) }
    return String(decoding: buffer[..<end], as: UTF8.self)
  }

  private static func say(_ value: Value) {
    Pipe.write(Array((value.json + "\n").utf8), to: STDOUT_FILENO)
  }
}

extension PipeLink {
  /// How a run has ended, in its own words.
  package enum End: Equatable {
    case complete([String: Double])
    case stopped
    case failed(String)
  }

  /// What a line says.
  enum Message: Equatable {
    case report(step: Int, figures: [String: Double])
    case ended(End)

    /// Nil for a line of somebody else.
    init?(_ line: String) {
      guard line.first == "{", let value = try? Value(json: line) else { return nil }
      if let step = value["step"]?.int, let figures = value["figures"]?.figures {
        self = .report(step: step, figures: figures)
        return
      }
      switch value["end"] {
      case "complete": self = .ended(.complete(value["figures"]?.figures ?? [:]))
      case "stopped": self = .ended(.stopped)
      case "failed":
        guard case .string(let reason)? = value["reason"]?.kind else { return nil }
        self = .ended(.failed(reason))
      default: return nil
      }
    }
  }

  static func word(_ verdict: Verdict) -> String {
    switch verdict {
    case .proceed: "proceed"
    case .discard: "discard"
    case .stop: "stop"
    }
  }

  private static func verdict(_ word: String) -> Verdict? {
    [Verdict.proceed, .discard, .stop].first { Self.word($0) == word }
  }
}
