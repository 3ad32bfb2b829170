/// Several curves over one pair of axes, each in a colour of its own.
package struct CurveChart: Sendable {
  /// One curve.
  package struct Series: Sendable {
    /// What it is of.
    package var name: String
    /// Its points, in order.
    package var points: [(x: Double, y: Double)]
    /// The number of its colour; those beyond the last begin anew.
    package var color: Int
    /// Whether it is drawn with gaps.
    package var isDashed: Bool

    /// Makes a curve.
    package init(name: String, points: [(x: Double, y: Double)], color: Int, isDashed: Bool = false)
    {
      self.name = name
      self.points = points
      self.color = color
      self.isDashed = isDashed
    }
  }

  /// The heading.
  package var title: String
  /// What the axes are of.
  package var xTitle: String
  package var yTitle: String
  /// Whether an axis is logarithmic, where its numbers allow it.
  package var isLogarithmic: (x: Bool, y: Bool)
  /// The curves.
  package var series: [Series]
  /// Plain text below.
  package var note: String

  /// The number of colours that curves have.
  package static let colorCount = 10

  /// Makes a chart.
  package init(
    title: String, xTitle: String, yTitle: String, series: [Series],
    isLogarithmic: (x: Bool, y: Bool) = (false, false), note: String = ""
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.series = series
    self.isLogarithmic = isLogarithmic
    self.note = note
  }

  /// The picture; nil without a point.
  var section: Section? {
    let drawn = series.map { series in
      var series = series
      series.points = series.points.filter { $0.x.isFinite && $0.y.isFinite }
      return series
    }.filter { !$0.points.isEmpty }
    let points = drawn.flatMap(\.points)
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let low = points.map(\.y).min(), let high = points.map(\.y).max()
    else { return nil }
    let margin = isLogarithmic.y ? 0 : 0.04 * (high - low)
    var plot = Plot(
      .init(), x: { Axis(left, right, logarithmic: isLogarithmic.x, from: $0, to: $1) },
      y: { Axis(low - margin, high + margin, logarithmic: isLogarithmic.y, from: $0, to: $1) },
      xTitle: xTitle, yTitle: yTitle)
    for series in drawn {
      let pixels = series.points.map { (x: plot.x.pixel($0.x), y: plot.y.pixel($0.y)) }
      let style = "c\(series.color % Self.colorCount)"
      plot.drawing.path(
        pixels.polyline, "stroke wide \(style)\(series.isDashed ? " thin" : "")",
        title: series.name)
      for (pixel, point) in zip(pixels, series.points) {
        plot.drawing.circle(
          pixel.x, pixel.y, radius: 3, "disc \(style)",
          title: "\(series.name): \(point.x.text(significantDigits: 5)), "
            + point.y.text(significantDigits: 5))
      }
    }
    return Section(
      title: title, content: plot.drawing.svg("\(yTitle) by \(xTitle)"),
      legend: drawn.map { ("line c\($0.color % Self.colorCount)", $0.name) }, note: note)
  }
}
