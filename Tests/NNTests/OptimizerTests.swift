import Configuration
import Foundation
import NN
import Testing

/// Numbers of Keras 3 and TensorFlow, written by Tests/Reference/optimizers.py.
@Suite("Optimizers")
struct OptimizerTests {
  /// Three arrays in the flat buffer, as in the script.
  static let arrays = [0..<5, 5..<8, 8..<45]
  static let count = 45

  /// What 20 steps leave in the parameters; the state is followed by a number that must stay.
  static func run(
    _ text: String, steps: Int = 20, finalize: Bool = false,
    gradient change: (Int, inout [Float]) -> Void = { _, _ in }
  ) throws -> [Float] {
    var optimizer = try OptimizerRegistry.optimizer(try yaml(text), at: ["optimizer"])
    optimizer.common.prepare(arrays: arrays, stepCount: steps)
    var parameters = OptimizerNumbers.beginning.map { Float($0) }
    var state = [Float](repeating: 0, count: count * optimizer.slotCount + 1)
    state[count * optimizer.slotCount] = 42
    for t in 1...steps {
      var gradient = (0..<count).map {
        Float(sin(1.3 * Double(t) + Double($0)) * Double($0 % 7 + 1) * 0.3)
      }
      change(t, &gradient)
      optimizer.update(
        parameters: &parameters, gradient: &gradient, state: &state, count: count, step: t)
    }
    #expect(state[count * optimizer.slotCount] == 42, "the state is longer than slotCount says")
    if finalize {
      optimizer.finalize(parameters: &parameters, state: state, count: count, step: steps)
    }
    return parameters
  }

