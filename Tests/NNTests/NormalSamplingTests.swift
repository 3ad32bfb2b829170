import Configuration
import Foundation
import HDF5
import NN
import TestSupport
import Testing

@Suite("Variational autoencoders")
struct NormalSamplingTests {
  /// 6 numbers, a code of `code`, 6 numbers again.
  static func autoencoder(
    code: Int = 2, hidden: Int = 12, divergence: Double = 1
  ) throws -> Network {
    let input = Input([6])
    let encoder = Dense(units: hidden, activation: .tanh)(input, name: "encoder")
    let mean = Dense(units: code)(encoder, name: "mean")
    let logVariance = Dense(units: code)(encoder, name: "log_variance")
    let z = NormalSampling(divergence: divergence)(mean, logVariance, name: "code")
    let decoder = Dense(units: hidden, activation: .tanh)(z, name: "decoder")
    return try Network(inputs: [input], outputs: [Dense(units: 6)(decoder, name: "logits")])
  }

  /// Two inputs of 3 numbers each go straight into the layer, whose output is the network's.
  private func bare(_ divergence: Double, batchSize: Int) throws -> Trial {
    let mean = Input([3], name: "mean"), logVariance = Input([3], name: "log_variance")
    // A kernel of ones keeps the network trainable; identity weights leave the inputs as they are.
    let identity = Dense(units: 3, useBias: false, kernelInitializer: .identity(gain: 1))
    let z = NormalSampling(divergence: divergence)(identity(mean), identity(logVariance))
    return try Trial(
      try Network(inputs: [mean, logVariance], outputs: [z]), batchSize: batchSize,
      losses: [Loss(.meanSquaredError)])
  }

  @Test("The divergence is that of the closed form, and enters the loss")
  func divergence() throws {
    let trial = try bare(0.7, batchSize: 5)
    let plain = try bare(0, batchSize: 5)
    var expected = 0.0
    for row in 0..<5 {
      for j in 0..<3 {
        let mean = Double(row - 2) * 0.6 + Double(j), logVariance = Double(j - 1) * 0.9
        for executor in [trial.executor, plain.executor] {
          executor.features[row * 6 + j] = Float(mean)
          executor.features[row * 6 + 3 + j] = Float(logVariance)
          executor.targets[row * 3 + j] = 0.25
        }
        // Kingma and Welling (2014), appendix B.
        expected += 0.5 * (mean * mean + exp(logVariance) - 1 - logVariance)
      }
    }
    trial.executor.forward()
    plain.executor.forward()
    let difference = trial.executor.loss() - plain.executor.loss()
    // Sums of squares of about 20 in single precision.
    #expect(abs(difference - 0.7 * expected) < 1e-5)
    let step = trial.meanLoss() - plain.meanLoss()
    #expect(abs(step - 0.7 * expected / 5) < 1e-5)
    // The standard normal distribution diverges from itself by nothing.
    trial.executor.features.update(repeating: 0)
    plain.executor.features.update(repeating: 0)
    trial.executor.forward()
    plain.executor.forward()
    #expect(abs(trial.executor.loss() - plain.executor.loss()) < 1e-6)
  }

  @Test("Training draws around the mean, a prediction gives it")
  func draws() throws {
    let rows = 4000
    let trial = try bare(1, batchSize: rows)
    let features = trial.executor.features
    for row in 0..<rows {
      for j in 0..<3 {
        features[row * 6 + j] = Float(j)
        features[row * 6 + 3 + j] = Float(j) * -1.5
      }
    }
    trial.executor.forward()
    #expect((0..<3 * rows).allSatisfy { trial.executor.outputs[$0] == Float($0 % 3) })
    _ = trial.executor.step(seed: 3, step: 8)
    let first = Array(trial.executor.outputs)
    for j in 0..<3 {
      let column = (0..<rows).map { Double(first[$0 * 3 + j]) }
      let mean = column.reduce(0, +) / Double(rows)
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
      let expected = exp(Double(j) * -1.5)
      // Five standard errors of a mean, and of a variance of normal numbers.
      #expect(abs(mean - Double(j)) < 5 * (expected / Double(rows)).squareRoot())
      #expect(abs(variance / expected - 1) < 5 * (2 / Double(rows)).squareRoot())
    }
    _ = trial.executor.step(seed: 3, step: 9)
    #expect(Array(trial.executor.outputs) != first)
    _ = trial.executor.step(seed: 4, step: 8)
    #expect(Array(trial.executor.outputs) != first)
    _ = trial.executor.step(seed: 3, step: 8)
    #expect(Array(trial.executor.outputs) == first, "the same seed and step")
    trial.executor.sample(seed: 3, step: 8)
    #expect(Array(trial.executor.outputs) == first, "without training the same draws")
  }

