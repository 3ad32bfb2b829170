internal import NN

/// The workers of one node in a mode in which they do not wait for each other's steps, event by event.
///
/// Cores and memory are shared in equal parts (processor sharing): with n workers that compute on c cores each
/// has min(1, c/n) of one, as fast as so many busy cores are, and with m of them in a pass over memory each moves
/// at most the m-th part of what the node can. The lock lets readers in together and writers alone, writers first, and in their order.
/// A worker that waits for it takes no core.
struct NodeSimulation {
  /// What was found.
  struct Figures {
    /// Steps per second of all workers together.
    var stepsPerSecond = 0.0
    /// Steps per second of the first one, which exchanges with other nodes.
    var leaderStepsPerSecond = 0.0
    /// The parts of the workers' time that a core, the memory and the lock were shared with others.
    var losses = Losses()
    /// The standard error of `stepsPerSecond` over it.
    var error = 0.0
    /// Steps that were simulated.
    var stepCount = 0
  }

  /// Parts of the workers' time, 0 to 1.
  struct Losses {
    var cores = 0.0
    var memory = 0.0
    var lock = 0.0
  }

  /// Where in its step a worker is.
  private enum Stage {
    case pull, compute, update, write, link, end
  }

  private struct Worker {
    var stage = Stage.pull
    var steps = 0
    var speed: Double
    /// Whether it is inside the lock, or waits for it.
    var isInside = false
  }

  private let model: ClusterModel
  private let traffic: ModeTraffic
  private let times: StepTimes
  /// Every so many steps of the first worker it exchanges with other nodes; 0: never.
  private let linkInterval: Int
  private let linkBytes: Double
  private let linkSeconds: Double
  private let taken: Double
  private var workers: [Worker]
  private var generator: RandomGenerator
  // Work that is under way ends at a time of its own clock, which runs as fast as the work is done.
  private var computing = EventQueue<Int>()
  private var moving = EventQueue<Int>()
  private var computeClock = 0.0
  private var moveClock = 0.0
  private var computeCount = 0
  private var moveCount = 0
  private var lock = SimulatedLock()
  private var now = 0.0
  private var stepCount = 0
  private var leaderSteps = 0
  private var lost = Losses()

  /// A node with `size` workers, of whose cores something else keeps `taken` busy.
  ///
  /// `link` is what its first worker does every `interval` steps: bytes that it moves for each parameter, and
  /// seconds of a core.
  init(
    _ model: ClusterModel, _ traffic: ModeTraffic, size: Int,
    link: (interval: Int, bytes: Double, seconds: Double)?, taken: Double, seed: UInt64
  ) {
    self.model = model
    self.traffic = traffic
    times = StepTimes(spread: model.stepSpread)
    linkInterval = link?.interval ?? 0
    linkBytes = link?.bytes ?? 0
    linkSeconds = link?.seconds ?? 0
    self.taken = taken
    var generator = RandomGenerator(seed: seed)
    let speeds = StepTimes(spread: model.workerSpread)
    workers = (0..<size).map { _ in Worker(speed: speeds.next(mean: 1, &generator)) }
    self.generator = generator
  }

  /// Simulates until the rate is known.
  mutating func run() -> Figures {
    for index in workers.indices { proceed(index) }
    let cycle = max(traffic.writeInterval, traffic.pullInterval, linkInterval)
    let batch = workers.count * max(16, min(2 * cycle, 400))
    var rate = SteadyState()
    var figures = Figures()
    var seconds = 0.0
    var total = Losses()
    var leader = 0
    while !rate.isKnown {
      let start = now
      let (first, own) = (stepCount, leaderSteps)
      lost = Losses()
      while stepCount < first + batch { advance() }
      guard rate.add(Double(stepCount - first) / (now - start)) else { continue }
      seconds += now - start
      leader += leaderSteps - own
      total.cores += lost.cores
      total.memory += lost.memory
      total.lock += lost.lock
    }
    let all = seconds * Double(workers.count)
    figures.stepsPerSecond = rate.mean
    figures.leaderStepsPerSecond = Double(leader) / seconds
    figures.losses = Losses(
      cores: total.cores / all, memory: total.memory / all, lock: total.lock / all)
    figures.error = rate.error
    figures.stepCount = stepCount
    return figures
  }

