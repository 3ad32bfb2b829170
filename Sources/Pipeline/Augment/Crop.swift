public import Configuration

/// The augmentation `crop`: pads an image on all sides and cuts a piece of the image's own size out of that,
/// at a random place.
///
/// - Source: torchvision's `RandomCrop(size, padding=padding)` for the size of the image itself.
public struct Crop: Augmentation {
  /// `crop`.
  public static let name = "crop"
  /// Pixels on each side, at least 1.
  public let padding: Int
  /// What the image is padded with.
  private let edge: ImageEdge

  /// Makes the augmentation; pads with the image's mirrored edge.
  public init(padding: Int) {
    precondition(padding > 0, "a padding of \(padding)")
    (self.padding, edge) = (padding, .reflect)
  }

  /// Takes `padding`, `edge` and `fill`.
  public init(options: inout Options) throws(ConfigurationError) {
    padding = try options.int("padding", in: 1...Int(Int32.max))
    edge = try ImageEdge(options: &options)
  }

  /// `padding`, `edge` and `fill`.
  public var value: Value {
    Value(.map([.init("padding", Value(.int(padding)))] + edge.entries))
  }

  /// Throws where nothing of an image might be left.
  public func check(_ form: ImageForm) throws(PipelineError) {
    guard padding < min(form.rows, form.columns) else {
      throw PipelineError(
        "pipeline.augment: crop with a padding of \(padding) leaves nothing of images of "
          + "\(form.rows) x \(form.columns): pad less")
    }
  }

  /// Cuts a piece out of the padded image; draws two numbers.
  public func apply(
    to image: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    _ form: ImageForm, _ draw: inout RowDraw
  ) {
    // A piece that begins at row p + k of the padded image shows the image moved up by k.
    let down = padding - draw.below(2 * padding + 1)
    let right = padding - draw.below(2 * padding + 1)
    form.move(image, down: down, right: right, edge, scratch: scratch)
  }
}
