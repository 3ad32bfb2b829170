public import Configuration

/// How a gradient changes the parameters, with Keras' names, option keys and formulas.
///
/// A kind gives its rule in `apply(_:)`; `update` puts around it what Keras' `BaseOptimizer` does for
/// every kind: accumulation, clipping, the learning rate's schedule and the average of the weights.
///
/// State is the caller's flat memory: slot s of parameter i is `state[s * count + i]`, 0 at first.
/// Behind the rule's slots come one for accumulated gradients and one for averages, where these are
/// switched on.
public protocol Optimizer: Sendable {
  /// The optimizer's name in a job file: `adam`.
  static var name: String { get }
  /// Other spellings of the name: `gradient_descent` for `sgd`.
  static var aliases: [String] { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// What every optimizer has: learning rate, clipping, averages, accumulation.
  var common: CommonOptions { get set }
  /// The rule's own options as the job file has them, defaults included.
  var ruleEntries: [Value.Entry] { get }
  /// Keras' class with the rule's own options, or the nearest class that Keras has.
  var kerasClass: KerasClass { get }
  /// The state floats that the rule keeps of one parameter.
  var ruleSlotCount: Int { get }
  /// Whether each parameter's change follows from its own gradient and state alone, so that the
  /// parameters may be changed part by part.
  var isElementwise: Bool { get }
  /// Whether each update computes the parameters anew from all gradients, whatever they are: what else has
  /// changed them since the last one is lost.
  var recomputesParameters: Bool { get }
  /// What the state means: optimizers with equal words can go on with each other's state.
  var stateLayout: String { get }
  /// Changes the parameters and the rule's state in place.
  func apply(_ update: OptimizerUpdate)
}

/// A class of Keras with the options that only this class has.
public struct KerasClass: Sendable {
  /// The class's name: `SGD`.
  public let name: String
  /// Its options, without those of every optimizer.
  public let options: [Value.Entry]

  /// Names a class.
  public init(_ name: String, _ options: [Value.Entry]) {
    self.name = name
    self.options = options
  }
}

extension Optimizer {
  /// None.
  public static var aliases: [String] { [] }

  /// No.
  public var recomputesParameters: Bool { false }

  /// The rule's name and slots, with those behind them.
  public var stateLayout: String { layout(Self.name) }

  func layout(_ rule: String) -> String {
    "\(rule) \(ruleSlotCount)\(common.accumulationStepCount > 1 ? " accumulated" : "")"
      + (common.average == nil ? "" : " averaged")
  }

  /// The options as the job file has them, defaults included.
  ///
  /// What is switched off is left out.
  public var value: Value {
    Value(.map([.init("learning_rate", common.learningRate.value)] + ruleEntries + common.entries))
  }

  /// The name with the options: what `OptimizerRegistry` reads.
  public var namedValue: Value { Value(.map([.init(Self.name, value)])) }

  /// The class and configuration of Keras' `training_config`.
  ///
  /// A schedule that Keras has no class for is written as its base rate.
  public var kerasConfig: Value {
    let keras = kerasClass
    let rate = common.learningRate
    let head: [Value.Entry] = [
      .init("name", Value(.string(keras.name))),
      .init("learning_rate", rate.kerasValue(stepCount: common.stepCount)),
    ]
    return [
      "class_name": Value(.string(keras.name)),
      "config": Value(.map(head + keras.options + common.kerasEntries)),
    ]
  }

  /// The size of a step; of a schedule its base rate.
  ///
  /// Setting it takes a schedule away.
  public var learningRate: Double {
    get { common.learningRate.base }
    set { common.learningRate = LearningRate(newValue) }
  }

  /// The state floats of one parameter.
  public var slotCount: Int { ruleSlotCount + common.slotCount }
}
