/// What an attribute holds.
public struct Attribute: Sendable {
  /// An attribute's elements in order.
  public enum Content: Sendable, Equatable {
    /// Texts.
    case strings([String])
    /// Whole numbers.
    case integers([Int])
    /// Numbers.
    case numbers([Double])
    /// Elements of a type that is not read.
    case other
  }

  /// The count along each axis; empty for a single element.
  public let shape: [Int]
  /// The type of the elements in the file.
  public let elementType: ElementType
  /// The elements.
  public let content: Content

  /// Makes an attribute's value.
  public init(shape: [Int], elementType: ElementType, content: Content) {
    self.shape = shape
    self.elementType = elementType
    self.content = content
  }
}
