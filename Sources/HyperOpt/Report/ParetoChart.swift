internal import Configuration

/// Two objectives against each other, and the trials that no other one dominates.
struct ParetoChart {
  let data: ReportData

  var sections: [Section] {
    guard data.history.directions.count > 1 else { return [] }
    return (1..<min(data.history.directions.count, 4)).map(section)
  }

  private func section(_ second: Int) -> Section {
    let done = data.trials.filter { $0.state == .complete && $0.values.count > second }
    let front = Set(data.best.map(\.number))
    let directions = data.history.directions
    let xScale = ObjectiveScale(done.map { $0.values[0] }, directions[0])
    let yScale = ObjectiveScale(done.map { $0.values[second] }, directions[second])
    var plot = Plot(
      .init(height: 420), x: { xScale.axis(from: $0, to: $1) },
      y: { yScale.axis(from: $0, to: $1) }, xTitle: data.title(of: 0),
      yTitle: data.title(of: second))
    func point(_ trial: Trial) -> (x: Double, y: Double) {
      (plot.x.pixel(trial.values[0]), plot.y.pixel(trial.values[second]))
    }
    let others = done.filter { !front.contains($0.number) }.thinned(to: 2000)
    plot.drawing.path(others.filter(\.isFeasible).map(point).dots, "dot complete")
    for trial in others where !trial.isFeasible {
      let place = point(trial)
      plot.drawing.circle(place.x, place.y, radius: 3, "ring")
    }
    let best = data.best.filter { $0.values.count > second }
      .sorted { $0.values[0] < $1.values[0] }
    if directions.count == 2 { plot.drawing.path(best.map(point).polyline, "stroke best thin") }
    for trial in best {
      let place = point(trial)
      plot.drawing.circle(place.x, place.y, radius: 5, "disc best", title: data.tooltip(trial))
    }
    return Section(
      title: "Pareto front: \(data.objectives[0]) and \(data.objectives[second])",
      content: plot.drawing.svg("Pareto front"),
      legend: [("best", "not dominated"), ("complete", "dominated")],
      note: xScale.note.isEmpty ? yScale.note : xScale.note)
  }
}
