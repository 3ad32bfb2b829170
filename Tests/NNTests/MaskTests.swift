import Configuration
import Foundation
import HDF5
import NN
import Testing

// What Keras computes with masks is in Tests/Reference/cases_masks.py; see LayerReferenceTests.
@Suite("Masks")
struct MaskTests {
  /// Leaves out every second time step, and says of the mask what it is told to.
  private struct Halving: LayerConfiguration {
    static let name = "halving"
    static let kerasClass = "Halving"
    var maskRole: MaskRole
    init(_ role: MaskRole) { maskRole = role }
    init(options: inout Options) throws(ConfigurationError) { maskRole = .drops }
    init(keras: inout Options) throws(ConfigurationError) { maskRole = .drops }
    var value: Value { Value(.null) }
    func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
      (Self.kerasClass, [])
    }
    func outputShapes(for inputs: [[Int]]) throws(NetworkError) -> [[Int]] {
      [[inputs[0][0] / 2, inputs[0][1]]]
    }
    func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
      throw NetworkError("all masks fit")
    }
  }

  @Test(
    "A mask that does not fit its layer's output is refused with the layer's name",
    arguments: [
      (.passes, [6], "layer 'half': the mask has 6 time steps, and the output 3"),
      (.unites, [6, 6], "layer 'half': the mask has 6 time steps, and the output 3"),
      (.unites, [6, 4], "layer 'half': masks of 6 and 4 time steps cannot be united"),
      (.joins, [6, 4], "layer 'half': the mask has 10 time steps, and the output 3"),
      (.drops, [6], "layer 'half': all masks fit"),
      (.makes, [6, 4], "layer 'half': all masks fit"),
    ] as [(MaskRole, [Int], String)])
  func unfitting(_ role: MaskRole, _ steps: [Int], _ expected: String) throws {
    let words = steps.indices.map { place in
      NamedLayer(
        "words_\(place)", Embedding(inputDim: 3, outputDim: 2, maskZero: true),
        inputs: ["input_\(place)"])
    }
    let network = try Network(
      inputs: steps.indices.map { NetworkInput("input_\($0)", shape: [steps[$0]]) },
      layers: words + [NamedLayer("half", Halving(role), inputs: words.map { $0.name ?? "" })])
    let error = #expect(throws: NetworkError.self) {
      _ = try Trial(network, losses: [Loss(.meanSquaredError)])
    }
    #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
  }

  @Test("A transformer's block of a job file reads its input's mask as Keras' layers do")
  func encoder() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = folder.appendingPathComponent("Fixtures/layers/masks.h5").path
    let file = try File(opening: path)
    let group = try file.group("encoder")
    func run(maskZero: Bool) throws -> Float {
      let text = """
        layers:
          - embedding: {input_dim: 3, output_dim: 6, mask_zero: \(maskZero)}
          - transformer_encoder: {num_heads: 2, intermediate_dim: 7}
          - gru: {units: 3}
        """
      var options = try Options(Value(yaml: text, file: "job.yaml"))
      let network = try NetworkConfiguration(options: &options).network(inputShape: [5])
      let trial = try Trial(network, losses: [Loss(.meanSquaredError)])
      for (index, array) in network.layers.flatMap(\.parameters).enumerated() {
        let values = try group.dataset("before/\(index)").readAll(as: Float.self)
        try #require(values.count == array.range.count)
        for (place, value) in zip(array.range, values) { trial.parameters[place] = value }
      }
      let x = try group.dataset("x").readAll(as: Float.self)
      for place in x.indices { trial.executor.features[place] = x[place] }
      trial.executor.forward()
      let y = try group.dataset("y").readAll(as: Float.self)
      return zip(trial.executor.outputs, y).map { abs($0 - $1) }.max() ?? .nan
    }
    // As in LayerReferenceTests; without the mask other numbers come out.
    #expect(try run(maskZero: true) < 1e-5)
    #expect(try run(maskZero: false) > 1e-2)
  }

  @Test("What Keras' operations compute of data is not taken for a mask")
  func operation() throws {
    func tensor(_ layer: String) -> String {
      "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 3], "
        + "\"keras_history\": [\"\(layer)\", 0, 0]}}"
    }
    func node(_ layer: String) -> String {
      "[{\"args\": [[\(tensor(layer)), \(tensor(layer))]], \"kwargs\": {}}]"
    }
    func model(_ module: String) -> String {
      """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [null, 3]},
         "inbound_nodes": []},
        {"class_name": "Concatenate", "module": "\(module)", "name": "c",
         "config": {"name": "c", "axis": -1}, "inbound_nodes": \(node("x"))},
        {"class_name": "Add", "module": "keras.layers", "name": "a", "config": {"name": "a"},
         "inbound_nodes": \(node("c"))}
      ], "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}}
      """
    }
    let network = try Network(kerasModelConfig: try Value(json: model("keras.layers")))
    #expect(network.layers.map(\.name) == ["c", "a"])
    let error = #expect(throws: NetworkError.self) {
      try Network(kerasModelConfig: try Value(json: model("keras.src.ops.numpy")))
    }
    #expect(error?.description.contains("layer 'a': reads 'c', the operation Concatenate") == true)
  }
}
