internal import Configuration

/// The reports of all trials by step.
struct LearningCurveChart {
  let data: ReportData

  private static let curveLimit = 400
  private static let pointLimit = 80

  var section: Section? {
    let all = data.trials.filter { $0.reports.count > 1 }
    guard let lastStep = all.compactMap({ $0.reports.last?.step }).max(),
      let firstStep = all.compactMap({ $0.reports.first?.step }).min(), lastStep > firstStep
    else { return nil }
    let best = Set(data.best.map(\.number))
    let others = all.filter { !best.contains($0.number) }.thinned(to: Self.curveLimit)
    let scale = ObjectiveScale(
      all.thinned(to: 2000).flatMap { $0.reports.thinned(to: 20).map(\.value) }, data.direction)
    var plot = Plot(
      .init(), x: { Axis(Double(firstStep), Double(lastStep), from: $0, to: $1) },
      y: { scale.axis(from: $0, to: $1) }, xTitle: "step",
      yTitle: data.title(of: 0))
    for state in [Trial.State.pruned, .failed, .running, .complete] {
      for trial in others where trial.state == state {
        draw(trial, "stroke curve \(trial.stateName)", &plot)
      }
    }
    for trial in all where best.contains(trial.number) { draw(trial, "stroke best wide", &plot) }
    var note = scale.note
    if others.count + best.count < all.count {
      note = " \(others.count + best.count) of \(all.count) curves are drawn." + note
    }
    let states = Set(all.map(\.state))
    var legend = [("line best", "best"), ("line complete", "complete")]
    if states.contains(.pruned) { legend.append(("line pruned", "pruned")) }
    if states.contains(.failed) { legend.append(("line failed", "failed")) }
    if states.contains(.running) { legend.append(("line running", "running")) }
    return Section(
      title: "Learning curves", content: plot.drawing.svg("reports of all trials by step"),
      legend: legend, note: note)
  }

  private func draw(_ trial: Trial, _ style: String, _ plot: inout Plot) {
    let reports = trial.reports.filter { $0.value.isFinite }.thinned(to: Self.pointLimit)
    let points = reports.map {
      (x: plot.x.pixel(Double($0.step)), y: plot.y.pixel($0.value))
    }
    guard let end = points.last else { return }
    plot.drawing.path(points.polyline, style, title: data.tooltip(trial))
    if trial.state == .pruned { plot.drawing.path([end].dots, "dot end pruned") }
  }
}
