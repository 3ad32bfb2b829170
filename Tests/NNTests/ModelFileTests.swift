import Configuration
import Foundation
import HDF5
import NN
import TestSupport
import Testing

@Suite("Model file")
struct ModelFileTests {
  static func network() throws -> Network {
    var options = try Options(
      Value(
        yaml: """
          layers:
            - flatten
            - dense: {units: 5, activation: relu}
            - dropout: {rate: 0.5}
            - dense: {units: 3, activation: softmax, use_bias: false}
          """, file: "job.yaml"))
    return try NetworkConfiguration(options: &options).network(inputShape: [2, 4])
  }

  /// What `network` predicts with `parameters` for `rows`, row by row end to end.
  static func predict(_ network: Network, _ parameters: [Float], _ rows: [Float]) throws -> [Float]
  {
    let rowCount = rows.count / network.inputCount
    var parameters = parameters
    return try parameters.withUnsafeMutableBufferPointer { buffer in
      let executor = try Executor(
        network, batchSize: rowCount, loss: nil, parameters: try #require(buffer.baseAddress),
        gradient: nil)
      _ = executor.features.update(fromContentsOf: rows)
      executor.forward()
      return Array(executor.outputs)
    }
  }

  @Test(
    "what Keras 2 and Keras 3 wrote predicts what they predict",
    arguments: ["k2-mlp", "k3-mlp", "k2-ae", "k3-ae"])
  func keras(name: String) throws {
    let (network, parameters) = try ModelFile.read(fixture("keras/\(name).h5").path)
    let golden = try File(opening: fixture("keras/\(name).io.h5").path)
    let rows = try golden.dataset("inputs").readAll(as: Float.self)
    let expected = try golden.dataset("outputs").readAll(as: Float.self)
    let outputs = try Self.predict(network, parameters, rows)
    #expect(outputs.count == expected.count)
    // Sums of 784 products of order one, in another order than Keras': 1e-5 is 100 roundings.
    #expect(zip(outputs, expected).allSatisfy { abs($0 - $1) <= 1e-5 })
  }

