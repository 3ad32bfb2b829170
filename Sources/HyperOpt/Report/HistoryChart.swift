internal import Configuration

/// Each trial's value by its number, and the best so far.
struct HistoryChart {
  let data: ReportData

  var sections: [Section] {
    let sections = data.history.directions.indices.map(section)
    return data.history.directions.count > 1 ? [hypervolume].compactMap { $0 } + sections : sections
  }

  private func section(_ objective: Int) -> Section {
    let direction = data.history.directions[objective]
    let points = data.trials.compactMap { trial in
      trial.latestValue(of: objective).flatMap { $0.isNaN ? nil : (trial: trial, value: $0) }
    }
    let scale = ObjectiveScale(points.map(\.value), direction)
    let last = Double(max(data.history.trials.count - 1, 1))
    var plot = Plot(
      .init(), x: { Axis(-0.02 * last, 1.02 * last, from: $0, to: $1) },
      y: { scale.axis(from: $0, to: $1) }, xTitle: "trial number",
      yTitle: data.title(of: objective))
    let isSmall = points.count <= 1000
    for (state, style) in [(Trial.State.pruned, "pruned"), (.running, "running")] {
      let group = points.filter { $0.trial.state == state }.map { entry in
        (x: plot.x.pixel(Double(entry.trial.number)), y: plot.y.pixel(entry.value))
      }
      plot.drawing.path(group.dots, "dot \(style)\(isSmall ? "" : " many")")
    }
    for entry in points where entry.trial.state == .complete {
      plot.drawing.circle(
        plot.x.pixel(Double(entry.trial.number)), plot.y.pixel(entry.value),
        radius: isSmall ? 3.5 : 2, entry.trial.isFeasible ? "disc complete" : "ring",
        title: isSmall ? data.tooltip(entry.trial) : nil)
    }
    drawFailures(&plot)
    drawBest(&plot, points, direction, objective)
    return Section(
      title: data.history.directions.count > 1
        ? "History of \(data.objectives[objective])" : "Optimisation history",
      content: plot.drawing.svg("value of each trial and the best so far"), legend: legend,
      note: (data.trials.contains { $0.state == .pruned }
        ? "Pruned trials stand at their last report." : "")
        + scale.note)
  }

  private var legend: [(style: String, text: String)] {
    var legend = [("complete", "complete"), ("line best", "best so far")]
    let states = Set(data.trials.map(\.state))
    if states.contains(.pruned) { legend.append(("pruned", "pruned")) }
    if states.contains(.failed) { legend.append(("cross failed", "failed")) }
    if states.contains(.running) { legend.append(("running", "running")) }
    if data.trials.contains(where: { !$0.isFeasible }) {
      legend.append(("ringkey", "violates a constraint"))
    }
    return legend
  }

  private func drawFailures(_ plot: inout Plot) {
    var crosses = ""
    for trial in data.trials where trial.state == .failed {
      let x = plot.x.pixel(Double(trial.number))
      let y = plot.bottom - 6
      crosses += "M\((x - 3).pixels) \((y - 3).pixels)l6 6m0-6l-6 6"
    }
    plot.drawing.path(crosses, "stroke failed")
  }

  private func drawBest(
    _ plot: inout Plot, _ points: [(trial: Trial, value: Double)], _ direction: Direction,
    _ objective: Int
  ) {
    var path = ""
    var best: Double?
    for entry in points where entry.trial.state == .complete && entry.trial.isFeasible {
      if let best, best * direction.sign <= entry.value * direction.sign { continue }
      let x = plot.x.pixel(Double(entry.trial.number))
      path += path.isEmpty ? "M\(x.pixels) " : "H\(x.pixels)V"
      path += plot.y.pixel(entry.value).pixels
      best = entry.value
    }
    guard !path.isEmpty else { return }
    plot.drawing.path(path + "H\(plot.right.pixels)", "stroke best wide")
  }

  /// The volume that the front dominates, by the number of finished trials.
  private var hypervolume: Section? {
    let signs = data.history.directions.map(\.sign)
    let done = data.history.complete.filter { trial in
      trial.isFeasible && trial.values.count == signs.count
        && trial.values.allSatisfy(\.isFinite)
    }
    guard done.count > 1, signs.count <= 4 else { return nil }
    let points = done.map { zip($0.values, signs).map { $0 * $1 } }
    // The reference is the worst value of each objective, and a tenth of its range beyond.
    let reference = signs.indices.map { index in
      let values = points.map { $0[index] }
      let high = values.max() ?? 0
      return high + 0.1 * max(high - (values.min() ?? 0), 1e-9)
    }
    let counts = Array(1...points.count).thinned(to: 200)
    let volumes = counts.map {
      Hypervolume.volume(Array(points.prefix($0)), reference: reference)
    }
    var plot = Plot(
      .init(height: 260), x: { Axis(1, Double(points.count), from: $0, to: $1) },
      y: { Axis(0, 1.04 * (volumes.last ?? 1), from: $0, to: $1) },
      xTitle: "complete trials", yTitle: "hypervolume (more is better)", yTicks: 5)
    let line = zip(counts, volumes).map {
      (x: plot.x.pixel(Double($0)), y: plot.y.pixel($1))
    }
    plot.drawing.path(line.polyline, "stroke best wide")
    return Section(
      title: "Hypervolume", content: plot.drawing.svg("dominated hypervolume by trials"),
      note: "Dominated volume up to a point a tenth of the range beyond the worst values.")
  }
}
