internal import Configuration

/// Each trial as a line through its parameters' values to its objective.
struct ParallelChart {
  let data: ReportData

  private static let lineLimit = 400
  private static let parameterLimit = 10

  var section: Section? {
    let all = data.valued.sorted {
      ($0.value * data.direction.sign, $0.trial.number)
        < ($1.value * data.direction.sign, $1.trial.number)
    }
    guard all.count > 1 else { return nil }
    // The best half of the lines, and the others thinned.
    let best = all.prefix(Self.lineLimit / 2)
    let shown = Array(best) + Array(all.dropFirst(best.count)).thinned(to: Self.lineLimit / 2)
    let parameters = Array(data.parameters.prefix(Self.parameterLimit))
    let scale = ObjectiveScale(all.map(\.value), data.direction)
    var drawing = Drawing(width: 1000, height: 380)
    let (top, bottom, inactive) = (52.0, 330.0, 356.0)
    let step = (1000 - 130.0) / Double(parameters.count)
    func x(_ index: Int) -> Double { 70 + Double(index) * step }
    let axes = parameters.map { Axis($0.distribution, from: bottom, to: top) }
    let objective = scale.axis(from: bottom, to: top)
    let ranks = ReportData.ranks(shown.map(\.value), data.direction)
    for (entry, rank) in zip(shown, ranks).reversed() {
      var points: [(x: Double, y: Double)] = []
      for (index, parameter) in parameters.enumerated() {
        let value = entry.trial.parameters[parameter.name]
        points.append((x(index), value.map(axes[index].pixel) ?? inactive))
      }
      points.append((x(parameters.count), objective.pixel(entry.value)))
      drawing.path(
        points.polyline, "stroke thread s\(rank)", title: data.tooltip(entry.trial))
    }
    for (index, parameter) in parameters.enumerated() {
      let short = data.shortNames[parameter.name] ?? parameter.name
      draw(&drawing, axes[index], x(index), index, short, parameter.name, step)
      if shown.contains(where: { $0.trial.parameters[parameter.name] == nil }) {
        drawing.text(x(index), inactive + 14, "not active", "small")
      }
    }
    draw(
      &drawing, objective, x(parameters.count), parameters.count, data.objectives[0],
      data.objectives[0], step)
    var note = "Dark lines (bright ones on a dark page) are the better trials."
    if shown.count < all.count { note += " \(shown.count) of \(all.count) trials are drawn." }
    if parameters.count < data.parameters.count {
      note += " The \(parameters.count) most important parameters are drawn."
    }
    return Section(
      title: "Parallel coordinates",
      content: drawing.svg("parallel coordinates of parameters and objective"),
      note: note + scale.note)
  }

  private func draw(
    _ drawing: inout Drawing, _ axis: Axis, _ x: Double, _ index: Int, _ name: String,
    _ full: String, _ step: Double
  ) {
    drawing.line(x, 52, x, 330, "axis")
    for tick in axis.ticks(5) {
      drawing.line(x - 3, tick.pixel, x, tick.pixel, "axis")
      drawing.text(
        x - 6, tick.pixel + 4, tick.label.shortened(to: max(Int(step / 8), 6)), "halo",
        anchor: .end, title: tick.label)
    }
    // Names of neighbours stand at two heights, so that they may be longer than the distance.
    let room = Int(min(2 * step, 2 * min(x, 1000 - x)) / 7)
    drawing.text(
      x, index % 2 == 0 ? 18 : 36, name.shortened(to: max(room, 6)), "title", title: full)
  }
}
