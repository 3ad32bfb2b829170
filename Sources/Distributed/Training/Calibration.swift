internal import NN

/// Measures at the start which way of reading the shared parameters is faster here.
///
/// Two cores that share written memory can be near or far from each other, and in a virtual machine
/// that changes: in-place work then runs several times slower, while a private copy crosses the
/// distance once, in bulk. So both are tried, all workers at once, on the window that training will
/// use, before it is initialised.
struct Calibration {
  /// Steps per second of all workers together, in place.
  var inPlace: Double
  /// The same with private copies.
  var copy: Double

  /// A private copy costs memory: it must be worth more than the noise of the measurement.
  var prefersCopy: Bool { copy > inPlace * Self.margin }

  private static let margin = 1.03

  /// The part of the training that the measurement may cost.
  private static let share = 0.05

  /// Seconds of one turn, the least and the most: no shorter than the noise of a core, no longer than is needed.
  private static let turnSeconds = 0.01...0.08

  /// The two rates and the choice, in one line.
  var summary: String {
    "exchange: \(prefersCopy ? "private copy" : "in place") "
      + "(measured \(Int(inPlace)) steps/s in place, \(Int(copy)) with a private copy"
      + (copy > inPlace && !prefersCopy ? ", which must be 3 % faster to be taken)" : ")")
  }

  /// Runs both ways in turn for half a second, or for a twentieth of a training that is shorter than ten: what
  /// a first, short turn takes says how long the `stepCount` steps are that each worker is going to make.
  ///
  /// Collective over `workers`.
  ///
  /// Leaves arbitrary numbers in the parameters and the state of `memory`.
  static func measure(
    network: Network, training: TrainingConfiguration, memory: ParameterMemory, fills: Bool,
    gradient: Gradient, correction: StalenessCorrection = .none, stepCount: Int,
    among workers: borrowing Communicator
  ) throws -> Calibration {
    var ways = [false, true].map {
      HogwildExchange(
        memory: memory, gradient: gradient, optimizer: training.optimizer, privateCopy: $0,
        correction: correction)
    }
    let executor = try Executor(
      network, batchSize: training.batchSize, losses: try training.losses(for: network),
      lossWeights: training.lossWeights(for: network), parameters: memory.parameters.start,
      gradient: gradient.start, precision: training.precision)
    for way in ways.indices { ways[way].updateInBackward(of: executor) }
    executor.features.update(repeating: 0.5)
    executor.targets.update(repeating: 0)
    if fills { network.initialize(memory.parameters, seed: training.seed) }
    try workers.barrier()

    /// Steps per second of this worker in one turn.
    func rate(_ way: Int, _ seconds: Double) throws -> Double {
      executor.bind(parameters: ways[way].parameters.start)
      try workers.barrier()
      let start = Clock.now
      var steps = 0
      while Clock.now - start < seconds || steps < 2 {
        ways[way].pull()
        _ = executor.step(
          seed: training.seed, step: UInt64(steps), into: ways[way].backwardUpdate)
        _ = ways[way].push(rowCount: training.batchSize, wantsToStop: false, among: workers)
        steps += 1
      }
      return Double(steps) / (Clock.now - start)
    }

    // The first steps touch memory for the first time: they say how long the training is, and no more.
    let first = max(try rate(0, turnSeconds.lowerBound), try rate(1, turnSeconds.lowerBound))
    let whole = try workers.allReduce(Double(stepCount) / first, .maximum)
    let rounds = 3
    let turn = min(
      max(whole * share / Double(2 * rounds), turnSeconds.lowerBound), turnSeconds.upperBound)
    var rates = [0.0, 0.0]
    for round in 0..<2 * rounds { rates[round % 2] += try rate(round % 2, turn) / Double(rounds) }
    try workers.allReduce(&rates, .sum)
    return Calibration(inPlace: rates[0], copy: rates[1])
  }
}
