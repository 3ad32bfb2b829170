public import Configuration

/// The augmentation `flip`: mirrors an image, left to right or upside down, with a probability.
public struct Flip: Augmentation {
  /// `flip`.
  public static let name = "flip"
  /// Whether the image is turned upside down, and not left to right.
  public let isVertical: Bool
  /// How likely an image is mirrored, 0 to 1.
  public let probability: Double

  /// Makes the augmentation.
  public init(isVertical: Bool = false, probability: Double = 0.5) {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    self.isVertical = isVertical
    self.probability = probability
  }

  /// Takes `direction` and `probability`.
  public init(options: inout Options) throws(ConfigurationError) {
    isVertical =
      try options.choice(
        "direction", among: ["horizontal", "vertical"], default: "horizontal") == "vertical"
    probability = try options.number("probability", default: 0.5, in: 0...1)
  }

  /// `direction` and `probability`.
  public var value: Value {
    [
      "direction": Value(.string(isVertical ? "vertical" : "horizontal")),
      "probability": Value(.number(probability)),
    ]
  }

  /// Mirrors the image, or leaves it; draws one number.
  public func apply(
    to image: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    _ form: ImageForm, _ draw: inout RowDraw
  ) {
    guard draw.uniform() < probability else { return }
    let width = form.columns * form.channels
    if isVertical {
      for row in 0..<form.rows / 2 {
        Self.swap(image + row * width, image + (form.rows - 1 - row) * width, width)
      }
    } else {
      for row in 0..<form.rows {
        let line = image + row * width
        for column in 0..<form.columns / 2 {
          Self.swap(
            line + column * form.channels, line + (form.columns - 1 - column) * form.channels,
            form.channels)
        }
      }
    }
  }

  private static func swap(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count { (a[index], b[index]) = (b[index], a[index]) }
  }
}
