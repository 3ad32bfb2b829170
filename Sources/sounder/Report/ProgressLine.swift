package import Distributed
private import FoundationEssentials

/// How far a training is, in one line for a terminal or for a log.
package struct ProgressLine {
  /// What is known.
  let progress: TrainingProgress

  /// Takes what is known.
  package init(progress: TrainingProgress) { self.progress = progress }

  /// A line that fits into `columns` characters: first the words, then as much bar as there is room.
  package func bar(columns: Int, style: Style) -> String {
    line.text(columns: columns, style: style)
  }

  /// The same for a log.
  package var plain: String { line.plain }

  private var line: ProgressBar {
    ProgressBar(
      words: "epoch \(progress.epoch)/\(progress.epochCount)", share: share, figures: figures)
  }

  private var share: Double {
    progress.samplesTotal > 0 ? Double(progress.samplesDone) / Double(progress.samplesTotal) : 0
  }

  /// From the most to the least important.
  private var figures: [String] {
    var figures: [String] = []
    if let loss = progress.loss { figures.append("loss \(Figures.metric(loss))") }
    if let seconds = progress.etaSeconds { figures.append("ETA \(Figures.duration(seconds))") }
    if progress.samplesPerSecond >= 1, progress.samplesPerSecond < 1e15 {
      figures.append("\(Figures.grouped(Int(progress.samplesPerSecond))) samples/s")
    }
    return figures
  }

  /// What the bar is drawn with.
  package struct Style {
    var full: Character
    var empty: Character
    var isColored: Bool

    /// Blocks where the locale has them, colors unless `NO_COLOR` is set.
    package init(environment: [String: String]) {
      let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first {
        !$0.isEmpty
      }
      let name = (locale ?? "").lowercased()
      let hasBlocks = name.contains("utf-8") || name.contains("utf8")
      full = hasBlocks ? "━" : "#"
      isColored = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
      empty = hasBlocks && isColored ? "━" : hasBlocks ? "─" : "."
    }
  }
}
