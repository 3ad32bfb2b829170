import Configuration
import Foundation
import NN
import TestSupport
import Testing

@Suite("Graphs")
struct GraphTests {
  private static let mse = Loss(.meanSquaredError)

  @Test("Gradients meet where a tensor is read several times, also through views")
  func residual() throws {
    let input = Input([2, 3])
    let first = Dense(units: 6, activation: .tanh)(Flatten()(input))
    let second = Dense(units: 6, activation: .sigmoid)(first)
    let reshaped = Reshape([3, 2])(first)
    let side = Flatten()(Dense(units: 2, activation: .tanh)(reshaped))
    let sum = Add()(first, second, side, first)
    let output = Dense(units: 3)(Concatenate()(Multiply()(sum, second), first))
    let trial = try Trial(
      try Network(inputs: [input], outputs: [output]), losses: [Self.mse])
    #expect(trial.gradientError() < 1e-2)
  }

  @Test("A network's output may be read by another layer")
  func outputInside() throws {
    let input = Input([4])
    let hidden = Dense(units: 5, activation: .tanh)(input)
    let output = Dense(units: 2)(Dense(units: 3, activation: .tanh)(hidden))
    let trial = try Trial(
      try Network(inputs: [input], outputs: [hidden, output]), losses: [Self.mse, Self.mse])
    #expect(trial.executor.targets.count == 4 * 7)
    #expect(trial.gradientError() < 1e-2)
  }

  @Test("Several inputs and outputs stand in the rows one after the other")
  func several() throws {
    let a = Input([2, 2], name: "a")
    let b = Input([3], name: "b")
    let left = Dense(units: 4)(Flatten()(a))
    let right = Multiply()(b, b)
    let network = try Network(inputs: [a, b], outputs: [left, right])
    #expect(network.inputShape == [7] && network.outputShape == [7])
    let trial = try Trial(network, losses: [Self.mse, Self.mse])
    trial.executor.forward()
    for row in 0..<4 {
      for i in 0..<3 {
        let x = trial.executor.features[row * 7 + 4 + i]
        #expect(trial.executor.outputs[row * 7 + 4 + i] == x * x)
      }
      var expected: Float = 0
      for i in 0..<4 { expected += trial.executor.features[row * 7 + i] * trial.parameters[i * 4] }
      #expect(abs(trial.executor.outputs[row * 7] - expected) < 1e-5)
    }
    let loss = trial.meanLoss()
    var sum = 0.0
    for row in 0..<4 {
      for i in 0..<7 {
        let index = row * 7 + i
        let error = Double(trial.executor.outputs[index] - trial.executor.targets[index])
        sum += error * error / (i < 4 ? 4 : 3) / 4
      }
    }
    #expect(abs(loss - sum) < 1e-5)
    #expect(trial.gradientError() < 1e-2)
  }

