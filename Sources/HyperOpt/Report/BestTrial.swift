internal import Configuration

/// The best trial with its parameters.
struct BestTrial {
  let data: ReportData

  var section: Section? {
    guard let best = data.best.first else { return nil }
    let isFront = data.history.directions.count > 1
    return Section(
      title: isFront ? "A trial of the Pareto front: \(best.number)" : "Best trial: \(best.number)",
      content: table(best),
      note: isFront && data.best.count > 1
        ? "The others of the \(data.best.count) trials of the front are marked in the table." : "",
      isWide: false)
  }

  private func table(_ best: Trial) -> String {
    var rows: [(String, String)] = []
    for (name, value) in zip(data.objectives, best.values) {
      rows.append((name, value.text(significantDigits: 6)))
    }
    let values = rows.count
    for parameter in data.history.space.parameters {
      guard let place = best.parameters[parameter.name] else { continue }
      let value = parameter.distribution.value(of: place)
      let isText = value.number == nil
      rows.append(
        (parameter.name, isText ? parameter.distribution.label(of: place) : value.readable))
    }
    let parameters = rows.count
    if let seconds = best.number("seconds") ?? best.seconds {
      rows.append(("time", seconds.duration))
    }
    for key in ["group", "ranks", "parameters", "model"] {
      if let text = best.text(key) { rows.append((key, text)) }
    }
    if let step = best.reports.last?.step { rows.append(("last step", "\(step)")) }
    if let earlier = best.resumedFrom { rows.append(("resumed from trial", "\(earlier)")) }
    let html = rows.enumerated().map { index, row in
      let style = index < values ? "objective" : index < parameters ? "" : "extra"
      return """
        <tr class="\(style)"><th>\(row.0.escapedForHTML)</th><td>\(row.1.escapedForHTML)</td></tr>
        """
    }
    return "<table class=\"pairs\">\(html.joined())</table>"
  }
}

extension Value {
  /// A number with five digits, anything else without loss.
  fileprivate var readable: String {
    if case .number(let number) = kind { return number.text(significantDigits: 5) }
    return fullText
  }
}
