import Configuration
import NN
import Testing

/// Steps that change the weights during the backward pass, beside steps that do so afterwards.
@Suite("Updates within the backward pass")
struct BackwardUpdateTests {
  /// Dense layers of every way to compute a gradient, and layers that leave theirs to the executor.
  private static func network() throws -> Network {
    let layers: [any LayerConfiguration] = [
      Conv2D(filters: 4, kernelSize: [3], activation: .relu), BatchNormalization(), Flatten(),
      Dense(units: 600, activation: .relu), LayerNormalization(), Dense(units: 24),
      Dense(units: 7, useBias: false), Dense(units: 10, activation: .softmax),
    ]
    return try Network(inputShape: [6, 6, 1], layers: layers.map { NamedLayer(nil, $0) })
  }

  /// What some steps leave in the parameters and the state, and their losses.
  private static func train(
    _ text: String, within: Bool
  ) throws -> (parameters: [Float], losses: [Double], updates: Int, isWithin: Bool) {
    let network = try network()
    let (count, trained) = (network.parameterCount, network.trainedCount)
    var optimizer = try OptimizerRegistry.optimizer(try yaml(text), at: [])
    optimizer.common.prepare(arrays: network.parameterRanges, stepCount: 4)
    let arena = FloatArena()
    let block = arena.allocate(count)
    network.initialize(block, seed: 1)
    let parameters = try #require(block.baseAddress)
    let gradient = try #require(arena.allocate(count).baseAddress)
    let state = try #require(arena.allocate(max(1, trained * optimizer.slotCount)).baseAddress)
    let executor = try Executor(
      network, batchSize: 9, loss: Loss(.sparseCategoricalCrossentropy), parameters: parameters,
      gradient: gradient)
    #expect(executor.updatesInBackward)
    var updates = 0
    let update =
      within
      ? BackwardUpdate(optimizer, parameters: parameters, state: state, count: trained) {
        updates += 1
        return updates
      } : nil
    var generator = RandomGenerator(seed: 2)
    var losses: [Double] = []
    for step in 1...4 {
      for i in executor.features.indices { executor.features[i] = Float(generator.uniform(-1, 1)) }
      for i in executor.targets.indices { executor.targets[i] = Float(generator.below(10)) }
      losses.append(executor.step(seed: 1, step: UInt64(step), into: update))
      if update == nil {
        optimizer.update(
          parameters: parameters, gradient: gradient, state: state, count: trained, step: step)
      }
      for i in trained..<count { parameters[i] += gradient[i] }
    }
    return (
      Array(block)
        + Array(UnsafeBufferPointer(start: state, count: trained * optimizer.slotCount)), losses,
      updates, update != nil
    )
  }

  @Test("Both ways leave the same bits", arguments: OptimizerNumbers.parameters.map(\.0))
  func bits(_ text: String) throws {
    let within = try Self.train(text, within: true)
    guard within.isWithin else {
      // What must see the whole gradient is asked for by name.
      let reasons = ["lamb", "lars", "clipnorm", "accumulation", "ema"]
      #expect(reasons.contains { text.contains($0) }, "\(text) could be within the pass")
      return
    }
    #expect(within.updates == 4)
    let behind = try Self.train(text, within: false)
    #expect(within.losses == behind.losses)
    let different = zip(within.parameters, behind.parameters).filter {
      $0.bitPattern != $1.bitPattern
    }
    #expect(different.isEmpty, "\(text): \(different.count) numbers, first \(different.prefix(1))")
  }

  @Test("A loss that is no number changes nothing and counts no update")
  func diverged() throws {
    let network = try Self.network()
    let arena = FloatArena()
    let block = arena.allocate(network.parameterCount)
    network.initialize(block, seed: 1)
    let parameters = try #require(block.baseAddress)
    let gradient = try #require(arena.allocate(network.parameterCount).baseAddress)
    let executor = try Executor(
      network, batchSize: 2, loss: Loss(.sparseCategoricalCrossentropy), parameters: parameters,
      gradient: gradient)
    executor.features.update(repeating: .infinity)
    let before = Array(block)
    let update = try #require(
      BackwardUpdate(SGD(learningRate: 1), parameters: parameters, state: gradient, count: 1) {
        Issue.record("an update was counted")
        return 1
      })
    #expect(!executor.step(seed: 1, step: 1, into: update).isFinite)
    #expect(Array(block) == before)
  }

  @Test("A penalty on the weights, or weights that layers share, want the whole gradient")
  func whole() throws {
    let loss = Loss(.meanSquaredError)
    let plain = try Trial([Dense(units: 2)], inputShape: [3], loss: loss)
    #expect(plain.executor.updatesInBackward)
    let penalized = try Trial(
      [Dense(units: 2, kernelRegularizer: Regularizer(l2: 0.1))], inputShape: [3], loss: loss)
    #expect(!penalized.executor.updatesInBackward)
    let input = Input([3], name: "a")
    let layer = SharedLayer(Dense(units: 3), name: "layer")
    let shared = try Trial(
      try Network(inputs: [input], outputs: [layer(layer(input))]), losses: [loss])
    #expect(!shared.executor.updatesInBackward)
  }
}
