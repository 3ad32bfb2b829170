import Configuration
import Foundation
import HDF5
import NN
import TestSupport
import Testing

@Suite("Pre-trained layers")
struct PretrainedTests {
  private let path = fixture("keras/golden/k3/ae.keras").path

  private func configuration(_ text: String) throws -> NetworkConfiguration {
    var options = try Options(try Value(yaml: text, file: "job.yaml"))
    let configuration = try NetworkConfiguration(options: &options)
    try options.finish()
    return configuration
  }

  /// The parameters that a training begins with.
  private func begun(_ network: Network) throws -> [Float] {
    var parameters = [Float](repeating: 0, count: network.parameterCount)
    try parameters.withUnsafeMutableBufferPointer {
      network.initialize($0, seed: 1)
      try network.loadPretrained(into: $0)
    }
    return parameters
  }

  /// The rows of the golden file, and the code that the whole model makes of them.
  private func golden() throws -> (rows: [Float], code: [Float]) {
    let (whole, parameters) = try ModelFile.read(path)
    let part = try whole.part(endingAt: "code")
    let rows = try File(opening: fixture("keras/golden/k3/ae.io.h5").path)
      .dataset("inputs/0").readAll(as: Float.self)
    let weights = whole.parameters(of: part, from: parameters)
    return (rows, try ModelFileTests.predict(part, weights, rows))
  }

  @Test("the layers of a file up to one of them are layers of the network, with their weights")
  func model() throws {
    let (rows, code) = try golden()
    for frozen in ["true", "false", "enc_1"] {
      let network = try configuration(
        "layers: [{model: {file: \(path), until: code, frozen: \(frozen)}}, {dense: {units: 3}}]"
      ).network(inputShape: [64])
      #expect(network.layers.map(\.name) == ["enc_1", "code", "dense"])
      let (first, second, own) = (64 * 16 + 16, 16 * 4 + 4, 4 * 3 + 3)
      let frozenCount = frozen == "true" ? first + second : frozen == "false" ? 0 : first
      #expect(network.frozenCount == frozenCount && network.frozen.count == frozenCount)
      #expect(network.parameterCount == first + second + own - frozenCount)
      #expect(network.trainedCount == network.parameterCount)
      let parameters = try begun(network)
      let part = try network.part(endingAt: "code")
      let found = try ModelFileTests.predict(
        part, network.parameters(of: part, from: parameters) + [0], rows)
      #expect(found == code)
    }
  }

