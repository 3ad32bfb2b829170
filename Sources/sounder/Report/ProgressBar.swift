/// A line that says how far something is: words, a bar, and figures from the most to the least important.
struct ProgressBar {
  /// What it is about.
  let words: String
  /// The part that is done, 0 to 1.
  let share: Double
  /// What else is known.
  let figures: [String]

  /// A line that fits into `columns` characters: first the words, then as much bar as there is room.
  func text(columns: Int, style: ProgressLine.Style) -> String {
    let figures = ["\(percent) %"] + figures
    var shown = figures.count
    func width(_ count: Int) -> Int {
      ([words] + figures.prefix(count)).joined(separator: "  ").count
    }
    while shown > 1, width(shown) > columns - 1 { shown -= 1 }
    let room = min(30, columns - 1 - width(shown) - 2)
    var parts = [words]
    if room >= 5 {
      let done = min(room, max(0, Int((Double(room) * share).rounded(.down))))
      let full = String(repeating: style.full, count: done)
      let empty = String(repeating: style.empty, count: room - done)
      parts.append(style.isColored ? "\u{1b}[32m\(full)\u{1b}[90m\(empty)\u{1b}[0m" : full + empty)
    }
    return (parts + figures.prefix(shown)).joined(separator: "  ")
  }

  /// The same for a log.
  var plain: String { ([words, "\(percent) %"] + figures).joined(separator: "  ") }

  private var percent: Int { min(100, max(0, Int((share * 100).rounded(.down)))) }
}
