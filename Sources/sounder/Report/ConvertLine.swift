private import FoundationEssentials
private import Glibc
package import Pipeline

/// How far the conversion of one file is, in one line for a terminal.
package struct ConvertLine {
  /// What is known.
  let progress: ImportProgress
  /// The size of the file; nil where that is not known.
  let byteCount: Int?
  /// Since this phase of the file began.
  let elapsedSeconds: Double

  /// Takes what is known: how far the phase is, the file's size, and how long the phase has taken so far.
  package init(progress: ImportProgress, byteCount: Int?, elapsedSeconds: Double) {
    self.progress = progress
    self.byteCount = byteCount
    self.elapsedSeconds = elapsedSeconds
  }

  /// A line that fits into `columns` characters, at least 40: phase, file and bar, MB of the file a second, and the
  /// time that is left of the phase.
  package func bar(columns: Int, style: ProgressLine.Style) -> String {
    let name = progress.path.split(separator: "/").last.map(String.init) ?? progress.path
    // The percent have their place, however long the name is.
    let room = max(0, columns - progress.phase.count - 10)
    return ProgressBar(
      words: "\(progress.phase) \(name.prefix(room))", share: progress.fraction, figures: figures
    ).text(columns: columns, style: style)
  }

  /// A figure of less than this says nothing yet.
  private static let leastSeconds = 0.2

  /// From the most to the least important.
  private var figures: [String] {
    guard elapsedSeconds >= Self.leastSeconds, progress.fraction > 0 else { return [] }
    var figures: [String] = []
    if let byteCount {
      let rate = Double(byteCount) * progress.fraction / elapsedSeconds / 1e6
      figures.append("\(Figures.fixed(rate, rate < 10 ? 1 : 0)) MB/s")
    }
    let left = elapsedSeconds * (1 - progress.fraction) / progress.fraction
    figures.append("ETA \(Figures.duration(left))")
    return figures
  }
}

/// The line on a terminal that says how far a conversion is; nothing elsewhere.
final class ConvertDisplay {
  private let terminal = Terminal.standardError
  private let style = ProgressLine.Style(environment: ProcessInfo.processInfo.environment)
  private var lastDrawn: ContinuousClock.Instant?
  /// What the times are counted for: a phase of a file.
  private var current: (path: String, phase: String)?
  private var byteCount: Int?
  private var start = ContinuousClock.now

  /// Draws the line again, at most ten times a second.
  func draw(_ progress: ImportProgress) {
    guard terminal.isInteractive else { return }
    let now = ContinuousClock.now
    if current?.path != progress.path { byteCount = Self.byteCount(of: progress.path) }
    if current?.path != progress.path || current?.phase != progress.phase {
      current = (progress.path, progress.phase)
      start = now
    }
    if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
    lastDrawn = now
    let line = ConvertLine(
      progress: progress, byteCount: byteCount, elapsedSeconds: (now - start) / .seconds(1))
    StandardError.write(line.bar(columns: terminal.columns, style: style) + "\u{1b}[K\r")
  }

  /// Takes the line away.
  func clear() {
    if lastDrawn != nil { StandardError.write("\r\u{1b}[K") }
  }

  private static func byteCount(of path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