  @Test("Gradients of a whole autoencoder equal central differences")
  func gradients() throws {
    let loss = try LikelihoodTests.loss("bernoulli")
    let trial = try Trial(try Self.autoencoder(), losses: [loss])
    #expect(trial.gradientError() < 1e-2)
    let normal = try LikelihoodTests.loss("poisson")
    #expect(try Trial(Self.autoencoder(divergence: 3), losses: [normal]).gradientError() < 1e-2)
  }

  @Test("The bound on the evidence rises, below that of independent numbers")
  func training() throws {
    // Three bits, each twice: 3 log 2 = 2.08 are needed, 6 log 2 = 4.16 without a code.
    let loss = try LikelihoodTests.loss("bernoulli")
    let trial = try Trial(
      try Self.autoencoder(code: 3, hidden: 24), batchSize: 64, losses: [loss], seed: 2)
    let adam = try OptimizerRegistry.optimizer(try yaml("adam: {learning_rate: 0.01}"), at: [])
    var state = [Float](repeating: 0, count: trial.network.parameterCount * adam.slotCount)
    let parameters = try #require(trial.parameters.baseAddress)
    let gradient = try #require(trial.gradient.baseAddress)
    var generator = RandomGenerator(seed: 9)
    var losses: [Double] = []
    for step in 1...1500 {
      for row in 0..<64 {
        for bit in 0..<3 {
          let value: Float = generator.uniform() < 0.5 ? 0 : 1
          for place in [2 * bit, 2 * bit + 1] {
            trial.executor.features[row * 6 + place] = value
            trial.executor.targets[row * 6 + place] = value
          }
        }
      }
      losses.append(trial.executor.step(seed: 1, step: UInt64(step)))
      state.withUnsafeMutableBufferPointer {
        guard let slots = $0.baseAddress else { return }
        adam.update(
          parameters: parameters, gradient: gradient, state: slots,
          count: trial.network.parameterCount, step: step)
      }
    }
    let begin = losses.prefix(20).reduce(0, +) / 20, end = losses.suffix(100).reduce(0, +) / 100
    #expect(begin > 3.9, "\(begin)")
    #expect(end < 3.2 && end > 3 * 0.693, "\(end): the bound cannot pass the entropy")
  }

  @Test("The decoder is a network of its own that decodes as the whole does")
  func decoder() throws {
    let network = try Self.autoencoder()
    var parameters = [Float](repeating: 0, count: network.parameterCount)
    parameters.withUnsafeMutableBufferPointer { network.initialize($0, seed: 3) }
    let decoder = try network.part(after: "code")
    #expect(decoder.layers.map(\.name) == ["decoder", "logits"])
    #expect(decoder.inputShape == [2] && decoder.outputShape == [6])
    let encoder = try network.part(after: "encoder").layers.map(\.name)
    #expect(Set(encoder) == ["mean", "log_variance", "code", "decoder", "logits"])
    // What the mean of a row is, from the encoder's own output.
    let weights = network.parameters(of: decoder, from: parameters)
    let rows: [Float] = [0.1, 0.9, 0.3, 0.2, 0.7, 0.5]
    let whole = try ModelFileTests.predict(network, parameters, rows)
    let codes = try Network(
      inputShape: [6],
      layers: [
        NamedLayer("encoder", Dense(units: 12, activation: .tanh)),
        NamedLayer("mean", Dense(units: 2)),
      ])
    let code = try ModelFileTests.predict(
      codes, network.parameters(of: codes, from: parameters), rows)
    #expect(try ModelFileTests.predict(decoder, weights, code) == whole)
    #expect(throws: NetworkError.self) { try network.part(after: "nowhere") }
    #expect(throws: NetworkError.self) { try network.part(after: "mean") }
    #expect(throws: NetworkError.self) { try network.part(after: "logits") }
  }

