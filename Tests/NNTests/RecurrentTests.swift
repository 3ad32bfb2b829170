import Configuration
import Foundation
import LayerSamples
import NN
import Testing

@Suite("Recurrent layers")
struct RecurrentTests {
  private static let mse = Loss(.meanSquaredError)
  static let cells = ["simple_rnn", "lstm", "gru", "gru: {reset_after: false}"]

  /// A cell with more options.
  private static func text(_ cell: String, _ options: String) -> String {
    let parts = cell.split(separator: "{")
    let own = parts.count > 1 ? String(parts[1].dropLast()) + ", " : ""
    return "\(parts[0].prefix { $0 != ":" }): {\(own)\(options)}"
  }

  private func trial(_ items: [String], indexCount: Int, steps: Int) throws -> Trial {
    let network = try Network(
      inputShape: [steps], layers: try items.map { NamedLayer(nil, try layer($0)) })
    let sample = LayerSample(items[0], inputs: [[steps]], indexCount: indexCount)
    return try Trial(network, batchSize: 4, losses: [Self.mse], sample: sample)
  }

  @Test(
    "Gradients pass over masked steps", arguments: cells,
    [
      "", "return_sequences: true, ", "return_sequences: true, zero_output_for_mask: true, ",
      "go_backwards: true, ", "zero_output_for_mask: true, ",
    ])
  func masked(_ cell: String, _ options: String) throws {
    let trial = try trial(
      [
        "embedding: {input_dim: 3, output_dim: 3, mask_zero: true, embeddings_initializer: orthogonal}",
        Self.text(cell, options + "units: 5"), "flatten", "dense: {units: 3}",
      ], indexCount: 3, steps: 6)
    // Index 0 is a third of all: the mask must have work.
    #expect(trial.executor.features.contains(0))
    #expect(trial.gradientError() < 1e-2)
  }

  @Test("Gradients pass over masked steps in both directions", arguments: cells)
  func maskedBoth(_ cell: String) throws {
    let inner = Self.text(cell, "units: 4, return_sequences: true")
    let trial = try trial(
      [
        "embedding: {input_dim: 3, output_dim: 3, mask_zero: true, embeddings_initializer: orthogonal}",
        "bidirectional: {layer: {\(inner)}}", Self.text(cell, "units: 5"), "dense: {units: 3}",
      ], indexCount: 3, steps: 6)
    #expect(trial.gradientError() < 1e-2)
  }

