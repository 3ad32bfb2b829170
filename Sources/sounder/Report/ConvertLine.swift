private import Glibc
internal import Pipeline

/// The line on a terminal that says how far a conversion is; nothing elsewhere.
final class ConvertLine {
  private let terminal = Terminal.standardError
  private var lastDrawn: ContinuousClock.Instant?

  /// Draws the line again, at most ten times a second.
  func draw(_ progress: ImportProgress) {
    guard terminal.isInteractive else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
    lastDrawn = now
    let percent = Int(100 * progress.fraction)
    let text = "\(progress.phase) \(progress.path) \(percent) %"
    StandardError.write("\r\u{1b}[K" + text.prefix(max(10, terminal.columns - 1)))
  }

  /// Takes the line away.
  func clear() {
    if lastDrawn != nil { StandardError.write("\r\u{1b}[K") }
  }
}
