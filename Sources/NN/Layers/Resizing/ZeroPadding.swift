/// Adds zeros around a sequence.
public struct ZeroPadding1D: BorderConfiguration {
  /// `zero_padding1d`.
  public static let name = "zero_padding1d"
  /// `ZeroPadding1D`.
  public static let kerasClass = "ZeroPadding1D"
  /// 1.
  public static let placeAxes = 1
  /// `padding`.
  public static let key = "padding"
  /// Yes.
  public static let adds = true
  /// 1.
  public static let fallback = 1
  /// For each axis how much before and how much behind.
  public var borders: [[Int]]
  /// Describes the layer; `borders` has a pair for each axis, before and behind.
  public init(borders: [[Int]]) {
    self.borders = Self.checked(borders)
  }
}

/// Adds zeros around an image.
public struct ZeroPadding2D: BorderConfiguration {
  /// `zero_padding2d`.
  public static let name = "zero_padding2d"
  /// `ZeroPadding2D`.
  public static let kerasClass = "ZeroPadding2D"
  /// 2.
  public static let placeAxes = 2
  /// `padding`.
  public static let key = "padding"
  /// Yes.
  public static let adds = true
  /// 1.
  public static let fallback = 1
  /// For each axis how much before and how much behind.
  public var borders: [[Int]]
  /// Describes the layer; `borders` has a pair for each axis, before and behind.
  public init(borders: [[Int]]) {
    self.borders = Self.checked(borders)
  }
}

/// Adds zeros around a volume.
public struct ZeroPadding3D: BorderConfiguration {
  /// `zero_padding3d`.
  public static let name = "zero_padding3d"
  /// `ZeroPadding3D`.
  public static let kerasClass = "ZeroPadding3D"
  /// 3.
  public static let placeAxes = 3
  /// `padding`.
  public static let key = "padding"
  /// Yes.
  public static let adds = true
  /// 1.
  public static let fallback = 1
  /// For each axis how much before and how much behind.
  public var borders: [[Int]]
  /// Describes the layer; `borders` has a pair for each axis, before and behind.
  public init(borders: [[Int]]) {
    self.borders = Self.checked(borders)
  }
}
