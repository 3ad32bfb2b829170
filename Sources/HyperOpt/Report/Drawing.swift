/// A picture in SVG that is being drawn; colours come from the page's style by class names.
struct Drawing {
  let width: Double
  let height: Double
  private var body = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// The picture with a description for those who cannot see it.
  func svg(_ description: String) -> String {
    """
    <svg viewBox="0 0 \(width.pixels) \(height.pixels)" role="img" \
    aria-label="\(description.escapedForHTML)">\(body)</svg>
    """
  }

  /// The picture as a file of its own, on white, with a style sheet in it.
  func file(_ description: String, style: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width.pixels) \(height.pixels)" \
    role="img" aria-label="\(description.escapedForHTML)"><style>\(style)</style>\
    <rect width="100%" height="100%" fill="#fff"/>\(body)</svg>

    """
  }

  /// A straight line.
  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    body += """
      <line class="\(style)" x1="\(x1.pixels)" y1="\(y1.pixels)" x2="\(x2.pixels)" \
      y2="\(y2.pixels)"/>
      """
  }

  /// A path; `title` is shown when a pointer rests on it.
  mutating func path(_ data: String, _ style: String, title: String? = nil) {
    guard !data.isEmpty else { return }
    close("<path class=\"\(style)\" d=\"\(data)\"", "path", title)
  }

  /// A disc.
  mutating func circle(
    _ x: Double, _ y: Double, radius: Double, _ style: String, title: String? = nil
  ) {
    close(
      "<circle class=\"\(style)\" cx=\"\(x.pixels)\" cy=\"\(y.pixels)\" r=\"\(radius.pixels)\"",
      "circle", title)
  }

  /// A rectangle.
  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String,
    title: String? = nil
  ) {
    close(
      """
      <rect class="\(style)" x="\(x.pixels)" y="\(y.pixels)" width="\(width.pixels)" \
      height="\(height.pixels)"
      """, "rect", title)
  }

  /// Where a text stands beside its point.
  enum Anchor: String {
    case start, middle, end
  }

  /// A text of one line.
  mutating func text(
    _ x: Double, _ y: Double, _ string: String, _ style: String = "label",
    anchor: Anchor = .middle, title: String? = nil
  ) {
    body += """
      <text class="\(style)" x="\(x.pixels)" y="\(y.pixels)" text-anchor="\(anchor.rawValue)">\
      \(string.escapedForHTML)
      """
    if let title, title != string { body += "<title>\(title.escapedForHTML)</title>" }
    body += "</text>"
  }

  private mutating func close(_ opening: String, _ tag: String, _ title: String?) {
    if let title {
      body += "\(opening)><title>\(title.escapedForHTML)</title></\(tag)>"
    } else {
      body += "\(opening)/>"
    }
  }
}

extension Double {
  /// A coordinate with one decimal place.
  var pixels: String {
    let tenths = Int((Swift.min(Swift.max(self, -1e6), 1e6) * 10).rounded())
    guard tenths % 10 != 0 else { return "\(tenths / 10)" }
    let digits = abs(tenths)
    return "\(tenths < 0 ? "-" : "")\(digits / 10).\(digits % 10)"
  }
}

extension [(x: Double, y: Double)] {
  /// The points as one SVG path of straight lines.
  var polyline: String {
    var text = ""
    for (index, point) in enumerated() {
      text += "\(index == 0 ? "M" : "L")\(point.x.pixels) \(point.y.pixels)"
    }
    return text
  }

  /// The points as dots: lines of no length with round ends, the shortest way to draw many.
  var dots: String { map { "M\($0.x.pixels) \($0.y.pixels)h0" }.joined() }
}

extension String {
  /// The text with the characters that HTML and SVG give a meaning replaced.
  var escapedForHTML: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\n", "\t": text += " "
      case "\u{0}"..."\u{1f}", "\u{7f}": text += "\u{fffd}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// At most `count` characters, the middle left out.
  func shortened(to count: Int) -> String {
    guard self.count > count, count > 3 else { return self }
    return "\(prefix(count / 2))…\(suffix(count - count / 2 - 1))"
  }
}