  @Test("a step changes what is trained and leaves what is frozen, which has no gradient")
  func step() throws {
    let (rows, code) = try golden()
    let network = try configuration(
      "layers: [{model: {file: \(path), until: code, frozen: true}}, {dense: {units: 3}}]"
    ).network(inputShape: [64])
    var parameters = try begun(network)
    let before = network.frozen
    var gradient = [Float](repeating: .nan, count: network.parameterCount)
    let rowCount = rows.count / 64
    try parameters.withUnsafeMutableBufferPointer { parameters in
      try gradient.withUnsafeMutableBufferPointer { gradient in
        let executor = try Executor(
          network, batchSize: rowCount, loss: Loss(.meanSquaredError),
          parameters: try #require(parameters.baseAddress),
          gradient: gradient.baseAddress)
        _ = executor.features.update(fromContentsOf: rows)
        executor.targets.update(repeating: 1)
        for number in 0..<3 { #expect(executor.step(seed: 1, step: UInt64(number)).isFinite) }
        // The gradient of the new layer's bias is the mean of what is wrong, 2 (y - 1) / 3.
        let outputs = Array(executor.outputs)
        for unit in 0..<3 {
          var sum = 0.0
          for row in 0..<rowCount { sum += Double(outputs[row * 3 + unit]) - 1 }
          let expected = 2 * sum / Double(3 * rowCount)
          #expect(abs(Double(gradient[4 * 3 + unit]) - expected) < 1e-5)
        }
      }
    }
    #expect(network.frozen == before)
    #expect(gradient.allSatisfy { $0.isFinite })
    let part = try network.part(endingAt: "code")
    #expect(try ModelFileTests.predict(part, [0], rows) == code)
  }

  @Test("frozen layers that a file only says to have are refused before memory is asked for")
  func huge() throws {
    try withTemporaryFolder { folder in
      let model = folder.appendingPathComponent("huge.h5").path
      let source = try Network(inputShape: [8], layers: [NamedLayer("wide", Dense(units: 5))])
      try [Float](repeating: 0, count: 45).withUnsafeBufferPointer {
        try ModelFile.write(model, network: source, parameters: $0, training: nil)
      }
      func change(_ body: (borrowing File) throws -> Void) throws {
        let file = try File(opening: model, access: .readWrite)
        try body(file)
        try file.flush()
      }
      func refusal() throws -> NetworkError {
        let text = "layers: [{model: {file: \(model), frozen: true}}, {dense: {units: 1}}]"
        let configuration = try configuration(text)
        return try #require(
          #expect(throws: NetworkError.self) { try configuration.network(inputShape: [8]) })
      }
      try change { file in
        let config = try file.stringAttribute("model_config")
        try file.writeAttribute(
          "model_config", config.replacing(#""units":5"#, with: #""units":1000000000"#))
      }
      let shapes = try refusal()
      #expect(shapes.description.contains("has the shape [8, 5]") && shapes.exitCode == 65)
      try change { file in
        let group = try file.group("model_weights/wide")
        try group.writeAttribute("weight_names", ["kernel", "bias"])
        try group.createDataset("kernel", shape: [8, 1_000_000_000], of: Float.self)
        try group.createDataset("bias", shape: [1_000_000_000], of: Float.self)
      }
      let unwritten = try refusal()
      #expect(unwritten.description.contains("but stores 0") && unwritten.exitCode == 65)
      #expect(!(shapes.description + unwritten.description).contains("\n"))
    }
  }

  @Test("dropout and batch normalization of frozen layers run as in a prediction")
  func inference() throws {
    try withTemporaryFolder { folder in
      let base = folder.appendingPathComponent("base.h5").path
      let layers = [
        NamedLayer("norm", BatchNormalization()), NamedLayer("drop", Dropout(rate: 0.5)),
      ]
      let source = try Network(inputShape: [4], layers: layers)
      let weights: [Float] = [1, 2, 3, 4, 0, 1, 0, 1, 0.5, 0, 0, 0, 4, 4, 1, 1]
      try weights.withUnsafeBufferPointer {
        try ModelFile.write(base, network: source, parameters: $0, training: nil)
      }
      let network = try configuration(
        "layers: [{model: {file: \(base), frozen: true}}, {dense: {units: 1}}]"
      ).network(inputShape: [4])
      var parameters = try begun(network)
      let rows: [Float] = [1, -2, 3, 4, 5, 6, -7, 8]
      let expected = try ModelFileTests.predict(network, parameters, rows)
      var gradient = parameters
      try parameters.withUnsafeMutableBufferPointer { parameters in
        try gradient.withUnsafeMutableBufferPointer { gradient in
          let executor = try Executor(
            network, batchSize: 2, loss: Loss(.meanSquaredError),
            parameters: try #require(parameters.baseAddress),
            gradient: gradient.baseAddress)
          _ = executor.features.update(fromContentsOf: rows)
          executor.targets.update(repeating: 0)
          _ = executor.step(seed: 1, step: 0)
          for (found, wanted) in zip(executor.outputs, expected) {
            #expect(abs(found - wanted) <= 1e-5 * max(1, abs(wanted)))
          }
        }
      }
      #expect(network.frozen == weights)
    }
  }

  @Test("a model file has frozen weights and says that they are, to us and to Keras")
  func roundTrip() throws {
    let network = try configuration(
      "layers: [{model: {file: \(path), until: code, frozen: true}}, {dense: {units: 3}}]"
    ).network(inputShape: [64])
    let parameters = try begun(network)
    try withTemporaryFolder { folder in
      let model = folder.appendingPathComponent("model.h5").path
      try parameters.withUnsafeBufferPointer {
        try ModelFile.write(model, network: network, parameters: $0, training: nil)
      }
      let (read, values) = try ModelFile.read(model)
      #expect(values == parameters && read.frozen == network.frozen)
      #expect(read.layers.map(\.isFrozen) == [true, true, false])
      let text = try File(opening: model).stringAttribute("model_config")
      #expect(text.ranges(of: #""trainable":false"#).count == 2)
    }
  }

  @Test(
    "a job's record has the layers and where their weights come from, and needs the file only to begin"
  )
  func record() throws {
    try withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("base.keras")
      try FileManager.default.copyItem(atPath: path, toPath: copy.path)
      let first = try configuration(
        """
        layers:
          - model: {file: \(copy.path), until: code, name: base, frozen: enc_1}
          - dense: {units: 3}
        """)
      let network = try first.network(inputShape: [64])
      #expect(network.layers.map(\.name) == ["base_enc_1", "base_code", "dense"])
      var options = try Options(first.value)
      let second = try NetworkConfiguration(options: &options)
      try options.finish()
      #expect(second.value == first.value)
      #expect(second.weights == first.weights)
      #expect(try begun(second.network(inputShape: [64])) == begun(network))
      try FileManager.default.removeItem(at: copy)
      var again = try Options(first.value)
      let third = try NetworkConfiguration(options: &again)
      let error = #expect(throws: NetworkError.self) { try third.network(inputShape: [64]) }
      #expect(error?.description.contains("there is no such file") == true)
    }
  }

  @Test("several inputs are named in the file's order, and what several layers read keeps its name")
  func inputs() throws {
    let functional = fixture("keras/golden/k3/functional.keras").path
    let network = try configuration(
      """
      inputs: {left: [8], right: [5]}
      layers:
        - model: {file: \(functional), inputs: [left, right], name: two}
      """
    ).network(inputShape: [13])
    let io = try File(opening: fixture("keras/golden/k3/functional.io.h5").path)
    let (left, right) = (
      try io.dataset("inputs/0").readAll(as: Float.self),
      try io.dataset("inputs/1").readAll(as: Float.self)
    )
    var rows: [Float] = []
    for row in 0..<3 {
      rows += left[row * 8..<row * 8 + 8]
      rows += right[row * 5..<row * 5 + 5]
    }
    let expected = try io.dataset("outputs/0").readAll(as: Float.self)
    let found = try ModelFileTests.predict(network, begun(network), rows)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 1e-5) }

    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("fork.h5").path
      let fork = try Network(
        inputs: [NetworkInput("x", shape: [2])],
        layers: [
          NamedLayer("a", Dense(units: 2), inputs: ["x"]),
          NamedLayer("b", Dense(units: 2), inputs: ["x"]),
          NamedLayer("sum", Add(), inputs: ["a", "b"]),
        ])
      let weights: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
      try weights.withUnsafeBufferPointer {
        try ModelFile.write(path, network: fork, parameters: $0, training: nil)
      }
      let network = try configuration("layers: [{model: {file: \(path)}}]")
        .network(inputShape: [2])
      #expect(
        try ModelFileTests.predict(network, begun(network), [1, 2, -3, 4])
          == ModelFileTests.predict(fork, weights, [1, 2, -3, 4]))
    }
  }

  @Test(
    "what does not fit is an error that says where and what to do",
    arguments: [
      ("layers: [{model: {file: FILE, until: cod}}]", "did you mean 'code'?"),
      ("layers: [{model: {file: nowhere.keras}}]", "nowhere.keras"),
      ("layers: [{model: {file: FILE, frozn: true}}]", "frozn"),
      ("layers: [{model: {file: FILE, frozen: 3}}]", "true, false, or the last layer"),
      ("layers: [{model: {file: FILE}}, {model: {file: FILE}}]", "give the model a `name`"),
      ("layers: [{model: {file: FILE, inputs: [a, b]}}]", "`inputs` are 2"),
      ("layers: [{dense: {units: 3, frozen: true}}]", "network.weights"),
      (
        "layers: [{dense: {units: 64}}, {model: {file: FILE, frozen: true}}]",
        "frozen layers come first"
      ),
      ("{weights: FILE, layers: [{dense: {name: enc1, units: 16}}]}", "did you mean 'enc_1'?"),
      ("{weights: FILE, layers: [{dense: {name: enc_1, units: 17}}]}", "[64, 17]"),
      (
        "{weights: {file: FILE, layers: [enc2]}, layers: [{dense: {name: enc_1, units: 16}}]}",
        "no layer 'enc2'"
      ),
      (
        "{weights: [FILE, FILE], layers: [{dense: {name: enc_1, units: 16}}]}",
        "from another file, too"
      ),
    ])
  func refused(text: String, words: String) throws {
    let error = #expect(throws: (any Error).self) {
      try configuration(text.replacing("FILE", with: path)).network(inputShape: [64])
    }
    let description = error.map { "\($0)" } ?? ""
    #expect(description.contains(words), "\(description)")
    #expect(!description.contains("\n"))
  }

  @Test("layers with other names take weights by a map, and those that are left out begin anew")
  func map() throws {
    let network = try configuration(
      """
      weights: {file: \(path), layers: {mine: enc_1}}
      layers: [{dense: {name: mine, units: 16}}, {dense: {units: 4}}]
      """
    ).network(inputShape: [64])
    let (whole, weights) = try ModelFile.read(path)
    let first = try #require(whole.layers.first).parameters[0].range
    let parameters = try begun(network)
    #expect(Array(parameters[..<(64 * 16)]) == Array(weights[first]))
    var fresh = [Float](repeating: 0, count: network.parameterCount)
    fresh.withUnsafeMutableBufferPointer { network.initialize($0, seed: 1) }
    #expect(parameters[(64 * 16 + 16)...] == fresh[(64 * 16 + 16)...])
  }

  @Test("a layer that is not supported is named with its class")
  func unsupported() throws {
    let error = #expect(throws: NetworkError.self) {
      try Network(
        kerasModelConfig: try Value(
          json: """
            {"class_name": "Sequential", "config": {"name": "n", "layers": [
              {"class_name": "InputLayer", "config": {"batch_shape": [null, 4], "name": "in"}},
              {"class_name": "Rescaling", "config": {"name": "zoom", "scale": 2}}]}}
            """))
    }
    #expect(error?.description.contains("layer 'zoom'") == true)
    #expect(error?.description.contains("Rescaling") == true)
  }
}
