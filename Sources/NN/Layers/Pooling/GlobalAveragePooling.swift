/// The mean of each channel of a sequence.
public struct GlobalAveragePooling1D: GlobalPoolingConfiguration {
  /// `global_average_pooling1d`.
  public static let name = "global_average_pooling1d"
  /// `GlobalAveragePooling1D`.
  public static let kerasClass = "GlobalAveragePooling1D"
  /// 1.
  public static let placeAxes = 1
  /// No.
  public static let takesLargest = false
  /// Whether the axes that are pooled stay, with one place.
  public var keepsAxes: Bool
  /// Describes the layer.
  public init(keepsAxes: Bool = false) { self.keepsAxes = keepsAxes }
}

/// The mean of each channel of an image.
public struct GlobalAveragePooling2D: GlobalPoolingConfiguration {
  /// `global_average_pooling2d`.
  public static let name = "global_average_pooling2d"
  /// `GlobalAveragePooling2D`.
  public static let kerasClass = "GlobalAveragePooling2D"
  /// 2.
  public static let placeAxes = 2
  /// No.
  public static let takesLargest = false
  /// Whether the axes that are pooled stay, with one place.
  public var keepsAxes: Bool
  /// Describes the layer.
  public init(keepsAxes: Bool = false) { self.keepsAxes = keepsAxes }
}

/// The mean of each channel of a volume.
public struct GlobalAveragePooling3D: GlobalPoolingConfiguration {
  /// `global_average_pooling3d`.
  public static let name = "global_average_pooling3d"
  /// `GlobalAveragePooling3D`.
  public static let kerasClass = "GlobalAveragePooling3D"
  /// 3.
  public static let placeAxes = 3
  /// No.
  public static let takesLargest = false
  /// Whether the axes that are pooled stay, with one place.
  public var keepsAxes: Bool
  /// Describes the layer.
  public init(keepsAxes: Bool = false) { self.keepsAxes = keepsAxes }
}
