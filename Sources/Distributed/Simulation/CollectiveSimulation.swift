internal import NN

/// Workers that meet all at once, by an `MPI_Allreduce` or by compressed messages: every round takes as long as
/// the slowest worker, and then the reduction.
struct CollectiveSimulation {
  /// What was found.
  struct Figures {
    /// Steps per second of all workers together.
    var stepsPerSecond = 0.0
    /// The parts of the workers' time that went into each.
    var cores = 0.0
    var memory = 0.0
    var barrier = 0.0
    var reduction = 0.0
    /// The standard error of `stepsPerSecond` over it.
    var error = 0.0
    /// Steps that were simulated.
    var stepCount = 0
  }

  private let model: ClusterModel
  private let collective: ModeTraffic.Collective
  private let compression: PushCompression
  private let stepBytes: Double
  private let sizes: [Int]
  private var generator: RandomGenerator
  private let speeds: [Double]
  private let times: StepTimes

  /// `sizes` are the numbers of workers on each node.
  init(
    _ model: ClusterModel, _ traffic: ModeTraffic, _ collective: ModeTraffic.Collective,
    _ compression: PushCompression, sizes: [Int], seed: UInt64
  ) {
    self.model = model
    self.compression = compression
    self.collective = collective
    stepBytes = traffic.stepBytes
    self.sizes = sizes
    var generator = RandomGenerator(seed: seed)
    let own = StepTimes(spread: model.workerSpread)
    speeds = (0..<sizes.reduce(0, +)).map { _ in own.next(mean: 1, &generator) }
    self.generator = generator
    times = StepTimes(spread: model.stepSpread / Double(collective.interval).squareRoot())
  }

  /// Simulates until the rate is known.
  mutating func run() -> Figures {
    let workerCount = speeds.count
    let steps = Double(collective.interval)
    let size = Double(sizes.max() ?? 1)
    let isPlain = compression == .none
    let reduction =
      isPlain
      ? model.allReduceSeconds(workerCount: workerCount, nodeCount: sizes.count)
      : model.reductionSeconds(
        workerCount: workerCount, nodeCount: sizes.count, compression)
    let hidden = collective.overlaps && isPlain ? model.overlap * model.computeSeconds : 0
    let exposed = max(0, reduction - hidden)
    // All workers of a node pass over memory at about the same time where they meet; their steps' passes
    // are spread, and take longer only where all together are more than the node moves.
    let memory = max(1, size * model.coreBandwidth / model.nodeBandwidth)
    let sharing = model.slowdown(computing: size)
    let pace = max(memory, sharing)
    let alone = model.passSeconds(bytes: collective.bytesBefore + collective.bytesAfter)
    let update = model.passSeconds(bytes: stepBytes)
    let crowded = update * memory - (model.readSeconds + model.computeSeconds) * sharing
    let updates = steps * max(update * sharing, crowded)
    var rate = SteadyState()
    var figures = Figures()
    var (time, computed, shared) = (0.0, 0.0, 0.0)
    var rounds = 0
    while !rate.isKnown {
      var seconds = 0.0
      var (sums, sharedSums) = (0.0, 0.0)
      for _ in 0..<8 {
        let round = slowest(steps)
        seconds += round.seconds + updates + alone * pace + exposed
        sums += round.mean
        sharedSums += round.sharedMean
      }
      rounds += 8
      guard rate.add(8 * steps * Double(workerCount) / seconds) else { continue }
      time += seconds
      computed += sums
      shared += sharedSums
    }
    let all = Double(8 * rate.values.count)
    figures.stepsPerSecond = rate.mean
    let passes = all * alone
    let stretched = all * (updates - steps * update * sharing)
    figures.cores =
      (shared - computed + (passes + all * steps * update) * (sharing - 1)) / time
    figures.memory = (passes * (pace - sharing) + stretched) / time
    figures.reduction = all * exposed / time
    figures.barrier = max(0, time - shared - all * (updates + alone * pace + exposed)) / time
    figures.error = rate.error
    figures.stepCount = rounds * collective.interval * workerCount
    return figures
  }

  /// The seconds of the slowest worker's steps of a round, the mean of all on cores of their own, and on
  /// those that they share.
  private mutating func slowest(_ steps: Double) -> (
    seconds: Double, mean: Double, sharedMean: Double
  ) {
    var (most, sum, sharedSum) = (0.0, 0.0, 0.0)
    var first = 0
    for size in sizes {
      var own: [Double] = []
      own.reserveCapacity(size)
      for index in first..<first + size {
        let mean = (model.readSeconds + model.computeSeconds) * speeds[index] * steps
        own.append(times.next(mean: mean, &generator))
      }
      first += size
      sum += own.reduce(0, +)
      if model.slowdown(computing: Double(size)) > 1 { own = shared(own) }
      sharedSum += own.reduce(0, +)
      most = max(most, own.max() ?? 0)
    }
    let count = Double(speeds.count)
    return (most, sum / count, sharedSum / count)
  }

  /// When workers that begin together end, with equal parts of the cores.
  private func shared(_ work: [Double]) -> [Double] {
    var (now, done) = (0.0, 0.0)
    var ends: [Double] = []
    for (index, amount) in work.sorted().enumerated() {
      let left = Double(work.count - index)
      now += (amount - done) * model.slowdown(computing: left)
      done = amount
      ends.append(now)
    }
    return ends
  }
}
