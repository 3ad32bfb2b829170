internal import Configuration
internal import HyperOpt
private import FoundationEssentials

/// Shows a search: a table that grows with a line of figures below it on a terminal, lines in a log,
/// JSON lines for a program.
final class SearchDisplay: SearchObserver {
  private let options: ReportOptions
  private let terminal: Terminal
  private let space: SearchSpace
  private let metric: String
  private var hasHeader = false
  private var lineIsVisible = false
  private var lastLine: ContinuousClock.Instant?

  init(_ options: ReportOptions, space: SearchSpace, metric: String) {
    self.options = options
    self.space = space
    self.metric = metric
    terminal =
      ProcessInfo.processInfo.environment["TERM"] == "dumb"
      ? Terminal(columns: 0) : .standardError
  }

  func happened(_ event: SearchEvent) {
    if case .finished(let trial) = event {
      if options.json { TrainingDisplay.printJSON(TrialText(trial, space).value) }
      if !options.quiet {
        if !hasHeader { show(TrialText.header(metric)) }
        hasHeader = true
        show(TrialText(trial, space).row(columns: terminal.columns))
      }
    }
  }

  func progress(_ summary: SearchSummary) {
    draw(summary)
    // A log gets the figures once a minute.
    let now = ContinuousClock.now
    guard !options.quiet, !terminal.isInteractive else { return }
    guard let last = lastLine else {
      lastLine = now
      return
    }
    if now - last > .seconds(60) {
      lastLine = now
      show(Self.line(summary))
    }
  }

  /// Whether results go to standard output as JSON.
  var isJSON: Bool { options.json }

  /// One line that is not about a trial.
  func note(_ line: String) {
    if !options.quiet { show(line) }
  }

  /// Takes the line of figures away, before something else is written.
  func clear() {
    guard lineIsVisible else { return }
    StandardError.write("\r\u{1b}[K")
    lineIsVisible = false
  }

  /// The figures of a search in one line.
  static func line(_ summary: SearchSummary) -> String {
    let total = summary.trialLimit.map { "/\($0)" } ?? ""
    var parts = [
      "trials \(summary.finished)\(total)",
      "running \(summary.running)", "done \(summary.complete)",
      "pruned \(summary.pruned)", "failed \(summary.failed)",
    ]
    if let best = summary.best {
      let values = best.values.map(Figures.metric).joined(separator: ", ")
      parts.append("best \(values) (trial \(best.number))")
    }
    if let eta = summary.etaSeconds, summary.running > 0 {
      parts.append("ETA \(Figures.duration(eta))")
    }
    return parts.joined(separator: "  ")
  }

  private func draw(_ summary: SearchSummary) {
    guard !options.quiet, terminal.isInteractive else { return }
    let now = ContinuousClock.now
    if let last = lastLine, now - last < .milliseconds(100), lineIsVisible { return }
    lastLine = now
    StandardError.write(String(Self.line(summary).prefix(terminal.columns - 1)) + "\u{1b}[K\r")
    lineIsVisible = true
  }

  private func show(_ line: String) {
    clear()
    StandardError.write(line + "\n")
  }
}

/// A finished trial in words.
struct TrialText {
  private let trial: Trial
  private let space: SearchSpace

  init(_ trial: Trial, _ space: SearchSpace) {
    self.trial = trial
    self.space = space
  }

  static func header(_ metric: String) -> String {
    "trial  state     " + metric.padding(12) + "  steps    time  parameters"
  }

  /// One row of the table, cut to the terminal's width.
  func row(columns: Int) -> String {
    let value = trial.values.first ?? trial.reports.last?.value
    let seconds = trial.userAttributes["seconds"]?.number
    var text = "\(trial.number)".leftPadding(5) + "  " + trial.state.word.padding(8) + "  "
    text += (value.map(Figures.metric) ?? "-").padding(12) + "  "
    text += (trial.reports.last.map { "\($0.step)" } ?? "-").leftPadding(5) + "  "
    text += (seconds.map { Figures.fixed($0, 1) + " s" } ?? "-").leftPadding(6) + "  "
    if trial.state == .failed, case .string(let reason)? = trial.userAttributes["reason"]?.kind {
      text += reason
    } else {
      text += parameters
    }
    return columns > 20 ? String(text.prefix(columns - 1)) : text
  }

  /// `batch_size 64, depth 2`: names without the part that is the same everywhere.
  var parameters: String {
    space.parameters.compactMap { parameter in
      trial.parameters[parameter.name].map {
        let value = parameter.distribution.value(of: $0)
        return Self.shortName(parameter.name) + " " + Self.text(value)
      }
    }.joined(separator: ", ")
  }

  var value: Value {
    var entries: [Value.Entry] = [
      .init("event", "trial"), .init("number", Value(.int(trial.number))),
      .init("state", Value(.string(trial.state.word))),
      .init("values", Value(.list(trial.values.map { Value(.number($0)) }))),
    ]
    var parameters: [Value.Entry] = []
    for parameter in space.parameters {
      if let place = trial.parameters[parameter.name] {
        parameters.append(.init(parameter.name, parameter.distribution.value(of: place)))
      }
    }
    entries.append(.init("parameters", Value(.map(parameters))))
    if let reason = trial.userAttributes["reason"] { entries.append(.init("reason", reason)) }
    return Value(.map(entries))
  }

  /// `training.batch_size` is `batch_size`, `network.layers.1.dense.units[2]` is `units[2]`.
  static func shortName(_ name: String) -> String {
    String(name.split(separator: ".").last ?? Substring(name))
  }

  /// A parameter's value in a few characters.
  static func text(_ value: Value) -> String {
    switch value.kind {
    case .number(let number):
      return number != 0 && (abs(number) < 0.001 || abs(number) >= 1e5)
        ? Figures.metric(number) : Figures.fixed(number, 4)
    case .string(let text): return text
    case .map(let entries): return entries.first?.key ?? "{}"
    default: return value.json
    }
  }
}

extension String {
  fileprivate func padding(_ count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - self.count))
  }

  fileprivate func leftPadding(_ count: Int) -> String {
    String(repeating: " ", count: max(0, count - self.count)) + self
  }
}
