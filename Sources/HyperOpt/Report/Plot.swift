internal import Configuration

/// A chart with a horizontal and a vertical axis: the frame that most of the report's pictures share.
struct Plot {
  var drawing: Drawing
  let x: Axis
  let y: Axis
  /// The inner area.
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// Where the inner area of a picture lies.
  struct Area {
    var width = 1000.0
    var height = 340.0
    var left = 70.0
    var right = 14.0
    var top = 28.0
    var bottom = 42.0
  }

  /// Draws grid, ticks and titles; the axes are made for the ends of the inner area.
  init(
    _ area: Area, x: (_ from: Double, _ to: Double) -> Axis,
    y: (_ from: Double, _ to: Double) -> Axis, xTitle: String, yTitle: String,
    xTicks: Int = 8, yTicks: Int = 6
  ) {
    drawing = Drawing(width: area.width, height: area.height)
    left = area.left
    right = area.width - area.right
    top = area.top
    bottom = area.height - area.bottom
    self.x = x(left, right)
    self.y = y(bottom, top)
    for tick in self.y.ticks(yTicks) {
      drawing.line(left, tick.pixel, right, tick.pixel, "grid")
      drawing.text(
        left - 7, tick.pixel + 4, tick.label.shortened(to: 11), anchor: .end, title: tick.label)
    }
    drawTicksBelow(xTicks)
    drawing.line(left, bottom, right, bottom, "axis")
    drawing.text((left + right) / 2, area.height - 6, xTitle, "title")
    drawing.text(left - 7 > 60 ? left : 8, 14, yTitle, "title", anchor: .start)
  }

  private mutating func drawTicksBelow(_ count: Int) {
    let ticks = x.ticks(count)
    // Labels must not touch: a character is about 6.6 pixels wide.
    let room = ticks.count > 1 ? (right - left) / Double(ticks.count) : right - left
    let characters = max(Int(room / 6.6) - 1, 4)
    var end = -Double.infinity
    for tick in ticks {
      drawing.line(tick.pixel, bottom, tick.pixel, bottom + 4, "axis")
      let isChoice = if case .choices = x.kind { true } else { false }
      let label = isChoice ? tick.label.shortened(to: characters) : tick.label
      let half = Double(label.count) * 3.3
      guard tick.pixel - half > end + 4 else { continue }
      let place = min(max(tick.pixel, half), drawing.width - half)
      end = place + half
      drawing.text(place, bottom + 18, label, title: tick.label)
    }
  }
}

/// The vertical scale of an objective: what to show when a few trials are far worse than the others.
struct ObjectiveScale {
  let low: Double
  let high: Double
  let isLogarithmic: Bool
  /// Whether some values are worse than the end of the axis.
  let isCut: Bool

  init(_ values: [Double], _ direction: Direction) {
    let finite = values.filter(\.isFinite).sorted()
    guard let least = finite.first, let most = finite.last else {
      (low, high, isLogarithmic, isCut) = (0, 1, false, false)
      return
    }
    if least > 0, most / least > 50 {
      (low, high, isLogarithmic, isCut) = (least / 1.2, most * 1.2, true, false)
      return
    }
    isLogarithmic = false
    var ends = (low: least, high: most)
    // The far end is the worst fifth's: cut it when it takes most of the room.
    if direction == .minimize, let usual = finite.quantile(0.8), most - usual > 2 * (usual - least)
    {
      ends.high = usual > least ? usual + (usual - least) : most
    } else if direction == .maximize, let usual = finite.quantile(0.2),
      usual - least > 2 * (most - usual)
    {
      ends.low = usual < most ? usual - (most - usual) : least
    }
    isCut = ends.low > least || ends.high < most
    let margin = 0.04 * (ends.high - ends.low)
    (low, high) = (ends.low - margin, ends.high + margin)
  }

  func axis(from: Double, to: Double) -> Axis {
    Axis(low, high, logarithmic: isLogarithmic, from: from, to: to)
  }

  /// A sentence for below the picture when the axis does not show all.
  var note: String {
    isCut ? " Values worse than the end of the axis are drawn at its edge." : ""
  }
}