  // Single precision has 6e-8; 20 steps add the rounding of each, and rules that divide by a root of
  // squares double it. The float64 numbers are met to 4e-6, which is far below any wrong term.
  static func expectEqual(_ found: [Float], _ expected: [Double], _ text: String) {
    #expect(found.count == expected.count)
    for (index, (value, number)) in zip(found, expected).enumerated() {
      #expect(
        abs(Double(value) - number) <= 4e-6 * max(1, abs(number)),
        "\(text): parameter \(index) is \(value), not \(number)")
    }
  }

  @Test(
    "Twenty steps equal those of Keras 3 or TensorFlow", arguments: OptimizerNumbers.parameters)
  func parameters(_ text: String, _ expected: [Double]) throws {
    Self.expectEqual(try Self.run(text), expected, text)
  }

  @Test(
    "At the end of training the average of the weights takes their place, where it is asked for",
    arguments: OptimizerNumbers.finals)
  func finals(_ text: String, _ expected: [Double]) throws {
    Self.expectEqual(try Self.run(text, finalize: true), expected, text)
  }

  @Test(
    "Every optimizer of the registry has reference numbers, with its defaults and other options",
    arguments: OptimizerRegistry.all)
  func registry(_ type: any Optimizer.Type) {
    let texts = OptimizerNumbers.parameters.map(\.0)
    #expect(texts.contains(type.name), "add \(type.name) to optimizers.py")
    #expect(texts.contains { $0.hasPrefix(type.name + ":") }, "add \(type.name) with options")
  }

  @Test("Options written out read back the same", arguments: OptimizerNumbers.parameters.map(\.0))
  func roundTrip(_ text: String) throws {
    let optimizer = try OptimizerRegistry.optimizer(try yaml(text), at: [])
    let again = try OptimizerRegistry.optimizer(optimizer.namedValue, at: [])
    #expect(again.namedValue == optimizer.namedValue)
    #expect(again.slotCount == optimizer.slotCount)
    #expect(again.stateLayout == optimizer.stateLayout)
    #expect(again.kerasConfig == optimizer.kerasConfig)
  }

  @Test(
    "A gradient that is no number makes its parameter none, and no other of an element-wise rule",
    arguments: OptimizerRegistry.all)
  func divergence(_ type: any Optimizer.Type) throws {
    for options in ["{}", "{clipvalue: 0.5}", "{clipnorm: 0.5}", "{global_clipnorm: 0.5}"] {
      let found = try Self.run("\(type.name): \(options)", steps: 3) { t, gradient in
        if t == 2 { gradient[20] = .nan }
      }
      #expect(found[20].isNaN, "\(type.name): \(options)")
      // Another array is touched by the norm of all alone.
      #expect(found[2].isNaN == options.contains("global"), "\(type.name): \(options)")
    }
  }

  @Test("A gradient of zeros moves nothing but by decay", arguments: OptimizerRegistry.all)
  func rest(_ type: any Optimizer.Type) throws {
    let found = try Self.run(type.name, steps: 5) { _, gradient in
      for i in gradient.indices { gradient[i] = 0 }
    }
    #expect(found.allSatisfy { $0.isFinite })
    if type is AdagradDA.Type || type is FTRL.Type { return }  // these forget where they began
    for (value, number) in zip(found, OptimizerNumbers.beginning) {
      #expect(abs(Double(value) - number) < 1e-3)
    }
  }

  @Test(
    "SparkFlow's names and option keys are the same optimizers as ours",
    arguments: [
      ("gradient_descent: {learning_rate: 0.3, use_locking: false}", "sgd: {learning_rate: 0.3}"),
      (
        "adam: {learning_rate: 0.001, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, use_locking: false}",
        "adam: {beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8}"
      ),
      (
        "rmsprop: {decay: 0.8, momentum: 0.1, epsilon: 1e-10, use_locking: false, centered: true}",
        "rmsprop: {rho: 0.8, momentum: 0.1, epsilon: 1e-10, centered: true}"
      ),
      (
        "momentum: {momentum: 0.8, use_locking: false, use_nesterov: true}",
        "momentum: {momentum: 0.8, nesterov: true}"
      ),
      (
        "adadelta: {rho: 0.9, epsilon: 1e-8, use_locking: false}",
        "adadelta: {rho: 0.9, epsilon: 1e-8}"
      ),
      (
        "adagrad: {initial_accumulator: 0.3, use_locking: false}",
        "adagrad: {initial_accumulator_value: 0.3}"
      ),
      (
        "adagrad_da: {initial_accumulator: 0.3}",
        "adagrad_da: {initial_gradient_squared_accumulator_value: 0.3}"
      ),
      ("ftrl: {initial_accumulator: 0.3}", "ftrl: {initial_accumulator_value: 0.3}"),
      (
        "proximal_adagrad: {initial_accumulator: 0.3}",
        "proximal_adagrad: {initial_accumulator_value: 0.3}"
      ),
      ("proximal_gradient_descent: {use_locking: false}", "proximal_gradient_descent"),
    ])
  func spellings(_ theirs: String, _ ours: String) throws {
    let a = try OptimizerRegistry.optimizer(try yaml(theirs), at: [])
    let b = try OptimizerRegistry.optimizer(try yaml(ours), at: [])
    #expect(a.namedValue == b.namedValue)
    #expect(try Self.run(theirs) == Self.run(ours))
  }

  @Test(
    "A wrong option is an error with its key",
    arguments: [
      ("adam: {beta1: 0.9, beta_1: 0.8}", "beta1: says the same as beta_1"),
      ("sgd: {clipnorm: 1, clipvalue: 1}", "clipnorm: is a second kind of clipping"),
      ("sgd: {clipnorm: 0}", "clipnorm: 0.0 must be greater than 0"),
      ("sgd: {global_clipnorm: -1}", "global_clipnorm: -1.0 must be greater than 0"),
      ("sgd: {ema_momentum: 0.9}", "ema_momentum: does nothing without use_ema: true"),
      ("sgd: {use_ema: true, ema_momentum: 1.5}", "ema_momentum: 1.5 is outside"),
      ("sgd: {use_ema: true, ema_overwrite_frequency: 0}", "ema_overwrite_frequency: 0 is outside"),
      ("sgd: {gradient_accumulation_steps: 1}", "gradient_accumulation_steps: 1 is outside 2..."),
      ("rmsprop: {rho: 1}", "rho: 1.0 is outside"),
      ("rmsprop: {centred: true}", "unknown key 'centred': did you mean 'centered'?"),
      ("ftrl: {learning_rate_power: 0.5}", "learning_rate_power: 0.5 is outside"),
      ("ftrl: {initial_accumulator_value: 0}", "must be greater than 0"),
      ("ftrl: {weight_decay: 1}", "unknown key 'weight_decay'"),
      (
        "ftrl: {learning_rate: {cosine_decay: {initial_learning_rate: 1}}}",
        "learning_rate: needs a number"
      ),
      ("adagrad_da: {l1_regularization_strength: -1}", "must not be less than 0"),
      ("momentum: {momentum: 0, nesterov: true}", "nesterov: needs a momentum above 0"),
      ("gradient_decent", "did you mean 'gradient_descent'?"),
    ])
  func errors(_ text: String, _ expected: String) throws {
    do {
      _ = try OptimizerRegistry.optimizer(try yaml(text), at: ["optimizer"])
      Issue.record("no error for \(text)")
    } catch { #expect("\(error)".contains(expected), "\(error)") }
  }

  @Test("What Keras has of an optimizer, a schedule and their options is in its configuration")
  func keras() throws {
    let text =
      "nadam: {learning_rate: {cosine: {initial_learning_rate: 0.1}}, clipnorm: 2, use_ema: true, "
      + "gradient_accumulation_steps: 4, weight_decay: 0.1}"
    var optimizer = try OptimizerRegistry.optimizer(try yaml(text), at: [])
    // The steps of the whole training are not known yet.
    #expect(optimizer.kerasConfig["config"]?["learning_rate"] == 0.1)
    optimizer.common.prepare(arrays: [], stepCount: 300)
    let config = try #require(optimizer.kerasConfig["config"])
    #expect(optimizer.kerasConfig["class_name"] == "Nadam")
    #expect(config["learning_rate"]?["class_name"] == "CosineDecay")
    #expect(config["learning_rate"]?["config"]?["decay_steps"] == 300)
    #expect(config["clipnorm"] == 2.0)
    #expect(config["use_ema"] == true)
    #expect(config["ema_momentum"] == 0.99)
    #expect(config["gradient_accumulation_steps"] == 4)
    #expect(config["weight_decay"] == 0.1)
  }
}
