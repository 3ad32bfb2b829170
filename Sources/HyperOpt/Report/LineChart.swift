private import Foundation
private import HDF5
internal import Configuration

/// Several lines over one pair of axes, as a picture in SVG that needs no other file, or on a page.
package struct LineChart: Sendable {
  /// One line.
  package struct Line: Sendable {
    /// What the legend calls it.
    package var name: String
    /// Its points, from left to right.
    package var points: [(x: Double, y: Double)]
    /// Whether it is drawn with dashes: a line to compare the others with.
    package var isReference: Bool

    /// Makes a line.
    package init(_ name: String, _ points: [(x: Double, y: Double)], isReference: Bool = false) {
      self.name = name
      self.points = points
      self.isReference = isReference
    }
  }

  private let title: String
  private let xTitle: String
  private let yTitle: String
  private let isLogarithmic: Bool
  private let lines: [Line]

  /// Makes a chart; `isLogarithmic` is for both axes, and needs values above 0.
  package init(
    title: String, xTitle: String, yTitle: String, isLogarithmic: Bool = false, lines: [Line]
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.isLogarithmic = isLogarithmic
    self.lines = lines
  }

  /// Writes the picture, or, for a name that ends with `.html`, a page around it.
  ///
  /// - Throws: `HDF5Error` (`io`) when the file cannot be written.
  package func write(to path: String) throws {
    let text = path.lowercased().hasSuffix(".html") ? html : svg
    try AtomicFile.replace(path) { temporary in
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    }
  }

  /// The picture as a page.
  package var html: String {
    let name = title.escapedForHTML
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>\(name)</title></head>
      <body style="max-width:1120px;margin:24px auto;font-family:system-ui,sans-serif">
      <h1 style="font-size:22px">\(name)</h1>
      \(svg)</body></html>

      """
  }

  /// The picture.
  package var svg: String {
    let points = lines.flatMap(\.points)
    let (left, right) = Self.ends(points.map(\.x))
    let (low, high) = Self.ends(points.map(\.y))
    var area = Plot.Area()
    area.height = max(440, Double(lines.count) * 20 + 90)
    area.right = 260
    area.left = 64
    let margin = isLogarithmic ? 0 : (high - low) * 0.04
    var plot = Plot(
      area, x: { Axis(left, right, logarithmic: isLogarithmic, from: $0, to: $1) },
      y: {
        Axis(
          isLogarithmic ? low / 1.2 : low - margin, isLogarithmic ? high * 1.2 : high + margin,
          logarithmic: isLogarithmic, from: $0, to: $1)
      }, xTitle: xTitle, yTitle: yTitle)
    for (index, line) in lines.enumerated() {
      let style = line.isReference ? "reference" : "line l\(index % Self.colors.count)"
      let places = line.points.map { (x: plot.x.pixel($0.x), y: plot.y.pixel($0.y)) }
      plot.drawing.path(places.polyline, style, title: line.name)
      let y = plot.top + 12 + Double(index) * 20
      plot.drawing.line(plot.right + 14, y - 4, plot.right + 38, y - 4, style)
      plot.drawing.text(
        plot.right + 44, y, line.name.shortened(to: 32), "key", anchor: .start, title: line.name)
    }
    return plot.drawing.file(title, style: Self.style)
  }

  private static func ends(_ values: [Double]) -> (Double, Double) {
    let finite = values.filter(\.isFinite)
    return (finite.min() ?? 0, finite.max() ?? 1)
  }

  // Okabe and Ito's colours, which colour-blind readers tell apart, and three more.
  private static let colors = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#8c6d31",
    "#444444",
  ]

  private static let style =
    """
    text{font:12px system-ui,sans-serif;fill:#5d6778}text.title,text.key{fill:#1b2230}
    text.title{font-size:13px}.grid{stroke:#e6e9ee}.axis{stroke:#98a2b3}
    .line{fill:none;stroke-width:2.2;stroke-linejoin:round}
    .reference{fill:none;stroke:#98a2b3;stroke-dasharray:5 4}
    """
    + colors.enumerated().map { "\n.l\($0){stroke:\($1)}" }.joined()
}
