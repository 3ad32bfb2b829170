/// A type of numbers that data sets and attributes are read into and written from.
public protocol Element: BitwiseCopyable, Sendable {
  /// The same type in a file.
  static var elementType: ElementType { get }
  /// Zero, to fill memory before it is read into.
  static var zero: Self { get }
}

extension Float: Element {
  /// `float32`.
  public static var elementType: ElementType { .float32 }
}
extension Double: Element {
  /// `float64`.
  public static var elementType: ElementType { .float64 }
}
extension Int: Element {
  /// `int64`.
  public static var elementType: ElementType { .int64 }
}
extension Int64: Element {
  /// `int64`.
  public static var elementType: ElementType { .int64 }
}
extension Int32: Element {
  /// `int32`.
  public static var elementType: ElementType { .int32 }
}
extension Int16: Element {
  /// `int16`.
  public static var elementType: ElementType { .int16 }
}
extension Int8: Element {
  /// `int8`.
  public static var elementType: ElementType { .int8 }
}
extension UInt64: Element {
  /// `uint64`.
  public static var elementType: ElementType { .uint64 }
}
extension UInt32: Element {
  /// `uint32`.
  public static var elementType: ElementType { .uint32 }
}
extension UInt16: Element {
  /// `uint16`.
  public static var elementType: ElementType { .uint16 }
}
extension UInt8: Element {
  /// `uint8`.
  public static var elementType: ElementType { .uint8 }
}
