public import Configuration

/// How a gradient changes the parameters, with Keras' names, option keys and formulas.
///
/// State is the caller's flat memory: slot s of parameter i is `state[s * count + i]`, 0 at first.
public protocol Optimizer: Sendable {
  /// The optimizer's name in a job file: `adam`.
  static var name: String { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var value: Value { get }
  /// The class and configuration of Keras' `training_config`.
  var kerasConfig: Value { get }
  /// The state floats of one parameter.
  var slotCount: Int { get }
  /// The size of a step.
  var learningRate: Double { get set }
  /// Changes `count` parameters and their state in place.
  ///
  /// `step` is the number of this update, from 1.
  func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int)
}

/// All optimizers by name.
public enum OptimizerRegistry {
  /// Every kind of optimizer.
  ///
  /// The shared tests run over this list.
  public static let all: [any Optimizer.Type] = [
    SGD.self, Momentum.self, Nesterov.self, Adam.self, AdamW.self,
  ]

  /// Reads a name, alone or with options: `adam`, `sgd: {learning_rate: 0.1}`.
  public static func optimizer(
    _ value: Value, at keyPath: [String]
  ) throws(ConfigurationError) -> any Optimizer {
    try NamedOptions(value, at: keyPath).read("optimizer", as: all, name: { $0.name }) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}

extension Optimizer {
  /// The name with the options: what `OptimizerRegistry` reads.
  public var namedValue: Value { Value(.map([.init(Self.name, value)])) }
}
