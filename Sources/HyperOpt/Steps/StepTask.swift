internal import Configuration
internal import Distributed
private import Glibc

/// A run of a trial that is a step: what it has said so far.
struct StepTask {
  let order: TrialOrder
  /// Whether the step was told to end early.
  var isAskedToStop = false
  private let objectives: [String]
  /// Nil: the step is of our own program, and ends with a word of its own.
  private let reader: ReportReader?
  /// The figures of the latest report.
  private var latest: [String: Double] = [:]
  /// The figures that are the result.
  private var result: [String: Double] = [:]
  private var ownEnd: PipeLink.End?

  init(_ order: TrialOrder, plan: SearchPlan, reader: ReportReader?) {
    self.order = order
    objectives = plan.objectives.map(\.metric)
    self.reader = reader
  }

  /// Takes a line of the step's output; gives the reports on it.
  mutating func take(_ line: String) -> [(step: Int, figures: [String: Double])] {
    guard let reader else {
      switch PipeLink.Message(line) {
      case .report(let step, let figures)?: return [(step, figures)]
      case .ended(let end)?: ownEnd = end
      case nil: break
      }
      return []
    }
    var reports: [(step: Int, figures: [String: Double])] = []
    for reading in reader.read(line) {
      switch reading {
      case .report(let step, let figures):
        latest.merge(figures) { _, new in new }
        reports.append((step, figures))
      case .result(let figures): result.merge(figures) { _, new in new }
      }
    }
    return reports
  }

  /// What the end of the step means for the run.
  func outcome(_ end: StepEnd) -> RunOutcome {
    switch ownEnd {
    case .complete(let figures)?: return .complete(figures)
    case .stopped?: return .stopped
    case .failed(let reason)?: return .failed(reason)
    case nil: break
    }
    if reader != nil, end.end == .exited(0) {
      // One that was done before it heard of the stop is done.
      let figures = latest.merging(result) { _, new in new }
      if isAskedToStop, result.isEmpty { return .stopped }
      if let missing = objectives.first(where: { figures[$0] == nil }) {
        let what = objectives.count == 1 ? "no value" : "no value for '\(missing)'"
        return .failed("the command reported \(what)\(Self.output(end))")
      }
      return .complete(figures)
    }
    if isAskedToStop { return .stopped }
    // A rank of ours that has failed has said why.
    let mark = "sounder: error: "
    if reader == nil, let line = end.lastLines.last(where: { $0.hasPrefix(mark) }) {
      return .failed(String(line.dropFirst(mark.count)))
    }
    return .failed(Self.reason(end), isLost: Self.mayBeTransient(end.end, isOurs: reader == nil))
  }

  /// Exit code or signal, what the launcher said, and the last lines, in one line.
  static func reason(_ end: StepEnd) -> String {
    let how: String
    switch end.end {
    case .exited(let code) where code > 128 && code <= 128 + 64:
      how = "ended by signal \(code - 128) (\(String(cString: strsignal(code - 128))))"
    case .exited(let code): how = "exited with code \(code)"
    case .signalled(let signal):
      how = "ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    }
    let launcher = end.launcherReason.map { ": \($0)" } ?? ""
    return (how + launcher + output(end)).inOneLine
  }

  private static func output(_ end: StepEnd) -> String {
    let lines = end.lastLines.suffix(3).map { $0.count > 200 ? $0.prefix(200) + "..." : $0[...] }
    return lines.isEmpty ? "" : "; its last output: " + lines.joined(separator: " | ")
  }

  /// Whether trying again may help.
  ///
  /// A program of the user's that ends with an exit code of its own
  /// would do so again; one that was killed would not. Of ours only exit codes that blame the command
  /// line, the data or the program are final (sysexits, the shell's 126 and 127): launchers have many
  /// for a rank that is gone.
  private static func mayBeTransient(_ end: ProcessEnd, isOurs: Bool) -> Bool {
    guard case .exited(let code) = end else { return true }
    guard isOurs else { return (129...192).contains(code) }
    if code == ExitCode.stoppedEarly { return true }
    return !(64...78).contains(code) && code != 126 && code != 127
  }
}
