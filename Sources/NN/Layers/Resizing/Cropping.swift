/// Cuts the borders off a sequence.
public struct Cropping1D: BorderConfiguration {
  /// `cropping1d`.
  public static let name = "cropping1d"
  /// `Cropping1D`.
  public static let kerasClass = "Cropping1D"
  /// 1.
  public static let placeAxes = 1
  /// `cropping`.
  public static let key = "cropping"
  /// No.
  public static let adds = false
  /// 1.
  public static let fallback = 1
  /// For each axis how much before and how much behind.
  public var borders: [[Int]]
  /// Describes the layer; `borders` has a pair for each axis, before and behind.
  public init(borders: [[Int]]) {
    self.borders = Self.checked(borders)
  }
}

/// Cuts the borders off an image.
public struct Cropping2D: BorderConfiguration {
  /// `cropping2d`.
  public static let name = "cropping2d"
  /// `Cropping2D`.
  public static let kerasClass = "Cropping2D"
  /// 2.
  public static let placeAxes = 2
  /// `cropping`.
  public static let key = "cropping"
  /// No.
  public static let adds = false
  /// 0.
  public static let fallback = 0
  /// For each axis how much before and how much behind.
  public var borders: [[Int]]
  /// Describes the layer; `borders` has a pair for each axis, before and behind.
  public init(borders: [[Int]]) {
    self.borders = Self.checked(borders)
  }
}

/// Cuts the borders off a volume.
public struct Cropping3D: BorderConfiguration {
  /// `cropping3d`.
  public static let name = "cropping3d"
  /// `Cropping3D`.
  public static let kerasClass = "Cropping3D"
  /// 3.
  public static let placeAxes = 3
  /// `cropping`.
  public static let key = "cropping"
  /// No.
  public static let adds = false
  /// 1.
  public static let fallback = 1
  /// For each axis how much before and how much behind.
  public var borders: [[Int]]
  /// Describes the layer; `borders` has a pair for each axis, before and behind.
  public init(borders: [[Int]]) {
    self.borders = Self.checked(borders)
  }
}
