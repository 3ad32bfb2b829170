/// The shape of an image: rows of pixels, each of some channels.
public struct ImageForm: Sendable, Equatable {
  /// Rows, columns, and numbers of a pixel.
  public let rows, columns, channels: Int

  /// Reads the shape [rows, columns] or [rows, columns, channels].
  ///
  /// - Throws: `PipelineError` for another number of axes.
  public init(_ shape: [Int]) throws(PipelineError) {
    guard shape.count == 2 || shape.count == 3 else {
      throw PipelineError(
        "pipeline.augment needs images, rows of the shape [height, width] or [height, width, channels], "
          + "but a row of features has the shape \(shape): store images so, or leave augment out")
    }
    (rows, columns, channels) = (shape[0], shape[1], shape.count == 3 ? shape[2] : 1)
  }

  /// Reads the shape of images that `augmentations` are to change.
  ///
  /// - Throws: `PipelineError` for rows that are no images, and for images that are too small for one of them.
  init(_ shape: [Int], for augmentations: [any Augmentation]) throws(PipelineError) {
    try self.init(shape)
    for augmentation in augmentations { try augmentation.check(self) }
  }

  /// Numbers of an image.
  public var count: Int { rows * columns * channels }
}

extension ImageForm {
  /// Moves `image` down by `down` rows and to the right by `right` columns, negative ones up and left; what
  /// comes in is what `edge` says of the image before.
  ///
  /// `scratch` is room for an image.
  func move(
    _ image: UnsafeMutablePointer<Float>, down: Int, right: Int, _ edge: ImageEdge,
    scratch: UnsafeMutablePointer<Float>
  ) {
    if down == 0 && right == 0 { return }
    scratch.update(from: image, count: count)
    // The columns that come from within the image.
    let inner = max(0, right)..<max(max(0, right), min(columns, columns + right))
    for row in 0..<rows {
      let line = image + row * columns * channels
      guard let from = edge.place(row - down, of: rows) else {
        line.update(repeating: edge.fill, count: columns * channels)
        continue
      }
      let source = scratch + from * columns * channels
      func comesIn(_ column: Int) {
        let pixel = line + column * channels
        if let place = edge.place(column - right, of: columns) {
          pixel.update(from: source + place * channels, count: channels)
        } else {
          pixel.update(repeating: edge.fill, count: channels)
        }
      }
      for column in 0..<inner.lowerBound { comesIn(column) }
      (line + inner.lowerBound * channels).update(
        from: source + (inner.lowerBound - right) * channels, count: inner.count * channels)
      for column in inner.upperBound..<columns { comesIn(column) }
    }
  }
}