  @Test("A block is written out as layers, wherever it stands, and its name is that of its output")
  func block() throws {
    let text = """
      layers:
        - dense: {units: 6}
        - transformer_encoder: {num_heads: 2, intermediate_dim: 7, name: block}
        - transformer_encoder: {num_heads: 3, intermediate_dim: 4, dropout: 0.1, normalize_first: true}
        - add: {inputs: [block, transformer_encoder]}
      """
    var options = try Options(Value(yaml: text, file: "job.yaml"))
    let network = try NetworkConfiguration(options: &options).network(inputShape: [4, 6])
    #expect(
      network.layers.map(\.name) == [
        "dense", "block_attention", "block_attention_add", "block_attention_norm",
        "block_feedforward_intermediate", "block_feedforward_output", "block_feedforward_add",
        "block_feedforward_norm", "transformer_encoder_attention_norm",
        "transformer_encoder_attention", "transformer_encoder_attention_dropout",
        "transformer_encoder_attention_add", "transformer_encoder_feedforward_norm",
        "transformer_encoder_feedforward_intermediate", "transformer_encoder_feedforward_output",
        "transformer_encoder_feedforward_dropout", "transformer_encoder_feedforward_add", "add",
      ])
    // The second block reads the first one's normalization, and so does the sum.
    #expect(network.layers[8].inputs == network.layers[7].outputs)
    #expect(
      network.layers[11].inputs == [network.layers[7].outputs[0], network.layers[10].outputs[0]])
    #expect(network.layers[17].inputs[0] == network.layers[7].outputs[0])
    let again = try Network(kerasModelConfig: try network.kerasModelConfig())
    #expect(again.layers.map(\.name) == network.layers.map(\.name))
    #expect(again.parameterCount == network.parameterCount)

    let input = Input([4, 6])
    let called = try Network(
      inputs: [input], outputs: [TransformerEncoder(heads: 2, intermediateUnits: 7)(input)])
    #expect(called.layers.count == 7)
    for (heads, shape, words) in [(4, [4, 6], "6 features"), (2, [6], "[places, features]")] {
      let input = Input(shape)
      let error = #expect(throws: NetworkError.self) {
        try Network(
          inputs: [input],
          outputs: [TransformerEncoder(heads: heads, intermediateUnits: 7)(input, name: "block")])
      }
      #expect(error?.description.contains("layer 'block'") == true)
      #expect(error?.description.contains(words) == true)
    }
  }

  @Test("Keras' form of a model with named inputs and outputs is read")
  func namedInputs() throws {
    let tensor = #"{"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}}"#
    let text = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [null, 3], "name": "a"}, "name": "a",
         "inbound_nodes": []},
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "linear"}, "name": "d",
         "inbound_nodes": [{"args": [\(tensor)], "kwargs": {}}]}],
        "input_layers": {"image": ["a", 0, 0]}, "output_layers": {"digit": ["d", 0, 0]}}}
      """
    let network = try Network(kerasModelConfig: try Value(json: text))
    #expect(network.inputs.map(\.name) == ["a"])
    #expect(network.outputShape == [2])
  }

  @Test("A shared layer has its weights once, and the gradients of all its places")
  func shared() throws {
    let a = Input([3], name: "a")
    let b = Input([3], name: "b")
    let encoder = SharedLayer(Dense(units: 5, activation: .tanh), name: "encoder")
    let output = Dense(units: 2)(Subtract()(encoder(a), encoder(b)))
    let network = try Network(inputs: [a, b], outputs: [output])
    #expect(network.parameterCount == 3 * 5 + 5 + 5 * 2 + 2)
    let trial = try Trial(network, losses: [Self.mse])
    #expect(trial.gradientError() < 1e-2)
    let again = try Network(kerasModelConfig: try network.kerasModelConfig())
    #expect(again.layers.map(\.name) == ["encoder", "encoder_2", "subtract", "dense"])
    #expect(again.layers.map(\.sharing) == [nil, 0, nil, nil])
    #expect(again.parameterCount == network.parameterCount)
  }

  @Test("A shared layer without a gradient keeps the statistics of all its places")
  func sharedStatistics() throws {
    let a = Input([3], name: "a")
    let b = Input([3], name: "b")
    let normalization = SharedLayer(
      BatchNormalization(momentum: 0.5, center: false, scale: false), name: "norm")
    let output = Dense(units: 2)(Add()(normalization(a), normalization(b)))
    let trial = try Trial(try Network(inputs: [a, b], outputs: [output]), losses: [Self.mse])
    _ = trial.executor.step(seed: 1, step: 1)
    let mean = try #require(trial.network.layers[0].parameters.first { $0.name == "moving_mean" })
    for column in 0..<3 {
      var sum: Float = 0
      for row in 0..<8 { sum += trial.executor.features[row * 3 + column] }
      // Half of both batches' means: the moving one begins at 0.
      #expect(abs(trial.gradient[mean.range.lowerBound + column] - 0.5 * sum / 4) < 1e-6)
    }
  }

  @Test("Two outputs that are the same numbers cannot be trained, and the error names them")
  func sameOutputs() throws {
    let input = Input([4])
    let image = Dense(units: 6)(input, name: "image")
    let folded = Reshape([2, 3])(image, name: "folded")
    let network = try Network(inputs: [input], outputs: [image, folded])
    let error = #expect(throws: NetworkError.self) {
      _ = try Trial(network, losses: [Self.mse, Self.mse])
    }
    #expect(error?.description.contains("'image' and 'folded' are the same numbers") == true)
  }

  @Test("A smaller batch over the memory of a larger one gives the same rows")
  func smallerBatch() throws {
    let input = Input([4])
    let first = Dense(units: 6, activation: .tanh)(input)
    let output = Add()(Dense(units: 6)(first), first)
    let trial = try Trial(
      try Network(inputs: [input], outputs: [output]), batchSize: 6, losses: [Self.mse])
    trial.executor.forward()
    let whole = Array(trial.executor.outputs)
    let small = try Executor(sharing: trial.executor, batchSize: 2)
    // oneDNN sums in another order for another number of rows.
    func difference() -> Float { zip(small.outputs, whole).map { abs($0 - $1) }.max() ?? .nan }
    small.forward()
    #expect(difference() < 1e-5)
    _ = small.step(seed: 1, step: 1)
    #expect(difference() < 1e-5)
  }

  @Test("A job's network may be the text of Keras' to_json(), in a file or in place")
  func keras() throws {
    let a = Input([4], name: "a")
    let b = Input([4], name: "b")
    let encoder = SharedLayer(Dense(units: 5, activation: .tanh), name: "encoder")
    let sum = Add()(encoder(a), encoder(b), name: "sum")
    let network = try Network(
      inputs: [a, b],
      outputs: [Dense(units: 2)(sum, name: "left"), Dense(units: 3)(sum, name: "right")])
    let model = try network.kerasModelConfig()
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.json")
      try model.json.write(to: file, atomically: true, encoding: .utf8)
      for value in [model, Value(.string(file.path))] {
        var options = try Options(["keras": value], at: ["network"])
        let configuration = try NetworkConfiguration(options: &options)
        try options.finish()
        let read = try configuration.network(inputShape: [8])
        #expect(try read.kerasModelConfig() == model)
        var again = try Options(configuration.value, at: ["network"])
        let resolved = try NetworkConfiguration(options: &again).network(inputShape: [8])
        #expect(try resolved.kerasModelConfig() == model, "the record has the layers")
      }
      func refusal(_ value: Value) -> String {
        let error = #expect(throws: ConfigurationError.self) {
          var options = try Options(value, at: ["network"])
          _ = try NetworkConfiguration(options: &options)
        }
        return error?.description ?? ""
      }
      #expect(refusal(["keras": "nowhere.json"]).contains("there is no nowhere.json"))
      #expect(refusal(["keras": ["class_name": "Odd"]]).contains("as a model of Keras"))
      #expect(
        refusal(["keras": model, "layers": ["flatten"]]).contains("leave out this or 'keras'"))
    }
  }

  @Test("The job file wires layers by their names, and says the same when it is written again")
  func jobFile() throws {
    let text = """
      inputs: {a: [4], b: [4]}
      layers:
        - dense: {units: 3, name: left, inputs: a, activation: tanh}
        - shared: {layer: left, inputs: b, name: right}
        - add: {inputs: [left, right], name: sum}
        - dense: {units: 2, name: out}
        - dense: {units: 1, name: side, inputs: sum}
      outputs: [out, side]
      """
    func read(_ value: Value) throws -> NetworkConfiguration {
      var options = try Options(value, at: ["network"])
      let configuration = try NetworkConfiguration(options: &options)
      try options.finish()
      return configuration
    }
    let configuration = try read(try yaml(text))
    let network = try configuration.network(inputShape: [8])
    #expect(network.outputs.count == 2 && network.inputs.map(\.name) == ["a", "b"])
    #expect(network.parameterCount == 15 + 8 + 4)
    let again = try read(configuration.value).network(inputShape: [2, 4])
    #expect(again.layers.map(\.name) == network.layers.map(\.name))
    #expect(again.layers.map(\.inputs) == network.layers.map(\.inputs))
    #expect(network.tableText.contains("left, right"))
    #expect(throws: NetworkError.self) { try configuration.network(inputShape: [7]) }
  }

  @Test(
    "Wiring that cannot be is refused with the layer's name",
    arguments: [
      ("add: {inputs: [a, nowhere], name: x}", "nothing of that name"),
      ("add: {inputs: [a, b], name: x}", "one shape"), ("add: {inputs: a, name: x}", "two inputs"),
      ("dense: {units: 2, inputs: [a, b], name: x}", "takes one input"),
      ("dense: {units: 2, inputs: \"a:1\", name: x}", "has 1 outputs"),
      ("shared: {layer: nowhere, name: x}", "no layer of that name"),
      ("shared: {layer: b, inputs: b, name: x}", "made for another one"),
      ("dense: {units: 2, inputs: input, name: x}", "leads to no output"),
    ])
  func wrong(_ item: String, _ expected: String) throws {
    let text = """
      layers:
        - dense: {units: 3, name: a}
        - dense: {units: 2, name: b}
        - \(item)
      """
    var options = try Options(try yaml(text), at: ["network"])
    let configuration = try NetworkConfiguration(options: &options)
    let error = #expect(throws: NetworkError.self) {
      try configuration.network(inputShape: [4])
    }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test("Buffers whose times do not overlap share memory")
  func memory() throws {
    // 40 layers of 1000 numbers: predicting needs two of them at a time.
    let layers = (0..<40).map { _ in NamedLayer(nil, ActivationConfiguration(.tanh)) }
    let network = try Network(inputShape: [1000], layers: layers)
    var nothing = [Float](repeating: 0, count: 1)
    try nothing.withUnsafeMutableBufferPointer { buffer in
      let executor = try Executor(
        network, batchSize: 8, loss: nil, parameters: try #require(buffer.baseAddress),
        gradient: nil)
      #expect(executor.byteCount < 4 * 8 * 1000 * 4)
    }
  }
}
