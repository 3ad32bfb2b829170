private import Foundation
internal import Configuration

/// The objective over the two most important parameters, smoothed between the trials.
///
/// Colours are a kernel regression (Nadaraya, 1964; Watson, 1964) of the values' ranks on the
/// parameters' own scales: a picture to look at, not the model that the sampler uses.
struct ContourChart {
  let data: ReportData

  private static let cells = 48
  private static let pointLimit = 500

  var section: Section? {
    guard let (first, second) = pair else { return nil }
    let entries = data.valued.filter {
      $0.trial.parameters[first.name] != nil && $0.trial.parameters[second.name] != nil
    }
    guard entries.count >= 6 else { return nil }
    let ranks = ReportData.ranks(entries.map(\.value), data.direction)
    func name(_ parameter: Parameter) -> String {
      data.shortNames[parameter.name] ?? parameter.name
    }
    var plot = Plot(
      .init(width: 480, height: 400, left: 74), x: { Axis(first.distribution, from: $0, to: $1) },
      y: { Axis(second.distribution, from: $0, to: $1) }, xTitle: name(first).shortened(to: 50),
      yTitle: name(second).shortened(to: 50), xTicks: 5)
    let points = entries.map { entry in
      (
        x: plot.x.part(entry.trial.parameters[first.name] ?? 0, spreading: entry.trial.number),
        y: plot.y.part(entry.trial.parameters[second.name] ?? 0, spreading: entry.trial.number)
      )
    }
    let isExact = entries.count <= Self.pointLimit
    let used = isExact ? Array(points.indices) : Array(points.indices).thinned(to: Self.pointLimit)
    let field = used.map { (x: points[$0].x, y: points[$0].y, rank: Double(ranks[$0])) }
    drawField(&plot, field)
    for index in used.sorted(by: { ranks[$0] > ranks[$1] }) {
      let place = points[index]
      plot.drawing.circle(
        plot.left + place.x * (plot.right - plot.left),
        plot.bottom + place.y * (plot.top - plot.bottom), radius: 3, "spot f\(ranks[index])",
        title: data.tooltip(entries[index].trial))
    }
    return Section(
      title: "Contour of the two most important parameters",
      content: plot.drawing.svg("\(data.objectives[0]) by \(first.name) and \(second.name)"),
      legend: [("f0", "best eighth of the trials"), ("f4", "middle"), ("f7", "worst eighth")],
      note: "Colours show ranks of \(data.objectives[0]), smoothed; dots are trials.",
      isWide: false)
  }

  /// The two most important parameters that are active together in at least half of the trials, and
  /// of which neither decides whether the other is active.
  private var pair: (Parameter, Parameter)? {
    let trials = data.valued.map(\.trial.parameters)
    func isCommon(_ names: String...) -> Bool {
      2 * trials.count { trial in names.allSatisfy { trial[$0] != nil } } >= trials.count
    }
    let candidates = data.parameters.filter {
      ($0.distribution.count ?? 2) > 1 && isCommon($0.name)
    }
    for (index, first) in candidates.enumerated() {
      for second in candidates.dropFirst(index + 1) where isCommon(first.name, second.name) {
        let isParent =
          first.conditions.contains { $0.parameter == second.name }
          || second.conditions.contains { $0.parameter == first.name }
        if !isParent { return (first, second) }
      }
    }
    return nil
  }

  private func drawField(_ plot: inout Plot, _ points: [(x: Double, y: Double, rank: Double)]) {
    let width = 0.35 * pow(Double(points.count), -1.0 / 6)
    let count = Self.cells
    let cell = (
      x: (plot.right - plot.left) / Double(count), y: (plot.bottom - plot.top) / Double(count)
    )
    for row in 0..<count {
      var start = 0
      var previous = -1
      for column in 0...count {
        var level = -2
        if column < count {
          let x = (Double(column) + 0.5) / Double(count)
          let y = (Double(row) + 0.5) / Double(count)
          var (sum, weights) = (3.5e-3, 1e-3)
          for point in points {
            let dx = plot.x.distance(point.x, x) / width
            let dy = plot.y.distance(point.y, y) / width
            let weight = exp(-0.5 * (dx * dx + dy * dy))
            sum += weight * point.rank
            weights += weight
          }
          level = min(max(Int((sum / weights).rounded()), 0), 7)
        }
        guard level != previous else { continue }
        if previous >= 0 {
          // A little overlap hides the seams between cells.
          plot.drawing.rectangle(
            plot.left + Double(start) * cell.x, plot.bottom - Double(row + 1) * cell.y,
            Double(column - start) * cell.x + 0.3, cell.y + 0.3, "cell f\(previous)")
        }
        (start, previous) = (column, level)
      }
    }
  }
}

extension Axis {
  /// The place of a value in 0...1; choices are spread a little, so that trials do not hide each other.
  fileprivate func part(_ value: Double, spreading number: Int) -> Double {
    let part = (pixel(value) - from) / (to - from)
    guard case .choices(let names) = kind else { return part }
    let offset = (Double(number) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) - 0.5
    return part + 0.6 * offset / Double(max(names.count, 1))
  }

  /// How far apart two places are; different choices have nothing to do with each other.
  fileprivate func distance(_ a: Double, _ b: Double) -> Double {
    guard case .choices(let names) = kind else { return a - b }
    let count = Double(max(names.count, 1))
    return Int(a * count) == Int(b * count) ? 0 : 10
  }
}
