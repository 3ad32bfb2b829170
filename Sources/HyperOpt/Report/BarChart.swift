/// Small pictures of bars side by side, all on one scale.
package struct BarChart: Sendable {
  /// One picture.
  package struct Picture: Sendable {
    /// What it is of.
    package var name: String
    /// Its bars from the left: what each is of, and how long it is.
    package var bars: [(label: String, value: Double)]
    /// The number of its colour.
    package var color: Int

    /// Makes a picture.
    package init(name: String, bars: [(label: String, value: Double)], color: Int) {
      self.name = name
      self.bars = bars
      self.color = color
    }
  }

  /// The heading.
  package var title: String
  /// What the axes are of.
  package var xTitle: String
  package var yTitle: String
  /// The pictures.
  package var pictures: [Picture]
  /// Plain text below.
  package var note: String

  private static let pictureLimit = 60

  /// Makes a chart.
  package init(
    title: String, xTitle: String, yTitle: String, pictures: [Picture], note: String = ""
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.pictures = pictures
    self.note = note
  }

  /// The pictures; nil without one.
  var section: Section? {
    let some = pictures.filter { !$0.bars.isEmpty }
    guard !some.isEmpty else { return nil }
    let drawn = some.thinned(to: Self.pictureLimit)
    let most = drawn.flatMap(\.bars).map(\.value).max() ?? 0
    let content = drawn.map { picture($0, most: max(most, 1e-9)) }
    let left =
      drawn.count < some.count ? "\(drawn.count) of \(some.count) pictures are drawn. " : ""
    return Section(
      title: title, content: "<div class=\"grid3\">\(content.joined())</div>", note: left + note)
  }

  private func picture(_ picture: Picture, most: Double) -> String {
    var plot = Plot(
      .init(width: 330, height: 200, left: 44, right: 12, top: 24, bottom: 40),
      x: { Axis(choices: picture.bars.map(\.label), from: $0, to: $1) },
      y: { Axis(0, most, from: $0, to: $1) }, xTitle: xTitle,
      yTitle: picture.name.shortened(to: 46), xTicks: picture.bars.count, yTicks: 4)
    let room = (plot.right - plot.left) / Double(picture.bars.count)
    let width = min(0.8 * room, 40)
    for (index, bar) in picture.bars.enumerated() where bar.value > 0 {
      let top = plot.y.pixel(bar.value)
      plot.drawing.rectangle(
        plot.x.pixel(Double(index)) - width / 2, top, width, plot.bottom - top,
        "bar c\(picture.color % CurveChart.colorCount)",
        title: "\(xTitle) \(bar.label): \(bar.value.text(significantDigits: 3)) \(yTitle)")
    }
    return plot.drawing.svg("\(picture.name): \(yTitle) by \(xTitle)")
  }
}
