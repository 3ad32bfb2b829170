public import Configuration

/// A random change of the images that a network is trained on, as the job file names it.
///
/// Images are as the file has them, before all stages; the change keeps their shape. It is part of training
/// alone: rows that validate, and those of `evaluate`, `predict` and `transform`, stay as they are.
public protocol Augmentation: Sendable {
  /// The name in a job file.
  static var name: String { get }

  /// Takes the change's keys from the job file.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them.
  var value: Value { get }
  /// Throws for images that are too small for the change.
  func check(_ form: ImageForm) throws(PipelineError)
  /// Changes one image of `form` in place.
  ///
  /// Allocates nothing.
  /// - Parameters:
  ///   - image: the image's numbers, row-major.
  ///   - scratch: room for as many.
  ///   - form: the shape.
  ///   - draw: where chance comes from; takes as many numbers whatever they are.
  func apply(
    to image: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    _ form: ImageForm, _ draw: inout RowDraw)
}

extension Augmentation {
  /// Every image will do.
  public func check(_ form: ImageForm) throws(PipelineError) {}
}

/// All kinds of augmentation, by name.
enum AugmentationRegistry {
  /// The kinds; a new one is registered by adding its type here.
  static let kinds: [any Augmentation.Type] = [Flip.self, Shift.self, Crop.self]

  /// The augmentation that one item of a job file's list stands for.
  static func augmentation(
    _ item: NamedOptions
  ) throws(ConfigurationError) -> any Augmentation {
    try item.read("augmentation", as: kinds, name: { $0.name }) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}