  @Test("a variance that workers have carried below 0 is written as 0")
  func negativeVariance() throws {
    let network = try Network(inputShape: [3], layers: [NamedLayer(nil, BatchNormalization())])
    // gamma, beta, mean, variance of three channels each.
    let parameters: [Float] = [1, 1, 1, -0.5, 0, 0, -2, 0, 2, -1e-3, 0.25, .nan]
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("model.h5").path
      try parameters.withUnsafeBufferPointer {
        try ModelFile.write(path, network: network, parameters: $0, training: nil) { _ in }
      }
      let (_, values) = try ModelFile.read(path)
      #expect(values[..<9] == parameters[..<9])
      #expect(values[9] == 0 && values[10] == 0.25 && values[11].isNaN)
    }
  }

  @Test("a written file comes back as it was, with all that was put beside")
  func roundTrip() throws {
    let network = try Self.network()
    let parameters = (0..<network.parameterCount).map { Float($0) / 64 - 0.5 }
    let record = ModelRecord(
      history: [.init("loss", [0.5, .infinity, 0.25]), .init("val_accuracy", [0.1, 0.2, 0.3])],
      seed: .max - 1, versions: ["sounder": "0.1", "hdf5": "1.10.8"], job: "training:\n  seed: 1\n")
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("model.h5").path
      try parameters.withUnsafeBufferPointer { buffer in
        try ModelFile.write(
          path, network: network, parameters: buffer,
          training: .init(
            loss: try Loss("mse", at: []),
            optimizer: try OptimizerRegistry.optimizer("adam", at: []),
            measuresAccuracy: true)
        ) { file in
          try record.write(to: try file.root().createGroup("sounder"))
        }
      }
      let (read, values) = try ModelFile.read(path)
      #expect(values == parameters)
      #expect(read.layers.map(\.name) == network.layers.map(\.name))
      #expect(read.inputShape == [2, 4] && read.outputShape == [3])
      let rows = (0..<24).map { Float($0) / 8 }
      #expect(try Self.predict(read, values, rows) == Self.predict(network, parameters, rows))
      let file = try File(opening: path)
      #expect(try ModelRecord(from: try file.group("sounder")) == record)
      // What Keras asks for; see real Keras in Tests/Interop.
      let names = try file.group("model_weights").stringsAttribute("layer_names")
      #expect(names == network.layers.map(\.name))
      let first = try #require(network.layers.first { !$0.parameters.isEmpty })
      let kernel = try file.dataset("model_weights/\(first.name)/\(first.name)/kernel:0")
      #expect(kernel.shape == [8, 5])
      let training = try Value(json: try file.stringAttribute("training_config"))
      #expect(training["loss"] == "mean_squared_error")
      #expect(training["metrics"] == ["accuracy"])
      #expect(training["optimizer_config"]?["class_name"] == "Adam")
    }
  }

  @Test("every optimizer has the class name by which both Keras 2 and Keras 3 find it")
  func optimizers() throws {
    let network = try Self.network()
    let parameters = [Float](repeating: 1, count: network.parameterCount)
    let names = [
      "sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adam": "Adam", "adamw": "Custom>AdamW",
      "amsgrad": "Adam", "nadam": "Nadam", "adamax": "Adamax", "rmsprop": "RMSprop",
      "adadelta": "Adadelta", "adagrad": "Adagrad", "lamb": "Adam", "lion": "Lion", "ftrl": "Ftrl",
      "lars": "SGD", "proximal_gradient_descent": "SGD", "proximal_adagrad": "Adagrad",
      "adagrad_da": "Adagrad",
    ]
    #expect(Set(names.keys) == Set(OptimizerRegistry.all.map { $0.name }))
    for (name, className) in names {
      try withTemporaryFolder { folder in
        let path = folder.appendingPathComponent("model.h5").path
        let optimizer = try OptimizerRegistry.optimizer(Value(.string(name)), at: [])
        try parameters.withUnsafeBufferPointer {
          try ModelFile.write(
            path, network: network, parameters: $0,
            training: .init(
              loss: Loss(.huber, delta: 2), optimizer: optimizer, measuresAccuracy: false))
        }
        let text = try File(opening: path).stringAttribute("training_config")
        let training = try Value(json: text)
        #expect(training["optimizer_config"]?["class_name"] == Value(.string(className)))
        #expect(training["loss"]?["class_name"] == "Huber")
        // Keras 3 refuses whole numbers where it wants a fraction.
        #expect(!text.contains("\"momentum\":0,") && !text.contains("\"momentum\":0}"))
      }
    }
  }

  @Test("a file that cannot be written leaves the old one as it was")
  func replace() throws {
    struct Fault: Error {}
    let network = try Self.network()
    let parameters = [Float](repeating: 1, count: network.parameterCount)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("model.h5").path
      try parameters.withUnsafeBufferPointer { buffer in
        try ModelFile.write(path, network: network, parameters: buffer, training: nil)
        #expect(throws: Fault.self) {
          try ModelFile.write(path, network: network, parameters: buffer, training: nil) { _ in
            throw Fault()
          }
        }
      }
      #expect(try ModelFile.read(path).1 == parameters)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.h5"])
    }
  }

  @Test("what is no model file, or a damaged one, is a clear error of exit code 65")
  func damaged() throws {
    let network = try Self.network()
    let parameters = [Float](repeating: 1, count: network.parameterCount)
    func error(_ fill: (borrowing File) throws -> Void) throws -> NetworkError? {
      try withTemporaryFolder { folder -> NetworkError? in
        let path = folder.appendingPathComponent("model.h5").path
        try File.replace(path) { try fill($0) }
        do throws(NetworkError) {
          _ = try ModelFile.read(path)
          return nil
        } catch { return error }
      }
    }
    func changed(_ change: (borrowing File) throws -> Void) throws -> NetworkError? {
      try error { file in
        try parameters.withUnsafeBufferPointer {
          try ModelFile.write(to: file, network: network, parameters: $0, training: nil)
        }
        try change(file)
      }
    }
    #expect(try changed { _ in } == nil)
    let data = try #require(
      try error { try $0.root().createDataset("x", shape: [1], of: Float.self).write([1]) })
    #expect(data.description.contains("is no model file") && data.exitCode == 65)
    let json = try #require(try changed { try $0.writeAttribute("model_config", "{\"class_na") })
    #expect(json.description.contains("model_config") && json.exitCode == 65)
    let other = try #require(
      try changed {
        try $0.writeAttribute("model_config", "{\"class_name\": \"Subclassed\", \"config\": {}}")
      })
    #expect(other.description.contains("Subclassed") && other.exitCode == 65)
    let weights = try #require(
      try changed {
        try $0.group("model_weights/dense").writeAttribute("weight_names", ["dense/kernel:0"])
      })
    #expect(weights.description.contains("has 1 weights") && weights.exitCode == 65)
    let swapped = try #require(
      try changed {
        try $0.group("model_weights/dense").writeAttribute(
          "weight_names", ["dense/bias:0", "dense/kernel:0"])
      })
    #expect(swapped.description.contains("has the shape [5]") && swapped.exitCode == 65)
    // A text of some bytes may ask for any memory: it is asked for when the data sets are there.
    let huge = try #require(
      try changed { file in
        let config = try file.stringAttribute("model_config")
        try file.writeAttribute(
          "model_config", config.replacing(#""units":5"#, with: #""units":2000000000"#))
      })
    #expect(huge.description.contains("has the shape [8, 5]") && huge.exitCode == 65)
    let unwritten = try #require(
      try changed { file in
        let config = try file.stringAttribute("model_config")
        try file.writeAttribute(
          "model_config", config.replacing(#""units":5"#, with: #""units":2000000000"#))
        let group = try file.group("model_weights/dense")
        try group.writeAttribute("weight_names", ["kernel", "bias"])
        try group.createDataset("kernel", shape: [8, 2_000_000_000], of: Float.self)
        try group.createDataset("bias", shape: [2_000_000_000], of: Float.self)
      })
    #expect(unwritten.description.contains("but stores 0") && unwritten.exitCode == 65)
    let record = #expect(throws: NetworkError.self) {
      try withTemporaryFolder { folder in
        let path = folder.appendingPathComponent("model.h5").path
        try File.replace(path) { file in
          try file.root().createGroup("sounder").writeAttribute("format_version", 2)
        }
        _ = try ModelRecord(from: try File(opening: path).group("sounder"))
      }
    }
    #expect(record?.description.contains("newer sounder") == true)
    for error in [data, json, other, weights, swapped, huge, unwritten] {
      #expect(!error.description.contains("\n"))
    }
  }
}
