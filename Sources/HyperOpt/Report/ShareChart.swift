/// Rows of shares that add up to a whole, each row a bar of several colours.
package struct ShareChart: Sendable {
  /// The heading.
  package var title: String
  /// What the parts of a bar are, each with the number of its colour.
  package var parts: [(name: String, color: Int)]
  /// The bars from the top: a name, and a share (0 to 1) for each part.
  package var rows: [(name: String, shares: [Double])]
  /// Plain text below.
  package var note: String

  private static let rowLimit = 200

  /// Makes a chart.
  package init(
    title: String, parts: [(name: String, color: Int)], rows: [(name: String, shares: [Double])],
    note: String = ""
  ) {
    self.title = title
    self.parts = parts
    self.rows = rows
    self.note = note
  }

  /// The picture; nil without a row.
  var section: Section? {
    guard !rows.isEmpty else { return nil }
    let drawn = rows.thinned(to: Self.rowLimit)
    let height = drawn.count <= 24 ? 20.0 : 14
    var area = Plot.Area()
    area.left = 260
    area.height = Double(drawn.count) * height + area.top + area.bottom
    var plot = Plot(
      area, x: { Axis(0, 100, from: $0, to: $1) }, y: { Axis(0, 1, from: $0, to: $1) },
      xTitle: "percent", yTitle: "", yTicks: 0)
    for (index, row) in drawn.enumerated() {
      let y = plot.top + Double(index) * height
      var begin = 0.0
      for (part, share) in zip(parts, row.shares) where share > 0 {
        let (from, to) = (plot.x.pixel(100 * begin), plot.x.pixel(100 * (begin + share)))
        begin += share
        plot.drawing.rectangle(
          from, y + 1, to - from, height - 3, "bar c\(part.color % CurveChart.colorCount)",
          title: "\(row.name): \(part.name) \((100 * share).fixed(1)) %")
      }
      plot.drawing.text(
        plot.left - 7, y + height / 2 + 3, row.name.shortened(to: 38), anchor: .end,
        title: row.name)
    }
    let left = drawn.count < rows.count ? "\(drawn.count) of \(rows.count) rows are drawn. " : ""
    return Section(
      title: title, content: plot.drawing.svg(title),
      legend: parts.map { ("c\($0.color % CurveChart.colorCount)", $0.name) }, note: left + note)
  }
}