  /// Goes on to the next moment at which a worker ends what it does.
  private mutating func advance() {
    let active = Double(computeCount + moveCount)
    let share = 1 / model.slowdown(computing: active, taken: taken)
    let memory = model.nodeBandwidth / model.coreBandwidth
    let pace = moveCount > 0 ? min(share, memory / Double(moveCount)) : share
    let untilComputed = (computing.nextTime - computeClock) / share
    let untilMoved = (moving.nextTime - moveClock) / pace
    let seconds = max(0, min(untilComputed, untilMoved))
    precondition(seconds.isFinite, "no worker does anything")
    now += seconds
    computeClock += seconds * share
    moveClock += seconds * pace
    lost.cores += seconds * active * (1 - share)
    lost.memory += seconds * Double(moveCount) * (share - pace)
    lost.lock += seconds * Double(lock.waitingCount)
    if untilComputed <= untilMoved {
      guard let event = computing.next() else { return }
      computeClock = event.time
      computeCount -= 1
      finish(event.event)
    } else {
      guard let event = moving.next() else { return }
      moveClock = event.time
      moveCount -= 1
      finish(event.event)
    }
  }

  private mutating func compute(_ index: Int, _ seconds: Double) {
    computing.add(index, at: computeClock + seconds)
    computeCount += 1
  }

  private mutating func move(_ index: Int, bytes: Double) {
    moving.add(index, at: moveClock + model.passSeconds(bytes: bytes))
    moveCount += 1
  }

  /// The worker has ended what it was doing.
  private mutating func finish(_ index: Int) {
    if workers[index].isInside {
      workers[index].isInside = false
      lock.leave()
      for next in lock.admit() { enter(next) }
    }
    leaveStage(index)
    proceed(index)
  }

  private mutating func leaveStage(_ index: Int) {
    switch workers[index].stage {
    case .pull: workers[index].stage = .compute
    case .compute: workers[index].stage = .update
    case .update: workers[index].stage = .write
    case .write: workers[index].stage = .link
    case .link: workers[index].stage = .end
    case .end: workers[index].stage = .pull
    }
  }

  /// The worker has the lock.
  private mutating func enter(_ index: Int) {
    workers[index].isInside = true
    move(index, bytes: workers[index].stage == .pull ? traffic.readBytes : traffic.writeBytes)
  }

  /// Takes the worker to the next thing that needs time, or into a queue.
  private mutating func proceed(_ index: Int) {
    while true {
      let steps = workers[index].steps
      switch workers[index].stage {
      case .pull:
        if traffic.readBytes > 0 {
          lock.ask(index, writes: false)
          for next in lock.admit() { enter(next) }
          return
        }
        if traffic.pullBytes > 0, steps % traffic.pullInterval == 0 {
          return move(index, bytes: traffic.pullBytes)
        }
      case .compute:
        let mean = (model.readSeconds + model.computeSeconds) * workers[index].speed
        return compute(index, times.next(mean: mean, &generator))
      case .update:
        if traffic.stepBytes > 0 { return move(index, bytes: traffic.stepBytes) }
      case .write:
        if traffic.writeBytes > 0, (steps + 1) % traffic.writeInterval == 0 {
          lock.ask(index, writes: true)
          for next in lock.admit() { enter(next) }
          return
        }
      case .link:
        if index == 0, linkInterval > 0, (steps + 1) % linkInterval == 0 {
          let encoding = linkSeconds * model.coreBandwidth / Double(model.parameterCount)
          return move(index, bytes: linkBytes + encoding)
        }
      case .end:
        workers[index].steps += 1
        stepCount += 1
        if index == 0 { leaderSteps += 1 }
      }
      leaveStage(index)
    }
  }
}
