internal import Configuration

/// What stands outside of an image, where one looks beyond its edge.
enum ImageEdge: Sendable, Equatable {
  /// One number, `fill`.
  case constant(Float)
  /// The nearest pixel of the image.
  case nearest
  /// The image mirrored at its outermost pixels, which are not repeated; NumPy's `reflect`.
  case reflect

  private static let names = ["constant", "nearest", "reflect"]

  /// Takes `edge` and, with `constant`, `fill`.
  init(options: inout Options) throws(ConfigurationError) {
    let name = try options.choice("edge", among: Self.names, default: "constant")
    let largest = Double(Float.greatestFiniteMagnitude)
    switch name {
    case "nearest": self = .nearest
    case "reflect": self = .reflect
    default:
      self = .constant(Float(try options.number("fill", default: 0, in: -largest...largest)))
      return
    }
    guard !options.contains("fill") else {
      throw options.error("edge: \(name) takes its pixels from the image: remove fill", "fill")
    }
  }

  /// The keys as the job file has them.
  var entries: [Value.Entry] {
    switch self {
    case .constant(let fill):
      [.init("edge", "constant"), .init("fill", Value(.number(Double(fill))))]
    case .nearest: [.init("edge", "nearest")]
    case .reflect: [.init("edge", "reflect")]
    }
  }

  /// The number outside, where it is one.
  var fill: Float {
    if case .constant(let fill) = self { fill } else { 0 }
  }

  /// Which of `count` places is seen at `place`, which is at most `count - 1` beyond the first or the
  /// last; nil: none, but `fill`.
  func place(_ place: Int, of count: Int) -> Int? {
    if (0..<count).contains(place) { return place }
    return switch self {
    case .constant: nil
    case .nearest: place < 0 ? 0 : count - 1
    case .reflect: place < 0 ? -place : 2 * (count - 1) - place
    }
  }
}
