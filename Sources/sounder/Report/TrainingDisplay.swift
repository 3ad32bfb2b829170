internal import Configuration
internal import Distributed
private import FoundationEssentials
private import Glibc

/// Shows a training: a bar on a terminal, lines in a log, JSON lines for a program.
final class TrainingDisplay: TrainingObserver {
  private let options: ReportOptions
  private let terminal: Terminal
  let style: ProgressLine.Style
  private var barIsVisible = false
  private var lastShown: ContinuousClock.Instant?
  private var epochCount = 0

  init(_ options: ReportOptions) {
    let environment = ProcessInfo.processInfo.environment
    self.options = options
    terminal = environment["TERM"] == "dumb" ? Terminal(columns: 0) : .standardError
    style = ProgressLine.Style(environment: environment)
  }

  func note(_ line: String) {
    if !options.quiet { show(line) }
  }

  func refused(_ refusal: Refusal) {
    if options.json { Self.printJSON(Self.value(of: refusal)) }
    note(refusal.summary)
  }

  func progress(_ progress: TrainingProgress) {
    epochCount = progress.epochCount
    guard !options.quiet else { return }
    let now = ContinuousClock.now
    let interval: Duration = terminal.isInteractive ? .milliseconds(100) : .seconds(30)
    guard let last = lastShown else {
      // The first line of a log can wait, a bar should be there at once.
      lastShown = now
      if terminal.isInteractive { draw(progress) }
      return
    }
    guard now - last >= interval else { return }
    lastShown = now
    if terminal.isInteractive {
      draw(progress)
    } else {
      show(ProgressLine(progress: progress).plain)
    }
  }

  func epochEnded(_ record: EpochRecord) { show(record) }

  func partEnded(_ record: EpochRecord) { show(record) }

  private func show(_ record: EpochRecord) {
    lastShown = ContinuousClock.now
    if options.json { Self.printJSON(Self.value(of: record)) }
    guard !options.quiet else { return }
    let results = record.values.map { "\($0.name) \(Figures.metric($0.value))" }
    let count = epochCount > 0 ? "/\(epochCount)" : ""
    let part = record.isWhole ? "" : " part \(record.part)/\(record.partCount)"
    let rate = Figures.grouped(Int(exactly: record.samplesPerSecond.rounded()) ?? 0)
    show(
      (["epoch \(record.epoch)\(count)\(part)"] + results + [
        "\(rate) samples/s", "\(Figures.fixed(record.seconds, 1)) s",
      ]).joined(separator: "  "))
  }

  /// Whether results go to standard output as JSON.
  var isJSON: Bool { options.json }

  /// Takes the bar away, before something else is written.
  func clear() {
    guard barIsVisible else { return }
    StandardError.write("\r\u{1b}[K")
    barIsVisible = false
  }

  /// One object on one line of standard output, at once.
  static func printJSON(_ value: Value) {
    print(value.json)
    fflush(nil)
  }

  /// An epoch's record as JSON has it.
  static func value(of record: EpochRecord) -> Value {
    var entries: [Value.Entry] = [
      .init("event", record.isWhole ? "epoch" : "part"),
      .init("epoch", Value(.int(record.epoch))),
      .init("seconds", Value(.number(record.seconds))),
      .init("samples_per_second", Value(.number(record.samplesPerSecond))),
    ]
    if record.partCount > 1 {
      entries.append(.init("part", Value(.int(record.part))))
      entries.append(.init("parts", Value(.int(record.partCount))))
    }
    entries += record.values.map { .init($0.name, Value(.number($0.value))) }
    return Value(.map(entries))
  }

  private static func value(of refusal: Refusal) -> Value {
    var entries: [Value.Entry] = [
      .init("event", "refused"), .init("rank", Value(.int(refusal.rank))),
      .init("epoch", Value(.int(refusal.epoch))), .init("step", Value(.int(refusal.step))),
    ]
    if refusal.isPush {
      entries.append(.init("push", Value(.bool(true))))
      return Value(.map(entries))
    }
    if let layer = refusal.layer {
      entries += [
        .init("layer", Value(.string(layer))),
        .init("gradient_norm", Value(.number(refusal.value))),
        .init("mean_gradient_norm", Value(.number(refusal.mean))),
      ]
    } else {
      entries.append(.init("loss", Value(.number(refusal.value))))
    }
    entries += [
      .init("first_row", Value(.int(refusal.firstRow))),
      .init("last_row", Value(.int(refusal.lastRow))),
      .init("rows", Value(.int(refusal.rowCount))),
    ]
    return Value(.map(entries))
  }

  private func show(_ line: String) {
    clear()
    StandardError.write(line + "\n")
  }

  /// The cursor goes back to the line's start, so that whatever comes next overwrites the bar.
  private func draw(_ progress: TrainingProgress) {
    let line = ProgressLine(progress: progress).bar(columns: terminal.columns, style: style)
    StandardError.write(line + "\u{1b}[K\r")
    barIsVisible = true
  }
}
