/// The largest number of each channel of a sequence.
public struct GlobalMaxPooling1D: GlobalPoolingConfiguration {
  /// `global_max_pooling1d`.
  public static let name = "global_max_pooling1d"
  /// `GlobalMaxPooling1D`.
  public static let kerasClass = "GlobalMaxPooling1D"
  /// 1.
  public static let placeAxes = 1
  /// Yes.
  public static let takesLargest = true
  /// Whether the axes that are pooled stay, with one place.
  public var keepsAxes: Bool
  /// Describes the layer.
  public init(keepsAxes: Bool = false) { self.keepsAxes = keepsAxes }
}

/// The largest number of each channel of an image.
public struct GlobalMaxPooling2D: GlobalPoolingConfiguration {
  /// `global_max_pooling2d`.
  public static let name = "global_max_pooling2d"
  /// `GlobalMaxPooling2D`.
  public static let kerasClass = "GlobalMaxPooling2D"
  /// 2.
  public static let placeAxes = 2
  /// Yes.
  public static let takesLargest = true
  /// Whether the axes that are pooled stay, with one place.
  public var keepsAxes: Bool
  /// Describes the layer.
  public init(keepsAxes: Bool = false) { self.keepsAxes = keepsAxes }
}

/// The largest number of each channel of a volume.
public struct GlobalMaxPooling3D: GlobalPoolingConfiguration {
  /// `global_max_pooling3d`.
  public static let name = "global_max_pooling3d"
  /// `GlobalMaxPooling3D`.
  public static let kerasClass = "GlobalMaxPooling3D"
  /// 3.
  public static let placeAxes = 3
  /// Yes.
  public static let takesLargest = true
  /// Whether the axes that are pooled stay, with one place.
  public var keepsAxes: Bool
  /// Describes the layer.
  public init(keepsAxes: Bool = false) { self.keepsAxes = keepsAxes }
}
