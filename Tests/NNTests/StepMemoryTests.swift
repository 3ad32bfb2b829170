import Configuration
import LayerSamples
import NN
import Testing

@Suite("Weights of several losses")
struct LossWeightTests {
  @Test("the gradient is that of the weighted sum, and the loss is that sum")
  func gradient() throws {
    let network = try Network(
      name: "two", inputShape: [3],
      layers: [
        NamedLayer("hidden", Dense(units: 5, activation: .tanh)),
        NamedLayer("a", Dense(units: 2), inputs: ["hidden"]),
        NamedLayer("b", Dense(units: 4, activation: .sigmoid), inputs: ["hidden"]),
      ], outputs: ["a", "b"])
    let arena = FloatArena()
    let parameters = arena.allocate(network.parameterCount)
    network.initialize(parameters, seed: 3)
    let gradient = arena.allocate(network.parameterCount)
    guard let p = parameters.baseAddress, let g = gradient.baseAddress else {
      throw NetworkError("no memory")
    }
    func step(_ weights: [Double]) throws -> (loss: Double, gradient: [Float]) {
      let executor = try Executor(
        network, batchSize: 7, losses: [Loss(.meanSquaredError), Loss(.binaryCrossentropy)],
        lossWeights: weights, parameters: p, gradient: g)
      for index in executor.features.indices { executor.features[index] = Float(index % 5) - 2 }
      for index in executor.targets.indices { executor.targets[index] = Float(index % 2) }
      let loss = executor.step(seed: 1, step: 1)
      return (loss, Array(gradient))
    }
    let (first, second) = (try step([1, 0]), try step([0, 1]))
    let both = try step([0.5, 3])
    #expect(abs(both.loss - (0.5 * first.loss + 3 * second.loss)) < 1e-6 * both.loss)
    for index in both.gradient.indices {
      let expected = 0.5 * first.gradient[index] + 3 * second.gradient[index]
      // Sums of floats in another order.
      #expect(abs(both.gradient[index] - expected) < 1e-5, "\(index)")
    }
    #expect(try step([]).loss == step([1, 1]).loss)
    #expect(throws: NetworkError.self) { try step([1]) }
    withExtendedLifetime(arena) {}
  }
}

@Suite("The memory of a step")
struct StepMemoryTests {
  private func memory(
    _ network: Network, batchSize: Int, slotCount: Int = 2, loss: Loss.Function = .meanSquaredError
  ) throws -> StepMemory {
    let arena = FloatArena()
    let parameters = arena.allocate(network.parameterCount + 1)
    let gradient = arena.allocate(network.parameterCount + 1)
    guard let p = parameters.baseAddress, let g = gradient.baseAddress else {
      throw NetworkError("no memory")
    }
    return try withExtendedLifetime(arena) {
      try Executor(
        network, batchSize: batchSize,
        losses: network.outputs.map { _ in Loss(loss) }, parameters: p, gradient: g
      ).stepMemory(slotCount: slotCount)
    }
  }

  @Test(
    "is at most 1.5 times parameters, gradients, optimizer state and live activations",
    arguments: LayerSamples.all)
  func layers(_ sample: LayerSample) throws {
    // The samples are tiny: only with many rows do buffers weigh more than their alignment.
    let memory = try memory(try sample.network(), batchSize: 512)
    #expect(memory.ratio <= 1.5, "\(sample): \(memory.summary)")
    #expect(memory.ratio >= 1, "\(sample): \(memory.summary)")
    let layers = try sample.network().layers
    try #require(memory.layers.count == layers.count)
    // What layers keep stands on both sides of the ratio: it has a bound of its own, with which no layer
    // can keep what it need not.
    for (layer, use) in zip(layers, memory.layers) {
      let kind = type(of: layer.configuration).name
      let most = Self.valuesKept[kind] ?? 1
      let values = (layer.inputShapes + layer.outputShapes).map { $0.reduce(1, *) }.reduce(0, +)
      let bound = most * values * 512 * 4 + 4096
      #expect(use.kept <= bound, "\(sample), \(kind): keeps \(use.kept), at most \(bound) bytes")
    }
  }

  /// What a kind of layer may keep from the forward to the backward pass, as a multiple of the values that
  /// it reads and writes; others as many as these: an activation's arguments, a dropout's choices.
  ///
  /// Gates and states of all steps stand beside the one state that a recurrent layer may give; heads times
  /// steps times steps scores beside what attention reads; a wrapper holds the values of what it wraps.
  private static let valuesKept = [
    "lstm": 18, "gru": 18, "simple_rnn": 5, "bidirectional": 13, "multi_head_attention": 18,
    "time_distributed": 10, "group_normalization": 2, "separable_conv1d": 2,
  ]

  @Test("is so for networks of usual sizes, too")
  func networks() throws {
    func dense(_ units: Int, _ activation: Activation.Function? = .relu) -> NamedLayer {
      NamedLayer(
        nil,
        activation.map { Dense(units: units, activation: Activation($0)) } ?? Dense(units: units))
    }
    let stacks: [(shape: [Int], batchSize: Int, layers: [NamedLayer])] = [
      ([784], 128, [dense(256), dense(256), dense(10, .softmax)]),
      ([784], 300, [dense(256), dense(128), dense(256), dense(784, .sigmoid)]),
      ([1000], 256, [dense(2048), dense(2048), dense(1000, nil)]),
    ]
    for stack in stacks {
      let network = try Network(inputShape: stack.shape, layers: stack.layers)
      let memory = try memory(network, batchSize: stack.batchSize)
      #expect(memory.ratio <= 1.5 && memory.ratio >= 1, "\(memory.summary)")
      let weights = network.parameterCount * 4
      #expect(memory.parameters == weights && memory.gradient == weights)
      #expect(memory.optimizerState == 2 * weights)
    }
  }

  @Test("is so where each step of a sequence has thousands of classes")
  func sequenceHead() throws {
    let network = try Network(
      inputShape: [32],
      layers: [
        NamedLayer(nil, Embedding(inputDim: 500, outputDim: 16)),
        NamedLayer(nil, Dense(units: 5000, activation: .softmax)),
      ])
    // Logits, probabilities and the logits' gradient are each as large as all else together.
    let memory = try memory(network, batchSize: 16, loss: .sparseCategoricalCrossentropy)
    #expect(memory.ratio <= 1.5 && memory.ratio >= 1, "\(memory.summary)")
    #expect(memory.liveValues >= 3 * 16 * 32 * 5000 * 4, "\(memory.summary)")
  }

  @Test("has its column and its line in the table of layers")
  func table() throws {
    let network = try Network(
      inputShape: [8],
      layers: [
        NamedLayer(nil, Dense(units: 16, activation: .relu)), NamedLayer(nil, Dense(units: 4)),
      ])
    let memory = try memory(network, batchSize: 64)
    // 64 rows of 16 and of 4 floats.
    #expect(memory.layers.map(\.outputs) == [4096, 1024])
    let text = network.tableText(memory: memory)
    let lines = text.split(separator: "\n")
    #expect(lines[0].hasSuffix("memory"))
    #expect(lines[2].contains("KiB"), "\(text)")
    #expect(lines.last?.contains("times the sum of parameters") == true, "\(text)")
    #expect(network.tableText.split(separator: "\n").count == lines.count - 1)
  }
}
