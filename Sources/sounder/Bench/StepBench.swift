import Configuration
import Foundation
import NN

/// Steps of one process on one batch that stays in memory: training, or prediction.
final class StepBench {
  /// The optimizers by name, with the peers' settings.
  static let optimizers: [(name: String, optimizer: any Optimizer)] = [
    ("adam", Adam(learningRate: 0.001)), ("sgd", SGD(learningRate: 0.01)),
  ]

  /// The floats of the network.
  let network: Network
  private let batchSize: Int
  /// The rows that are predicted at a time, as `sounder predict` does, and all that are to be.
  private let rows: Int
  private var features: [Float] = []
  /// Nil: only predicts.
  private let optimizer: (any Optimizer)?
  private let executor: Executor
  private let memory = FloatArena()
  private let parameters: UnsafeMutablePointer<Float>
  private let gradient: UnsafeMutablePointer<Float>
  private let state: UnsafeMutablePointer<Float>
  private var steps = 0
  /// What a worker that trains in place does too; nil where the optimizer must see all gradients.
  private var update: BackwardUpdate?
  /// What a worker looks at its gradients with; nil without an optimizer.
  private let watch: GradientWatch?

  /// Compiles `workload` for batches of `batchSize` rows of random numbers.
  init(
    _ workload: BenchWorkload, batchSize: Int, optimizer: (any Optimizer)?,
    precision: Precision = .float32
  ) throws {
    self.batchSize = batchSize
    self.optimizer = optimizer
    network = try workload.network()
    let count = network.parameterCount
    let block = memory.allocate(count)
    guard let parameters = block.baseAddress, let gradient = memory.allocate(count).baseAddress,
      let state = memory.allocate(max(1, count * (optimizer?.slotCount ?? 0))).baseAddress
    else { preconditionFailure("an arena without memory") }
    network.initialize(block, seed: 1)
    (self.parameters, self.gradient, self.state) = (parameters, gradient, state)
    rows = optimizer == nil ? network.predictionRows(atMost: batchSize) : batchSize
    executor =
      optimizer == nil
      ? try Executor(predicting: network, batchSize: rows, parameters: parameters)
      : try Executor(
        network, batchSize: batchSize, loss: workload.loss, parameters: parameters,
        gradient: gradient, precision: precision)
    var generator = RandomGenerator(seed: 2)
    for i in executor.features.indices {
      executor.features[i] = Float(generator.uniform())
    }
    for i in executor.targets.indices {
      executor.targets[i] =
        workload.loss.isSparse
        ? Float(generator.below(network.outputCount)) : executor.features[i]
    }
    if rows < batchSize {
      features = (0..<batchSize * network.inputCount).map { _ in Float(generator.uniform()) }
    }
    watch = optimizer == nil ? nil : GradientWatch(network, limit: 1e4)
    if let optimizer, executor.updatesInBackward {
      update = BackwardUpdate(
        optimizer, parameters: parameters, state: state, count: network.trainedCount
      ) { [unowned self] in steps }
      update?.watch = watch
    }
  }

  /// The bytes that a step needs: parameters, gradient, optimizer state, activations.
  var byteCount: Int { memory.byteCount + executor.byteCount }

  /// One step: forward, backward and update, or only forward.
  func step() {
    guard let optimizer else { return predict() }
    steps += 1
    watch?.begin()
    _ = executor.step(seed: 1, step: UInt64(steps), into: update)
    if watch?.inspect(gradient, isApplied: update != nil) == nil { watch?.accept() }
    guard update == nil else { return }
    optimizer.update(
      parameters: parameters, gradient: gradient, state: state, count: network.trainedCount,
      step: steps)
  }

  private func predict() {
    guard rows < batchSize else { return executor.forward() }
    for start in stride(from: 0, to: batchSize, by: rows) {
      let count = min(rows, batchSize - start) * network.inputCount
      features.withUnsafeBufferPointer { all in
        guard let base = all.baseAddress else { return }
        executor.features.baseAddress?.update(
          from: base + start * network.inputCount, count: count)
      }
      executor.forward()
    }
  }

  /// Samples per second over at least `seconds`.
  func rate(seconds: Double) -> Double {
    let start = Self.now()
    var samples = 0.0
    var elapsed = 0.0
    repeat {
      step()
      samples += Double(batchSize)
      elapsed = Self.now() - start
    } while elapsed < seconds
    return samples / elapsed
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
