internal import Configuration

/// The objective by each parameter alone.
struct SliceChart {
  let data: ReportData

  private static let pointLimit = 1000
  private static let parameterLimit = 24

  var section: Section? {
    let all = data.valued
    guard all.count > 1 else { return nil }
    let shown = all.thinned(to: Self.pointLimit)
    let scale = ObjectiveScale(all.map(\.value), data.direction)
    let parameters = data.parameters.prefix(Self.parameterLimit)
    let pictures = parameters.map { picture($0, shown, scale) }
    var note = "Parameters in the order of their importance."
    if shown.count < all.count { note += " \(shown.count) of \(all.count) trials are drawn." }
    if parameters.count < data.parameters.count {
      note += " \(parameters.count) of \(data.parameters.count) parameters are drawn."
    }
    return Section(
      title: "Slices", content: "<div class=\"grid3\">\(pictures.joined())</div>",
      legend: [("complete", "complete"), ("pruned", "pruned"), ("best", "best")],
      note: note + scale.note)
  }

  private func picture(
    _ parameter: Parameter, _ shown: [(trial: Trial, value: Double)], _ scale: ObjectiveScale
  ) -> String {
    let name = data.shortNames[parameter.name] ?? parameter.name
    var plot = Plot(
      .init(width: 330, height: 230, left: 58, right: 12, top: 24, bottom: 40),
      x: { Axis(parameter.distribution, from: $0, to: $1) },
      y: { scale.axis(from: $0, to: $1) }, xTitle: name.shortened(to: 40),
      yTitle: data.objectives[0], xTicks: 4, yTicks: 5)
    for (state, style) in [(Trial.State.pruned, "pruned"), (.complete, "complete")] {
      let points = shown.compactMap { entry -> (x: Double, y: Double)? in
        guard entry.trial.state == state, let value = entry.trial.parameters[parameter.name] else {
          return nil
        }
        return (plot.x.pixel(value) + jitter(entry.trial, plot.x), plot.y.pixel(entry.value))
      }
      plot.drawing.path(points.dots, "dot \(style)\(shown.count > 300 ? " many" : "")")
    }
    for trial in data.best {
      guard let place = trial.parameters[parameter.name], let value = trial.values.first else {
        continue
      }
      plot.drawing.circle(
        plot.x.pixel(place) + jitter(trial, plot.x), plot.y.pixel(value), radius: 4.5,
        "disc best", title: data.tooltip(trial))
    }
    return plot.drawing.svg("\(data.objectives[0]) by \(parameter.name)")
  }

  /// Choices are spread a little, so that trials do not hide each other.
  private func jitter(_ trial: Trial, _ axis: Axis) -> Double {
    guard case .choices(let names) = axis.kind else { return 0 }
    let room = abs(axis.to - axis.from) / Double(max(names.count, 1))
    let part = (Double(trial.number) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
    return (part - 0.5) * min(room * 0.5, 24)
  }
}
