internal import Configuration

/// All trials in a table that can be sorted.
struct TrialRows {
  let data: ReportData

  private static let rowLimit = 1000

  var section: Section? {
    let all = data.history.trials
    guard !all.isEmpty else { return nil }
    var shown = all
    if all.count > Self.rowLimit {
      let best = data.valued.filter { $0.trial.state == .complete }
        .sorted { $0.value * data.direction.sign < $1.value * data.direction.sign }
        .prefix(Self.rowLimit / 2).map(\.trial.number)
      let numbers = Set(best).union(all.suffix(Self.rowLimit - best.count).map(\.number))
      shown = all.filter { numbers.contains($0.number) }
    }
    let rows = shown.map(row).joined(separator: "\n")
    var note = "A click on a column's name sorts."
    if shown.count < all.count {
      note += " The best and the latest \(shown.count) of \(all.count) trials are listed."
    }
    return Section(
      title: "Trials",
      content: """
        <div class="scroll"><table class="trials"><thead><tr>\(header)</tr></thead>
        <tbody>\(rows)</tbody></table></div>
        """,
      note: note)
  }

  private var hasGroups: Bool { data.history.trials.contains { $0.userAttributes["group"] != nil } }

  private var header: String {
    var names = [("trial", "number"), ("state", "state")]
    names += data.objectives.map { ($0, $0) }
    names += data.history.space.parameters.map { (data.shortNames[$0.name] ?? $0.name, $0.name) }
    names += [("step", "last step"), ("seconds", "seconds")]
    if hasGroups { names.append(("group", "group of ranks")) }
    names.append(("note", "reason, or the trial it was resumed from"))
    return names.map { short, full in
      "<th title=\"\(full.escapedForHTML)\"><button>\(short.escapedForHTML)</button></th>"
    }.joined()
  }

  private func row(_ trial: Trial) -> String {
    let isBest = data.best.contains { $0.number == trial.number }
    var cells = [
      number(Double(trial.number), "\(trial.number)"),
      "<td><span class=\"chip \(trial.stateName)\">\(trial.stateName)</span></td>",
    ]
    for index in data.objectives.indices {
      let isOwn = trial.values.indices.contains(index)
      let value = trial.latestValue(of: index)
      let text = value.map { isOwn ? $0.text(significantDigits: 5) : "(\($0.brief))" } ?? ""
      cells.append(number(value, text))
    }
    for parameter in data.history.space.parameters {
      guard let place = trial.parameters[parameter.name] else {
        cells.append("<td></td>")
        continue
      }
      let value = parameter.distribution.value(of: place)
      if value.number != nil {
        cells.append(number(value.number, value.label))
      } else {
        let label = parameter.distribution.label(of: place)
        cells.append("<td>\(label.shortened(to: 40).escapedForHTML)</td>")
      }
    }
    let step = trial.reports.last?.step
    cells.append(number(step.map { Double($0) }, step.map { "\($0)" } ?? ""))
    let seconds = trial.number("seconds") ?? trial.seconds
    cells.append(number(seconds, seconds.map { $0.text(significantDigits: 3) } ?? ""))
    if hasGroups { cells.append("<td>\((trial.text("group") ?? "").escapedForHTML)</td>") }
    let note = note(trial).escapedForHTML
    cells.append("<td class=\"wrap\"\(note.count > 40 ? " title=\"\(note)\"" : "")>\(note)</td>")
    return "<tr\(isBest ? " class=\"best\"" : "")>\(cells.joined())</tr>"
  }

  private func note(_ trial: Trial) -> String {
    var parts: [String] = []
    if let earlier = trial.resumedFrom { parts.append("resumed from trial \(earlier)") }
    if let reason = trial.text("reason") { parts.append(reason.shortened(to: 300)) }
    if !trial.isFeasible { parts.append("violates a constraint") }
    return parts.joined(separator: "; ")
  }

  private func number(_ value: Double?, _ text: String) -> String {
    guard let value, value.isFinite else { return "<td>\(text.escapedForHTML)</td>" }
    // The key is needed where the text is not the number itself.
    let key = Double(text) == value ? "" : " data-k=\"\(value)\""
    return "<td class=\"n\"\(key)>\(text.escapedForHTML)</td>"
  }
}
