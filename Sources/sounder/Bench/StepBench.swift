import Configuration
import Foundation
import NN

/// Measures the training step alone: samples per second over one batch that stays in memory.
///
/// The workloads are those of `Benchmarks/peers`: the same networks, batches and optimizers that the
/// peers run there, so that ratios can be taken.
enum StepBench {
  /// One network, batch size and loss.
  struct Workload {
    var name: String
    var inputCount: Int
    var batchSize: Int
    var layers: [Dense]
    var loss: Loss
  }

  /// The workloads by name.
  static let workloads: [Workload] =
    [32, 64, 128, 300, 1024].map { mlp("mlp_b\($0)", batchSize: $0) }
    + [
      Workload(
        name: "ae_b300", inputCount: 784, batchSize: 300,
        layers: [256, 128, 256, 784].map { Dense(units: $0, activation: .sigmoid) },
        loss: Loss(.meanSquaredError)),
      Workload(
        name: "wide_b256", inputCount: 1000, batchSize: 256,
        layers: [
          Dense(units: 2048, activation: .relu), Dense(units: 2048, activation: .relu),
          Dense(units: 1000, activation: .softmax),
        ], loss: Loss(.sparseCategoricalCrossentropy)),
    ]

  /// The optimizers by name, with the peers' settings.
  static let optimizers: [(name: String, optimizer: any Optimizer)] = [
    ("adam", Adam(learningRate: 0.001)), ("sgd", SGD(learningRate: 0.01)),
  ]

  static func mlp(_ name: String, batchSize: Int) -> Workload {
    Workload(
      name: name, inputCount: 784, batchSize: batchSize,
      layers: [
        Dense(units: 256, activation: .relu), Dense(units: 256, activation: .relu),
        Dense(units: 10, activation: .softmax),
      ], loss: Loss(.sparseCategoricalCrossentropy))
  }

  /// One step after another on one workload.
  final class Trainer {
    let workload: Workload
    let optimizerName: String
    private let optimizer: any Optimizer
    private let executor: Executor
    private let memory: FloatArena
    private let parameters: UnsafeMutablePointer<Float>
    private let gradient: UnsafeMutablePointer<Float>
    private let state: UnsafeMutablePointer<Float>
    private var steps = 0

    init(_ workload: Workload, _ optimizer: (name: String, optimizer: any Optimizer)) throws {
      self.workload = workload
      optimizerName = optimizer.name
      self.optimizer = optimizer.optimizer
      let network = try Network(
        inputShape: [workload.inputCount], layers: workload.layers.map { NamedLayer(nil, $0) })
      memory = FloatArena()
      let count = network.parameterCount
      let block = memory.allocate(count)
      guard let parameters = block.baseAddress, let gradient = memory.allocate(count).baseAddress,
        let state = memory.allocate(count * optimizer.optimizer.slotCount).baseAddress
      else { preconditionFailure("an arena without memory") }
      network.initialize(block, seed: 1)
      (self.parameters, self.gradient, self.state) = (parameters, gradient, state)
      executor = try Executor(
        network, batchSize: workload.batchSize, loss: workload.loss, parameters: parameters,
        gradient: gradient)
      var generator = RandomGenerator(seed: 2)
      for i in executor.features.indices {
        executor.features[i] = Float(generator.uniform())
      }
      for i in executor.targets.indices {
        executor.targets[i] =
          workload.loss.isSparse
          ? Float(generator.below(network.outputCount)) : executor.features[i]
      }
    }

    func step() {
      steps += 1
      _ = executor.step(seed: 1, step: UInt64(steps))
      optimizer.update(
        parameters: parameters, gradient: gradient, state: state,
        count: executor.network.parameterCount, step: steps)
    }

    /// Samples per second over at least `seconds`, of the wall's clock and of this process' CPU
    /// time, which other processes disturb less.
    func rate(seconds: Double) -> (wall: Double, processor: Double) {
      let (wall, processor) = (Self.now(CLOCK_MONOTONIC), Self.now(CLOCK_PROCESS_CPUTIME_ID))
      var samples = 0.0
      var elapsed = 0.0
      repeat {
        step()
        samples += Double(workload.batchSize)
        elapsed = Self.now(CLOCK_MONOTONIC) - wall
      } while elapsed < seconds
      return (samples / elapsed, samples / (Self.now(CLOCK_PROCESS_CPUTIME_ID) - processor))
    }

    private static func now(_ clock: clockid_t) -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
  }

  /// Measures each chosen workload with each chosen optimizer and hands over one JSON line each.
  ///
  /// Repetitions of all measurements take turns, so that a noisy minute touches all of them; the
  /// value is the median.
  static func run(
    workloads names: [String], optimizers optimizerNames: [String], repetitions: Int,
    seconds: Double, line: (String) -> Void
  ) throws {
    let trainers = try chosen(names, workloads, \.name, "workload").flatMap { workload in
      try chosen(optimizerNames, optimizers, \.name, "optimizer").map {
        try Trainer(workload, $0)
      }
    }
    for trainer in trainers { for _ in 0..<3 { trainer.step() } }
    var rates = [[(wall: Double, processor: Double)]](repeating: [], count: trainers.count)
    for _ in 0..<max(1, repetitions) {
      for (index, trainer) in trainers.enumerated() {
        rates[index].append(trainer.rate(seconds: seconds))
      }
    }
    for (trainer, rates) in zip(trainers, rates) {
      let wall = rates.map(\.wall).sorted()
      let processor = rates.map(\.processor).sorted()
      let value: Value = [
        "fw": "sounder", "work": Value(.string(trainer.workload.name)),
        "opt": Value(.string(trainer.optimizerName)), "unit": "samples/s",
        "threads": Value(.int(Engine.threadCount)),
        "median": Value(.number(wall[wall.count / 2].rounded())),
        "best": Value(.number(wall[wall.count - 1].rounded())),
        "rates": Value(.list(rates.map { Value(.number($0.wall.rounded())) })),
        "per_cpu_second": Value(.number(processor[processor.count / 2].rounded())),
      ]
      line(value.json)
    }
  }

  /// The items of the given names, all when none is given.
  private static func chosen<T>(
    _ names: [String], _ all: [T], _ name: KeyPath<T, String>, _ what: String
  ) throws(ConfigurationError) -> [T] {
    guard !names.isEmpty else { return all }
    var items: [T] = []
    for wanted in names {
      guard let item = all.first(where: { $0[keyPath: name] == wanted }) else {
        throw ConfigurationError(
          "unknown \(what) '\(wanted)': "
            + Spelling.advice(for: wanted, among: all.map { $0[keyPath: name] }),
          origin: .override(wanted))
      }
      items.append(item)
    }
    return items
  }
}
