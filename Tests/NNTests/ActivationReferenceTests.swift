import Configuration
import NN
import Testing

/// Outputs and gradients of Keras 3, written by Tests/Reference/losses.py.
///
/// Tolerances: kernels are good to 4e-7, relative above 1 (single precision has 6e-8, polynomials
/// 2e-7); a derivative is a product or a difference of two of them.
@Suite("Activations against Keras 3")
struct ActivationReferenceTests {
  private func activation(_ text: String) throws -> ActivationConfiguration {
    let value = try yaml("activation: {function: \(text.contains(":") ? "{\(text)}" : text)}")
    let layer = try LayerRegistry.layer(value, at: ["layers"]).layer
    return try #require(layer as? ActivationConfiguration)
  }

  @Test(
    "Every activation of the registry has reference numbers",
    arguments: Activation.Function.allCases)
  func registry(_ function: Activation.Function) {
    #expect(
      LossNumbers.activations.contains { $0.text == function.rawValue },
      "add \(function.rawValue) to Tests/Reference/losses.py")
  }

  @Test("Outputs and gradients are Keras'", arguments: LossNumbers.activations)
  func numbers(_ expected: LossNumbers.ActivationCase) throws {
    let own = try activation(expected.text)
    let count = LossNumbers.inputs.count
    // The inputs come out of a dense layer's bias, whose gradient is that of the inputs; the layer
    // above makes `upstream` the gradient of the outputs, and |p - y| with y far below a slope of 1.
    var networks: [[any LayerConfiguration]] = [[Dense(units: count), own]]
    if own.activation.function.keepsShape {
      networks.append([Dense(units: count, activation: own.activation)])
    }
    for layers in networks {
      let plain = try Trial(layers, inputShape: [1], batchSize: 1, loss: Loss(.meanAbsoluteError))
      fill(plain, count)
      plain.executor.forward()
      #expect(plain.executor.outputs.count == expected.outputs.count)
      for (value, number) in zip(plain.executor.outputs, expected.outputs) {
        #expect(abs(Double(value) - number) <= 4e-7 * max(1, abs(number)))
      }
      let above = try Trial(
        layers + [Dense(units: 1)], inputShape: [1], batchSize: 1, loss: Loss(.meanAbsoluteError))
      fill(above, count)
      above.executor.targets[0] = -1e30
      _ = above.meanLoss()
      for (value, number) in zip(above.gradient[count..<2 * count], expected.gradient) {
        #expect(abs(Double(value) - number) <= 2e-6 * max(1, abs(number)))
      }
    }
  }

  private func fill(_ trial: Trial, _ count: Int) {
    for i in 0..<trial.parameters.count { trial.parameters[i] = 0 }
    for (i, input) in LossNumbers.inputs.enumerated() { trial.parameters[count + i] = Float(input) }
    for i in 0..<max(0, trial.parameters.count - 2 * count - 1) {
      trial.parameters[2 * count + i] = Float(LossNumbers.upstream[i])
    }
  }

  @Test("A NaN stays one, in the output and in the gradient", arguments: LossNumbers.activations)
  func notANumber(_ expected: LossNumbers.ActivationCase) throws {
    let own = try activation(expected.text)
    let trial = try Trial(
      [Dense(units: 6), own], inputShape: [1], batchSize: 1, loss: Loss(.meanSquaredError))
    for i in 0..<12 { trial.parameters[i] = .nan }
    #expect(trial.meanLoss().isNaN)
    #expect(trial.executor.outputs.allSatisfy { $0.isNaN })
    // Where the slope is a constant the gradient is NaN by the loss' own.
    #expect(trial.gradient.contains { $0.isNaN })
  }

  @Test("Written and read back, an activation is the same", arguments: LossNumbers.activations)
  func roundTrip(_ expected: LossNumbers.ActivationCase) throws {
    let own = try activation(expected.text)
    let again = try LayerRegistry.layer(
      Value(.map([.init("activation", own.value)])), at: []
    ).layer
    #expect((again as? ActivationConfiguration)?.activation == own.activation)
    #expect((again as? ActivationConfiguration)?.value == own.value)
  }

  @Test(
    "Keras' words are read back as the same activation, or it is said that there are none",
    arguments: LossNumbers.activations)
  func keras(_ expected: LossNumbers.ActivationCase) throws {
    let own = try activation(expected.text)
    let network = try Network(inputShape: [4], layers: [NamedLayer("a", own)])
    // Keras' serial form of these functions has no place for options.
    let unknown = [
      "celu: {alpha", "gelu: {approximate", "shrink: {threshold", "squareplus: {b", "threshold: {",
    ]
    if unknown.contains(where: { expected.text.contains($0) }) {
      let error = #expect(throws: NetworkError.self) { try network.kerasModelConfig() }
      #expect(error?.description.contains("Keras has no name for") == true)
      return
    }
    let again = try Network(kerasModelConfig: try network.kerasModelConfig())
    let found = (again.layers[0].configuration as? ActivationConfiguration)?.activation
    // max(x, 0) is what Keras' threshold would be, had it defaults.
    #expect(found == (own.activation == Activation(.threshold) ? .relu : own.activation))
  }

  @Test(
    "Keras' classes and serialized objects are read",
    arguments: [
      (
        #"{"class_name": "ReLU", "config": {"max_value": 6.0, "negative_slope": 0.1, "threshold": 0}}"#,
        Activation.relu(maxValue: 6, negativeSlope: 0.1)
      ),
      (#"{"class_name": "ReLU", "config": {"max_value": null}}"#, Activation.relu),
      (#"{"class_name": "LeakyReLU", "config": {}}"#, Activation(.leakyRelu, parameter: 0.3)),
      (#"{"class_name": "ELU", "config": {"alpha": 0.4}}"#, Activation(.elu, parameter: 0.4)),
      (#"{"class_name": "Softmax", "config": {"axis": -1}}"#, Activation.softmax),
      (#"{"class_name": "Activation", "config": {"activation": "swish"}}"#, Activation(.silu)),
      (
        #"{"class_name": "Activation", "config": {"activation": "hard_swish"}}"#,
        Activation(.hardSilu)
      ),
      (
        #"{"class_name": "Activation", "config": {"activation": {"class_name": "function", "config": "gelu"}}}"#,
        Activation(.gelu)
      ),
      (
        #"{"class_name": "Activation", "config": {"activation": {"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}}}}"#,
        Activation(.leakyRelu)
      ),
    ])
  func kerasClasses(_ text: String, _ expected: Activation) throws {
    let json =
      #"{"class_name": "Sequential", "config": {"build_input_shape": [null, 4], "layers": ["#
      + text + "]}}"
    let network = try Network(kerasModelConfig: try Value(json: json))
    #expect((network.layers[0].configuration as? ActivationConfiguration)?.activation == expected)
  }

  @Test(
    "A wrong activation is an error that says what to do",
    arguments: [
      ("activation: {function: mysh}", "did you mean 'mish'?"),
      ("activation: {function: {squareplus: {b: 0}}}", "b: 0.0 is outside"),
      ("activation: {function: {relu: {max_value: -1}}}", "max_value: -1.0 is outside"),
      ("activation: {function: {gelu: {approximate: 1}}}", "expected true or false"),
      ("activation: {function: {tanh: {alpha: 1}}}", "unknown key 'alpha'"),
      ("dense: {units: 4, activation: glu}", "halves the last axis: make it a layer of its own"),
    ])
  func errors(_ text: String, _ expected: String) throws {
    let error = #expect(throws: ConfigurationError.self) { _ = try layer(text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test("glu needs an even last axis")
  func gluShape() throws {
    let glu = NamedLayer(nil, ActivationConfiguration(Activation(.glu)))
    let error = #expect(throws: NetworkError.self) {
      try Network(inputShape: [2, 5], layers: [glu])
    }
    #expect(error?.description.contains("that of [2, 5] is not even") == true)
    let network = try Network(inputShape: [2, 6], layers: [glu])
    #expect(network.outputShape == [2, 3])
  }
}
