import Configuration
import NN
import Testing

/// What a step does with a gradient that would spoil the weights, within the backward pass and behind it.
@Suite("Gradients that are refused")
struct GradientWatchTests {
  /// Two layers whose weights are changed within the pass, or behind it.
  private final class Steps {
    let network: Network
    let executor: Executor
    let watch: GradientWatch
    let parameters: UnsafeMutableBufferPointer<Float>
    private let update: BackwardUpdate?
    private let gradient: UnsafeMutablePointer<Float>
    private let optimizer = SGD(learningRate: 0.01)
    private let arena = FloatArena()
    private let weights: UnsafeMutableBufferPointer<Float>
    private var count = 0

    init(within: Bool, limit: Double) throws {
      network = try Network(
        inputShape: [8],
        layers: [
          NamedLayer("first", Dense(units: 24)), NamedLayer("last", Dense(units: 3)),
        ])
      parameters = arena.allocate(network.parameterCount)
      network.initialize(parameters, seed: 1)
      // Feature 7 reaches the gradient, but not the outputs.
      for unit in 0..<24 { parameters[7 * 24 + unit] = 0 }
      let start = try #require(parameters.baseAddress)
      gradient = try #require(arena.allocate(network.parameterCount).baseAddress)
      executor = try Executor(
        network, batchSize: 16, loss: Loss(.meanSquaredError), parameters: start,
        gradient: gradient)
      weights = arena.allocate(16)
      watch = GradientWatch(network, limit: limit)
      update =
        within
        ? BackwardUpdate(
          optimizer, parameters: start, state: gradient, count: network.trainedCount,
          nextStep: { 1 })
        : nil
      update?.watch = watch
    }

    /// One step of a batch of ordinary features, all times `size`, of which the last is `last`.
    ///
    /// The loss is weighed by `weight`. Gives what was refused, or nil.
    func step(size: Float = 1, last: Float = 0, weight: Float = 1) -> GradientWatch.Finding? {
      count += 1
      var generator = RandomGenerator(seed: UInt64(count))
      for i in executor.features.indices {
        executor.features[i] = i % 8 == 7 ? last : size * Float(generator.uniform(-1, 1))
      }
      executor.targets.update(repeating: 0.5)
      weights.update(repeating: weight)
      executor.sampleWeights = UnsafeBufferPointer(weights)
      watch.begin()
      let loss = executor.step(seed: 1, step: UInt64(count), into: update)
      #expect(loss.isFinite)
      let finding = watch.inspect(gradient, isApplied: update != nil)
      guard finding == nil else { return finding }
      if update == nil, let start = parameters.baseAddress {
        optimizer.update(
          parameters: start, gradient: gradient, state: gradient, count: network.trainedCount,
          step: count)
      }
      watch.accept()
      return nil
    }
  }

  @Test(
    "what overflows does not reach its layer's weights, nor those before it",
    arguments: [true, false])
  func overflow(within: Bool) throws {
    let steps = try Steps(within: within, limit: 0)
    #expect(steps.step() == nil)
    let before = Array(steps.parameters)
    let finding = try #require(steps.step(last: 3e38, weight: 1e5))
    #expect(finding.layer == 0)
    #expect(!(finding.norm <= GradientWatch.largestNorm))
    let firstCount = 8 * 24 + 24
    #expect(Array(steps.parameters)[..<firstCount] == before[..<firstCount])
    #expect(steps.parameters.allSatisfy { $0.isFinite })
    // The last layer's gradient was fine, and within the pass its turn came before.
    #expect((Array(steps.parameters)[firstCount...] == before[firstCount...]) == !within)
    #expect(steps.step() == nil, "the next step is looked at anew")
  }

  @Test("an exploding gradient is refused where a limit is set", arguments: [true, false])
  func explosion(within: Bool) throws {
    let steps = try Steps(within: within, limit: 100)
    for _ in 0..<GradientWatch.warmUpCount { #expect(steps.step() == nil) }
    // Tenfold features: at most a hundredfold gradient of the first layer; a hundredfold is too much.
    #expect(steps.step(size: 3) == nil)
    let before = Array(steps.parameters)
    let finding = try #require(steps.step(size: 1000))
    #expect(finding.norm > 100 * finding.mean && finding.mean > 0)
    #expect(Array(steps.parameters) == before)
    #expect(steps.step() == nil)

    let free = try Steps(within: within, limit: 0)
    for _ in 0..<GradientWatch.warmUpCount { #expect(free.step() == nil) }
    #expect(free.step(size: 1000) == nil)
    // Nothing is known at first.
    let new = try Steps(within: within, limit: 100)
    #expect(new.step() == nil && new.step(size: 1000) == nil)
  }

  @Test("moving averages that are not finite are refused, too")
  func averages() throws {
    let network = try Network(
      inputShape: [4],
      layers: [NamedLayer(nil, BatchNormalization()), NamedLayer(nil, Dense(units: 2))])
    let watch = GradientWatch(network, limit: 1e4)
    var gradient = [Float](repeating: 1, count: network.parameterCount)
    watch.begin()
    #expect(watch.inspect(gradient, isApplied: false) == nil)
    gradient[network.trainedCount + 1] = .infinity
    for isApplied in [true, false] {
      watch.begin()
      #expect(watch.inspect(gradient, isApplied: isApplied)?.layer == 0)
    }
  }

  @Test(
    "the quick sum of squares is the exact one to 1e-5", arguments: [0, 1, 63, 64, 4097, 100_000])
  func sums(count: Int) {
    var generator = RandomGenerator(seed: 3)
    let values = (0..<count).map { _ in Float(generator.uniform(-2, 2)) }
    let exact = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(GradientWatch.square(values, count) - exact) <= 1e-5 * exact)
    // Squares that no float holds.
    let large = values.map { 1e25 * $0 }
    let sum = large.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(GradientWatch.square(large, count) - sum) <= 1e-5 * sum)
  }
}
