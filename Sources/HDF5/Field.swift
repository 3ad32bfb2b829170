/// A field of the records of a compound data set.
public struct Field: Sendable, Hashable {
  /// The field's name.
  public let name: String
  /// The type of its numbers, or what else it holds, in words.
  public let elementType: ElementType
  /// The count along each axis of a field that is an array; `[]` for one number.
  public let shape: [Int]

  /// How many numbers the field has.
  public var count: Int { shape.reduce(1, *) }
}
