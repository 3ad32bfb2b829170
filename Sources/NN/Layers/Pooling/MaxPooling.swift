/// The largest number of each window over a sequence.
public struct MaxPooling1D: PoolingConfiguration {
  /// `max_pooling1d`.
  public static let name = "max_pooling1d"
  /// `MaxPooling1D`.
  public static let kerasClass = "MaxPooling1D"
  /// 1.
  public static let placeAxes = 1
  /// Yes.
  public static let takesLargest = true
  /// The windows.
  public var window: PoolingWindow
  /// Describes the layer.
  public init(_ window: PoolingWindow) { self.window = window }
}

/// The largest number of each window over an image.
public struct MaxPooling2D: PoolingConfiguration {
  /// `max_pooling2d`.
  public static let name = "max_pooling2d"
  /// `MaxPooling2D`.
  public static let kerasClass = "MaxPooling2D"
  /// 2.
  public static let placeAxes = 2
  /// Yes.
  public static let takesLargest = true
  /// The windows.
  public var window: PoolingWindow
  /// Describes the layer.
  public init(_ window: PoolingWindow) { self.window = window }
}

/// The largest number of each window over a volume.
public struct MaxPooling3D: PoolingConfiguration {
  /// `max_pooling3d`.
  public static let name = "max_pooling3d"
  /// `MaxPooling3D`.
  public static let kerasClass = "MaxPooling3D"
  /// 3.
  public static let placeAxes = 3
  /// Yes.
  public static let takesLargest = true
  /// The windows.
  public var window: PoolingWindow
  /// Describes the layer.
  public init(_ window: PoolingWindow) { self.window = window }
}
