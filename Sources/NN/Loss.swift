public import Configuration

/// What training makes small, with Keras' names and definitions.
///
/// The loss of a row is the mean over its outputs (cross-entropies: over its positions, each of
/// which is one distribution along the last axis); the loss of a batch is the mean over its rows.
public struct Loss: Sendable, Equatable {
  /// The losses by their names.
  public enum Function: String, Sendable, CaseIterable {
    /// -log p[class], the target being the class's number.
    case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
    /// -sum y log p.
    case categoricalCrossentropy = "categorical_crossentropy"
    /// -(y log p + (1 - y) log(1 - p)).
    case binaryCrossentropy = "binary_crossentropy"
    /// (p - y)^2.
    case meanSquaredError = "mean_squared_error"
    /// |p - y|.
    case meanAbsoluteError = "mean_absolute_error"
    /// (p - y)^2 / 2, and delta (|p - y| - delta / 2) beyond delta.
    case huber
  }

  /// Which loss.
  public let function: Function
  /// Where Huber's function turns from a square to a line.
  public let delta: Double

  /// Chooses a loss; `delta` matters to Huber's only.
  public init(_ function: Function, delta: Double = 1) {
    precondition(delta > 0, "huber needs a delta above 0, not \(delta)")
    self.function = function
    self.delta = function == .huber ? delta : 1
  }

  private static let shortNames = ["mse": "mean_squared_error", "mae": "mean_absolute_error"]

  /// Reads a name, alone or with options: `mse`, `huber: {delta: 2}`.
  public init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    guard let function = Function(rawValue: Self.shortNames[named.name] ?? named.name) else {
      throw named.unknown(
        "loss", among: Function.allCases.map(\.rawValue) + Self.shortNames.keys.sorted())
    }
    let delta = function == .huber ? try named.options.positive("delta", default: 1) : 1
    try named.options.finish()
    self.init(function, delta: delta)
  }

  /// The name, with its option when that is not the default.
  public var value: Value {
    delta == 1
      ? Value(.string(function.rawValue))
      : [function.rawValue: ["delta": Value(.number(delta))] as Value]
  }

  /// The loss as Keras' `training_config` has it, readable by Keras 2 and 3.
  public var kerasConfig: Value {
    delta == 1
      ? Value(.string(function.rawValue))
      : ["class_name": "Huber", "config": ["delta": Value(.number(delta))] as Value]
  }

  /// Whether targets are class numbers instead of one number per output.
  public var isSparse: Bool { function == .sparseCategoricalCrossentropy }

  /// The floats of one row's target for a network of the output shape `shape`.
  public func targetCount(outputShape shape: [Int]) -> Int {
    shape.reduce(1, *) / (isSparse ? shape.last ?? 1 : 1)
  }

  /// Whether the loss is computed from the input of `activation`, exactly for any logit.
  func takesOver(_ activation: Activation) -> Bool {
    switch function {
    case .sparseCategoricalCrossentropy, .categoricalCrossentropy: activation.function == .softmax
    case .binaryCrossentropy: activation.function == .sigmoid
    default: false
    }
  }

  /// Whether the loss compares distributions along the last axis.
  public var isCategorical: Bool {
    function == .sparseCategoricalCrossentropy || function == .categoricalCrossentropy
  }
}
