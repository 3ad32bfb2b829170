import Configuration
import LayerSamples
import NN
import Testing

@Suite("Options of networks, losses, optimizers and metrics")
struct OptionsTests {
  /// What is wrong with a text, as one line.
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test(
    "A wrong optimizer is an error with line, key and advice",
    arguments: [
      ("adm", "1: training.optimizer: unknown optimizer 'adm': did you mean 'adam'?"),
      ("adam: {learning_rate: -0.1}", "learning_rate: -0.1 must be greater than 0"),
      ("adam: {learning_rate: 0}", "learning_rate: 0.0 must be greater than 0"),
      ("adam: {learning_rate: .nan}", "learning_rate: nan is not a finite number"),
      ("adam: {learning_rate: .inf}", "learning_rate: inf is not a finite number"),
      ("adam: {learning_rate: fast}", "learning_rate: expected a number, found 'fast'"),
      ("adam: {learnin_rate: 1}", "unknown key 'learnin_rate': did you mean 'learning_rate'?"),
      ("adam: {beta_1: 1}", "beta_1: 1.0 is outside 0..<1"),
      ("adam: {epsilon: 0}", "epsilon: 0.0 must be greater than 0"),
      ("sgd: {momentum: 2}", "momentum: 2.0 is outside 0..<1"),
      ("sgd: {nesterov: true}", "nesterov: needs a momentum above 0"),
      ("nesterov: {momentum: 0}", "momentum: must be greater than 0"),
      ("adamw: {weight_decay: -1}", "weight_decay: -1.0 is outside"),
      ("[adam]", "expected a name"),
    ])
  func optimizers(_ text: String, _ expected: String) throws {
    let found = message {
      _ = try OptimizerRegistry.optimizer(try yaml(text), at: ["training", "optimizer"])
    }
    #expect(found.contains(expected), "\(found)")
    #expect(found.hasPrefix("job.yaml:1: training.optimizer"), "\(found)")
  }

  @Test(
    "A wrong layer is an error with line, key and advice",
    arguments: [
      ("dens: {units: 3}", "unknown layer 'dens': did you mean 'dense'?"),
      ("dense", "the key 'units' is missing"),
      ("dense: {units: 0}", "units: 0 is outside 1..."),
      ("dense: {units: 2.5}", "units: expected a whole number, found 2.5"),
      ("dense: {units: 3, activation: rellu}", "unknown activation 'rellu': did you mean 'relu'?"),
      ("dense: {units: 3, unit: 2}", "unknown key 'unit': did you mean 'units'?"),
      ("dense: {units: 3, kernel_initializer: he}", "unknown initializer 'he'"),
      (
        "dense: {units: 3, kernel_initializer: {constant: {vale: 1}}}",
        "unknown key 'vale': did you mean 'value'?"
      ),
      ("dropout: {rate: 1}", "rate: 1.0 is outside 0..<1"),
      ("dropout", "the key 'rate' is missing"),
      ("activation", "function: the key is missing"),
      ("relu: {slope: 1}", "unknown key 'slope'"),
      ("leaky_relu: {negative_slope: -1}", "negative_slope: -1.0 is outside"),
      ("reshape: {target_shape: [-1, -1]}", "target_shape: only one axis can be -1"),
      ("reshape: {target_shape: [0]}", "target_shape: axes must be -1 or at least 1"),
      ("flatten: {axis: 1}", "unknown key 'axis'"),
      ("flatten: {name: a/b}", "name: 'a/b' must be a word without '/'"),
    ])
  func layers(_ text: String, _ expected: String) throws {
    let found = message { _ = try layer(text) }
    #expect(found.contains(expected), "\(found)")
    #expect(found.hasPrefix("job.yaml:1: layers.0"), "\(found)")
  }

  @Test(
    "A wrong loss or metric is an error",
    arguments: [
      ("loss", "mean_square_error", "did you mean 'mean_squared_error'?"),
      ("loss", "huber: {delta: 0}", "delta: 0.0 must be greater than 0"),
      ("loss", "mse: {delta: 1}", "unknown key 'delta'"),
      ("metric", "accurracy", "did you mean 'accuracy'?"),
      ("metric", "top_k_accuracy: {k: 11}", "k: 11 is outside 1...10"),
      ("metric", "mae", "cannot compare outputs with class numbers"),
      ("metric", "[accuracy, accuracy]", "stands twice"),
    ])
  func losses(_ what: String, _ text: String, _ expected: String) throws {
    let found = message {
      let value = try yaml(text)
      if what == "loss" {
        _ = try Loss(value, at: ["training", "loss"])
        return
      }
      var values = [value]
      if case .list(let items) = value.kind { values = items }
      _ = try MetricSet(
        values, at: ["training", "metrics"], loss: Loss(.sparseCategoricalCrossentropy),
        outputShape: [10])
    }
    #expect(found.contains(expected), "\(found)")
    #expect(found.hasPrefix("job.yaml:1: training.\(what)"), "\(found)")
  }

  @Test(
    "Losses read back the same, by short names too",
    arguments: Loss.Function.allCases.map(\.rawValue) + ["mse", "mae", "huber: {delta: 3}"])
  func lossRoundTrip(_ text: String) throws {
    let loss = try Loss(try yaml(text), at: [])
    #expect(try Loss(loss.value, at: []) == loss)
  }

  @Test("Repeated layers stand one behind the other, and their names are counted")
  func repetition() throws {
    func layers(_ text: String) throws -> [NamedLayer] {
      var options = try Options(try yaml(text), at: ["network"])
      return try NetworkConfiguration(options: &options).layers
    }
    let found = try layers(
      "layers: [flatten, {repeat: 2, layers: [dense: {units: 3, name: wide}, "
        + "{repeat: 2, layers: [relu]}]}]")
    #expect(found.map { $0.name ?? "" } == ["", "wide_1", "", "", "wide_2", "", ""])
    #expect(try layers("layers: [{repeat: 0, layers: [relu]}, flatten]").count == 1)
    for wrong in [
      "{repeat: -1, layers: [relu]}", "{repeat: 1, layers: []}", "{repeat: 2}",
      "{repeat: 0, layers: [relu]}", "{repeat: 1, layers: [relu], unit: 3}",
      "{repeat: 9999999, layers: [relu]}",
    ] {
      #expect(throws: ConfigurationError.self) { try layers("layers: [\(wrong)]") }
    }
  }

  @Test("A network's layers read back the same")
  func networkRoundTrip() throws {
    let items = LayerSamples.all.filter { $0.inputs == [[6]] }.map(\.text)
    let text = "layers:\n" + items.map { "  - \($0)\n" }.joined() + "  - dense: {units: 2, name: x}"
    var options = try Options(try yaml(text))
    let network = try NetworkConfiguration(options: &options)
    try options.finish()
    #expect(network.layers.count == items.count + 1)
    #expect(network.layers.last?.name == "x")
    var again = try Options(network.value)
    #expect(try NetworkConfiguration(options: &again).value == network.value)
  }

  @Test(
    "A network without layers, or with a name twice, is an error",
    arguments: [
      ("layers: []", "layers: at least one layer is needed"),
      ("name: a", "layers: at least one layer is needed"),
      ("layers: [{flatten: {name: a}}, {flatten: {name: a}}]", "the name 'a' stands twice"),
    ])
  func emptyNetwork(_ text: String, _ expected: String) throws {
    let found = message {
      var options = try Options(try yaml(text))
      _ = try NetworkConfiguration(options: &options)
    }
    #expect(found.contains(expected), "\(found)")
  }
}