  @Test("A model file has the whole in our group, and for Keras the network at the mean")
  func modelFile() throws {
    let network = try Self.autoencoder()
    var parameters = [Float](repeating: 0, count: network.parameterCount)
    parameters.withUnsafeMutableBufferPointer { network.initialize($0, seed: 3) }
    let rows = (0..<12).map { Float($0) / 12 }
    let expected = try ModelFileTests.predict(network, parameters, rows)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("model.h5").path
      let training = ModelFile.Training(
        loss: try LikelihoodTests.loss("bernoulli"),
        optimizer: try OptimizerRegistry.optimizer("adam", at: []), measuresAccuracy: false)
      try parameters.withUnsafeBufferPointer {
        try ModelFile.write(path, network: network, parameters: $0, training: training)
      }
      let (read, values) = try ModelFile.read(path)
      #expect(values == parameters)
      #expect(read.layers.map(\.name) == network.layers.map(\.name))
      do {
        let file = try File(opening: path)
        let distribution = try ModelFile.distribution(in: file)
        #expect(distribution == .bernoulli)
        let config = try file.stringAttribute("model_config")
        #expect(!config.contains("sounder>") && !config.contains("log_variance"))
        let hasTraining = file.hasAttribute("training_config")
        #expect(!hasTraining, "Keras has no such loss")
        let names = try file.group("model_weights").stringsAttribute("layer_names")
        #expect(names == ["encoder", "mean", "decoder", "logits"])
      }
      // As Keras sees it: without our group.
      do {
        let file = try File(opening: path, access: .readWrite)
        try file.root().remove("sounder")
        try file.flush()
      }
      let (part, weights) = try ModelFile.read(path)
      #expect(part.layers.map(\.name) == ["encoder", "mean", "decoder", "logits"])
      #expect(try ModelFileTests.predict(part, weights, rows) == expected)
    }
  }

  @Test("An encoder with code, mean and log variance as outputs keeps what Keras can express")
  func encoder() throws {
    let input = Input([4])
    let mean = Dense(units: 2)(input, name: "mean")
    let logVariance = Dense(units: 2)(input, name: "log_variance")
    let network = try Network(
      inputs: [input], outputs: [mean, logVariance, NormalSampling()(mean, logVariance)])
    let parameters = [Float](repeating: 0.5, count: network.parameterCount)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("model.h5").path
      try parameters.withUnsafeBufferPointer {
        try ModelFile.write(path, network: network, parameters: $0, training: nil)
      }
      let config = try Value(json: try File(opening: path).stringAttribute("model_config"))
      #expect(try Network(kerasModelConfig: config).outputs.count == 2)
      #expect(try ModelFile.read(path).0.outputs.count == 3)
    }
  }

  @Test(
    "Inputs that do not fit are refused",
    arguments: [
      ("normal_sampling: {inputs: a}", "takes two inputs"),
      ("normal_sampling: {inputs: [a, b]}", "one shape"),
    ])
  func wrong(_ item: String, _ expected: String) throws {
    let text = """
      layers: [{dense: {units: 3, name: a, inputs: input}}, {dense: {units: 2, name: b}}, {\(item)}]
      """
    var options = try Options(try yaml(text), at: ["network"])
    let configuration = try NetworkConfiguration(options: &options)
    let error = #expect(throws: NetworkError.self) { try configuration.network(inputShape: [4]) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }
}
