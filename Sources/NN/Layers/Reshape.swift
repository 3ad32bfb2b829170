public import Configuration

/// Gives its input another shape of as many numbers.
///
/// Costs nothing.
public struct Reshape: LayerConfiguration {
  /// `reshape`.
  public static let name = "reshape"
  /// `Reshape`.
  public static let kerasClass = "Reshape"
  /// The new shape; at most one axis may be -1: as long as it must be.
  public var targetShape: [Int]

  /// Describes a layer that gives its input the shape `targetShape`.
  public init(_ targetShape: [Int]) { self.targetShape = targetShape }

  /// Reads `target_shape`.
  public init(options: inout Options) throws(ConfigurationError) {
    targetShape = try options.ints("target_shape", in: -1...Int(Int32.max))
    guard !targetShape.isEmpty, !targetShape.contains(0) else {
      throw options.error("axes must be -1 or at least 1", "target_shape")
    }
    guard targetShape.count(where: { $0 == -1 }) < 2 else {
      throw options.error("only one axis can be -1", "target_shape")
    }
  }

  /// The shape.
  public var value: Value {
    ["target_shape": Value(.list(targetShape.map { Value(.int($0)) }))]
  }

  /// Reads the configuration of Keras' `Reshape`, which has the same key.
  public init(keras: inout Options) throws(ConfigurationError) { try self.init(options: &keras) }

  /// Keras' `Reshape`.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    (
      Self.kerasClass,
      [.init("target_shape", Value(.list(targetShape.map { Value(.int($0)) })))]
    )
  }

  /// The target shape with its -1 resolved.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard let count = input.shapeCount else {
      throw NetworkError("an input of the shape \(input) has more numbers than can be counted")
    }
    let known = targetShape.filter { $0 != -1 }.shapeCount ?? 0
    let shape = targetShape.map { $0 == -1 && known > 0 ? count / known : $0 }
    guard shape.shapeCount == count, shape.allSatisfy({ $0 > 0 }) else {
      throw NetworkError(
        "the shape \(targetShape) cannot hold the \(count) numbers of an input of shape \(input)")
    }
    return shape
  }

  /// True.
  public var isView: Bool { true }

  /// Not called: a view is not compiled.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer { ViewLayer() }
}