  @Test("Masked steps at the end change nothing", arguments: cells)
  func padding(_ cell: String) throws {
    let item = Self.text(cell, "units: 5")
    func trial(_ steps: Int) throws -> Trial {
      let masking = try layer("masking")
      return try Trial([masking, try layer(item)], inputShape: [steps, 3], loss: Self.mse)
    }
    let (long, short) = (try trial(7), try trial(4))
    for i in short.executor.features.indices {
      short.executor.features[i] = Float(i % 11) / 11 + 0.1
      let (row, place) = (i / 12, i % 12)
      long.executor.features[row * 21 + place] = short.executor.features[i]
    }
    for row in 0..<4 { for place in 12..<21 { long.executor.features[row * 21 + place] = 0 } }
    #expect(Array(long.parameters) == Array(short.parameters))
    long.executor.forward()
    short.executor.forward()
    // oneDNN sums in another order for another number of rows.
    for (a, b) in zip(long.executor.outputs, short.executor.outputs) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("Dropout draws its masks from seed and step, and rests in prediction", arguments: cells)
  func dropout(_ cell: String) throws {
    func trial(_ options: String) throws -> Trial {
      try Trial([try layer(Self.text(cell, options))], inputShape: [4, 6], loss: Self.mse)
    }
    for option in ["dropout: 0.5", "recurrent_dropout: 0.5"] {
      let dropped = try trial("units: 5, \(option)")
      let loss = dropped.meanLoss()
      #expect(dropped.executor.step(seed: 7, step: 1) == loss)
      #expect(dropped.executor.step(seed: 7, step: 2) != loss)
      #expect(dropped.executor.step(seed: 8, step: 1) != loss)
      let plain = try trial("units: 5")
      #expect(plain.meanLoss() != loss)
      plain.executor.forward()
      dropped.executor.forward()
      #expect(Array(plain.executor.outputs) == Array(dropped.executor.outputs))
    }
  }

  @Test("NaN in a sequence comes out", arguments: cells)
  func nan(_ cell: String) throws {
    for units in ["units: 5", "units: 5, activation: relu"] {
      let trial = try Trial(
        [try layer(Self.text(cell, units))], inputShape: [4, 6], loss: Self.mse)
      trial.executor.features[3] = .nan
      trial.executor.forward()
      for i in 0..<5 { #expect(trial.executor.outputs[i].isNaN) }
      for i in 5..<20 { #expect(trial.executor.outputs[i].isFinite) }
      #expect(trial.meanLoss().isNaN)
    }
  }

  @Test("An index that the table has not gives NaN, and no other memory is touched")
  func badIndex() throws {
    let trial = try trial(
      ["embedding: {input_dim: 3, output_dim: 2}"], indexCount: 3, steps: 5)
    for (place, index) in [Float(3), -1, 0.5, .nan, 2].enumerated() {
      trial.executor.features[place] = index
    }
    trial.executor.forward()
    for place in 0..<8 { #expect(trial.executor.outputs[place].isNaN) }
    #expect(trial.executor.outputs[8] == trial.parameters[4])
    _ = trial.meanLoss()
    #expect(trial.gradient.prefix(4).allSatisfy { $0.isFinite })
  }

  @Test("An LSTM's forget gate begins open, unless it is told not to")
  func forgetBias() throws {
    let trial = try Trial([LSTM(units: 3)], inputShape: [2, 2], loss: Self.mse)
    let bias = try #require(trial.network.layers[0].parameters.last)
    #expect(bias.name == "bias" && bias.shape == [12])
    #expect(
      Array(trial.parameters[bias.range]) == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    let plain = try Trial(
      [try layer("lstm: {units: 3, unit_forget_bias: false}")], inputShape: [2, 2], loss: Self.mse)
    #expect(plain.parameters[bias.range].allSatisfy { $0 == 0 })
  }

  @Test("A layer of Keras that is unrolled is the same layer; one that keeps its state is not")
  func unrolled() throws {
    func read(_ kind: String, _ option: String) throws -> Network {
      try Network(
        kerasModelConfig: try Value(
          json: """
            {"class_name": "Sequential", "config": {"name": "n", "layers": [
              {"class_name": "InputLayer", "config": {"batch_shape": [null, 4, 2], "name": "in"}},
              {"class_name": "\(kind)", "config": {"name": "r", "units": 3, \(option)}}]}}
            """))
    }
    for kind in ["SimpleRNN", "LSTM", "GRU"] {
      let unrolled = try read(kind, "\"unroll\": true").layers[0]
      #expect(
        unrolled.configuration.value
          == (try read(kind, "\"unroll\": false")).layers[0].configuration.value)
      let error = #expect(throws: NetworkError.self) { try read(kind, "\"stateful\": true") }
      #expect(error?.description.contains("stateful: is not supported") == true)
    }
  }

  @Test(
    "What is not built in is refused with the reason",
    arguments: [
      ("lstm: {units: 3, stateful: true}", "stateful: is not supported"),
      ("gru: {units: 3, unroll: true}", "unroll: is not supported"),
      ("gru: {units: 3, time_major: true}", "time_major: is not supported"),
      ("lstm: {units: 3, dropout: 1}", "dropout: 1.0 is outside 0..<1"),
      ("lstm: {units: 3, reset_after: true}", "unknown key 'reset_after'"),
      ("bidirectional: {layer: {dense: {units: 3}}}", "takes simple_rnn, lstm or gru, found dense"),
      ("bidirectional: {merge_mode: sum}", "layer: the key is missing"),
      (
        "bidirectional: {layer: {gru: {units: 3, name: a}}}",
        "name, inputs and frozen are the wrapper's"
      ),
      (
        "bidirectional: {layer: {gru: {units: 3, frozen: true}}}",
        "name, inputs and frozen are the wrapper's"
      ),
      ("bidirectional: {layer: {gru: {units: 3}}, merge_mode: add}", "unknown value 'add'"),
      (
        "bidirectional: {layer: {gru: {units: 3}}, backward_layer: {gru: {units: 2}}}",
        "backward_layer: must have another go_backwards"
      ),
      ("time_distributed: {layer: dens}", "unknown layer 'dens'"),
      ("embedding: {input_dim: 3}", "the key 'output_dim' is missing"),
    ])
  func refused(_ text: String, _ expected: String) throws {
    let error = #expect(throws: ConfigurationError.self) { _ = try layer(text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test(
    "Shapes that do not fit are refused",
    arguments: [
      ("lstm: {units: 3}", [[4]], "[steps, features]"),
      ("lstm: {units: 3}", [[4, 2], [3]], "2 state(s)"),
      ("gru: {units: 3}", [[4, 2], [4]], "states of the shape [3]"),
      ("masking", [[4]], "[steps, features]"), ("repeat_vector: {n: 2}", [[4, 2]], "[features]"),
      ("time_distributed: {layer: {dense: {units: 2}}}", [[4]], "[steps, ...]"),
      ("time_distributed: {layer: masking}", [[2, 4, 3]], "makes a mask"),
      ("time_distributed: {layer: batch_normalization}", [[2, 4]], "statistics of its batch"),
      ("embedding: {input_dim: 3, output_dim: 2, mask_zero: true}", [[2, 2]], "mask_zero"),
      (
        "bidirectional: {layer: {gru: {units: 3}}, merge_mode: sum, "
          + "backward_layer: {gru: {units: 2, go_backwards: true}}}", [[4, 2]], "equally many units"
      ),
    ])
  func shapes(_ text: String, _ inputs: [[Int]], _ expected: String) throws {
    let layer = try layer(text)
    let error = #expect(throws: NetworkError.self) { try layer.outputShapes(for: inputs) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test("Time steps that are masked out count neither in the loss nor in its gradient")
  func maskedLoss() throws {
    var options = try Options(
      Value(
        yaml: """
          layers:
            - embedding: {input_dim: 4, output_dim: 3, mask_zero: true}
            - gru: {units: 4, return_sequences: true}
            - dense: {units: 2, activation: softmax}
          """, file: "job.yaml"))
    let network = try NetworkConfiguration(options: &options).network(inputShape: [3])
    let trial = try Trial(
      network, batchSize: 2, losses: [Loss(.sparseCategoricalCrossentropy)])
    let indices: [Float] = [1, 2, 0, 3, 0, 0]
    for (index, value) in indices.enumerated() { trial.executor.features[index] = value }
    trial.executor.forward()
    var sum: Float = 0
    for place in indices.indices where indices[place] != 0 {
      sum -= log(trial.executor.outputs[place * 2 + Int(trial.executor.targets[place])])
    }
    #expect(abs(Float(trial.meanLoss()) - sum / 3) < 1e-5)
    // The target of a masked step is of no account.
    trial.executor.targets[5] = 1 - trial.executor.targets[5]
    #expect(abs(Float(trial.meanLoss()) - sum / 3) < 1e-5)
    #expect(trial.gradientError() < 1e-2)
    // Weights of samples multiply what is left.
    let weights: [Float] = [1, 3]
    weights.withUnsafeBufferPointer { weights in
      trial.executor.sampleWeights = weights
      trial.executor.forward()
      var weighted: Float = 0
      for place in indices.indices where indices[place] != 0 {
        weighted -=
          log(trial.executor.outputs[place * 2 + Int(trial.executor.targets[place])])
          * weights[place / 3]
      }
      #expect(abs(Float(trial.meanLoss()) - weighted / 3) < 1e-5)
      trial.executor.sampleWeights = nil
    }
  }
}
