private import Foundation
internal import Configuration

/// What each group did when.
struct TimelineChart {
  let data: ReportData

  private static let rowLimit = 200
  private static let titleLimit = 1500

  var section: Section? {
    let timed = data.history.trials.filter { $0.startTime != nil }
    guard let start = timed.compactMap(\.startTime).min(),
      let end = timed.map({ $0.endTime ?? $0.startTime ?? start }).max(), end > start
    else { return nil }
    let names = Self.order(Set(timed.map { $0.text("group") ?? "–" }))
    let rows = Array(names).thinned(to: Self.rowLimit)
    let index = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
    let (unit, seconds) = Self.unit(end - start)
    let height = rows.count <= 8 ? 26.0 : max(3, min(22, 440 / Double(rows.count)))
    var area = Plot.Area()
    area.height = Double(rows.count) * height + area.top + area.bottom + 4
    var plot = Plot(
      area, x: { Axis(0, (end - start) / seconds, from: $0, to: $1) },
      y: { Axis(0, 1, from: $0, to: $1) }, xTitle: "\(unit) since the first trial began",
      yTitle: "group", yTicks: 0)
    func x(_ time: Double) -> Double { plot.x.pixel((time - start) / seconds) }
    let isSmall = timed.count <= Self.titleLimit
    for trial in timed {
      guard let began = trial.startTime, let row = index[trial.text("group") ?? "–"] else {
        continue
      }
      let ended = trial.endTime ?? end
      let y = plot.top + Double(row) * height + 2
      if let wait = trial.number("wait_seconds"), wait > 0, x(began) - x(began - wait) > 0.4 {
        plot.drawing.rectangle(
          x(began - wait), y + (height - 4) / 3, x(began) - x(began - wait), (height - 4) / 3,
          "bar wait")
      }
      let style = data.best.contains { $0.number == trial.number } ? "best" : trial.stateName
      plot.drawing.rectangle(
        x(began), y, max(x(ended) - x(began) - 0.6, 0.8), max(height - 4, 2), "bar \(style)",
        title: isSmall ? "\(data.tooltip(trial)), \((ended - began).duration)" : nil)
    }
    // Not every name fits beside rows that are low.
    let every = max(1, Int((13 / height).rounded(.up)))
    for (row, name) in rows.enumerated() where row % every == 0 {
      plot.drawing.text(
        plot.left - 7, plot.top + (Double(row) + 0.5) * height + 4, name.shortened(to: 9),
        anchor: .end, title: name)
    }
    return Section(
      title: "Timeline of the groups", content: plot.drawing.svg("trials of each group over time"),
      legend: legend(timed), note: note(rows.count, names.count))
  }

  private func legend(_ timed: [Trial]) -> [(style: String, text: String)] {
    let states = Set(timed.map(\.state))
    var legend = [("complete", "complete"), ("best", "best")]
    if states.contains(.pruned) { legend.append(("pruned", "pruned")) }
    if states.contains(.failed) { legend.append(("failed", "failed")) }
    if states.contains(.running) { legend.append(("running", "running")) }
    if data.history.waitShare != nil { legend.append(("wait", "waiting for a trial")) }
    return legend
  }

  private func note(_ shown: Int, _ all: Int) -> String {
    var note = shown < all ? "\(shown) of \(all) groups are drawn. " : ""
    if let share = data.history.waitShare {
      note += "Groups waited \((100 * share).fixed(2)) % of their time for the next trial."
    }
    return note
  }

  /// Groups by number where they have one, then by name.
  private static func order(_ names: Set<String>) -> [String] {
    names.sorted { a, b in
      switch (Double(a), Double(b)) {
      case (let x?, let y?): x < y
      case (_?, nil): true
      case (nil, _?): false
      case (nil, nil): a < b
      }
    }
  }

  private static func unit(_ seconds: Double) -> (name: String, seconds: Double) {
    switch seconds {
    case ..<180: ("seconds", 1)
    case ..<10_800: ("minutes", 60)
    case ..<259_200: ("hours", 3600)
    default: ("days", 86_400)
    }
  }
}
