/// The mean of each window over a sequence.
public struct AveragePooling1D: PoolingConfiguration {
  /// `average_pooling1d`.
  public static let name = "average_pooling1d"
  /// `AveragePooling1D`.
  public static let kerasClass = "AveragePooling1D"
  /// 1.
  public static let placeAxes = 1
  /// No.
  public static let takesLargest = false
  /// The windows.
  public var window: PoolingWindow
  /// Describes the layer.
  public init(_ window: PoolingWindow) { self.window = window }
}

/// The mean of each window over an image.
public struct AveragePooling2D: PoolingConfiguration {
  /// `average_pooling2d`.
  public static let name = "average_pooling2d"
  /// `AveragePooling2D`.
  public static let kerasClass = "AveragePooling2D"
  /// 2.
  public static let placeAxes = 2
  /// No.
  public static let takesLargest = false
  /// The windows.
  public var window: PoolingWindow
  /// Describes the layer.
  public init(_ window: PoolingWindow) { self.window = window }
}

/// The mean of each window over a volume.
public struct AveragePooling3D: PoolingConfiguration {
  /// `average_pooling3d`.
  public static let name = "average_pooling3d"
  /// `AveragePooling3D`.
  public static let kerasClass = "AveragePooling3D"
  /// 3.
  public static let placeAxes = 3
  /// No.
  public static let takesLargest = false
  /// The windows.
  public var window: PoolingWindow
  /// Describes the layer.
  public init(_ window: PoolingWindow) { self.window = window }
}
