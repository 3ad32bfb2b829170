public import Configuration

/// Makes one axis of all: [28, 28] becomes [784].
///
/// Costs nothing.
public struct Flatten: LayerConfiguration {
  /// `flatten`.
  public static let name = "flatten"
  /// `Flatten`.
  public static let kerasClass = "Flatten"

  /// Describes the layer.
  public init() {}

  /// Reads no options.
  public init(options: inout Options) throws(ConfigurationError) {}

  /// No options.
  public var value: Value { Value(.null) }

  /// Reads the configuration of Keras' `Flatten`.
  public init(keras: inout Options) throws(ConfigurationError) {
    _ = try keras.choice("data_format", among: ["channels_last"], default: "channels_last")
  }

  /// Keras' `Flatten`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (Self.kerasClass, [])
  }

  /// One axis.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard let count = input.shapeCount else {
      throw NetworkError("an input of the shape \(input) has more numbers than can be counted")
    }
    return [count]
  }

  /// True.
  public var isView: Bool { true }

  /// Not called: a view is not compiled.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer { ViewLayer() }
}

/// What a view compiles to: nothing.
final class ViewLayer: Layer {
  func forward(_ pass: Pass) {}
  func backward(_ pass: Pass) {}
}
