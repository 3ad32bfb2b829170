/// Builds a stack of layers from statements, with `if` and `for` among them.
@resultBuilder
public enum LayerBuilder {
  /// One layer.
  public static func buildExpression(_ layer: any LayerConfiguration) -> [NamedLayer] {
    [NamedLayer(nil, layer)]
  }
  /// One layer with its name and wiring.
  public static func buildExpression(_ layer: NamedLayer) -> [NamedLayer] { [layer] }
  /// Layers from elsewhere.
  public static func buildExpression(_ layers: [NamedLayer]) -> [NamedLayer] { layers }
  /// One after the other.
  public static func buildBlock(_ parts: [NamedLayer]...) -> [NamedLayer] { parts.flatMap { $0 } }
  /// A part that may be missing.
  public static func buildOptional(_ part: [NamedLayer]?) -> [NamedLayer] { part ?? [] }
  /// The one part.
  public static func buildEither(first part: [NamedLayer]) -> [NamedLayer] { part }
  /// The other part.
  public static func buildEither(second part: [NamedLayer]) -> [NamedLayer] { part }
  /// Repetitions.
  public static func buildArray(_ parts: [[NamedLayer]]) -> [NamedLayer] { parts.flatMap { $0 } }
}

extension Network {
  /// A stack of layers for samples of the shape `inputShape`.
  ///
  /// ```swift
  /// let network = try Network(inputShape: [28, 28]) {
  ///   Flatten()
  ///   for _ in 0..<2 { Dense(units: 256, activation: .relu) }
  ///   Dense(units: 10, activation: .softmax)
  /// }
  /// ```
  /// - Throws: `NetworkError` that names the layer whose shape does not fit.
  public init(
    name: String = "sounder", inputShape: [Int], @LayerBuilder _ layers: () -> [NamedLayer]
  ) throws(NetworkError) {
    try self.init(name: name, inputShape: inputShape, layers: layers())
  }
}
