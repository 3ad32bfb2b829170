public import Configuration

/// The augmentation `shift`: moves an image by whole pixels, each number of them equally likely.
public struct Shift: Augmentation {
  /// `shift`.
  public static let name = "shift"
  /// The most pixels up or down.
  public let rows: Int
  /// The most pixels to the left or right.
  public let columns: Int
  /// What comes in at the edges.
  private let edge: ImageEdge

  /// Makes the augmentation; `fill` comes in at the edges, in the file's units.
  public init(rows: Int, columns: Int, fill: Float = 0) {
    precondition(rows >= 0 && columns >= 0, "\(rows) rows, \(columns) columns")
    (self.rows, self.columns, edge) = (rows, columns, .constant(fill))
  }

  /// Takes `pixels`, or `rows` and `columns`, and `edge` and `fill`.
  public init(options: inout Options) throws(ConfigurationError) {
    let range = 0...Int(Int32.max)
    if options.contains("rows") || options.contains("columns") {
      rows = try options.int("rows", default: 0, in: range)
      columns = try options.int("columns", default: 0, in: range)
    } else {
      rows = try options.int("pixels", in: range)
      columns = rows
    }
    guard rows > 0 || columns > 0 else {
      throw options.error(
        "nothing is shifted by 0 pixels: give 1 or more, or leave the shift out", "pixels")
    }
    edge = try ImageEdge(options: &options)
  }

  /// `rows`, `columns`, `edge` and `fill`.
  public var value: Value {
    Value(
      .map(
        [.init("rows", Value(.int(rows))), .init("columns", Value(.int(columns)))] + edge.entries))
  }

  /// Throws where nothing of an image might be left.
  public func check(_ form: ImageForm) throws(PipelineError) {
    guard rows < form.rows, columns < form.columns else {
      throw PipelineError(
        "pipeline.augment: shift by up to \(rows) row(s) and \(columns) column(s) leaves nothing of images "
          + "of \(form.rows) x \(form.columns): shift by less")
    }
  }

  /// Moves the image; draws two numbers.
  public func apply(
    to image: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    _ form: ImageForm, _ draw: inout RowDraw
  ) {
    let down = draw.below(2 * rows + 1) - rows
    let right = draw.below(2 * columns + 1) - columns
    form.move(image, down: down, right: right, edge, scratch: scratch)
  }
}
