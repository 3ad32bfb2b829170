private import Configuration
package import Distributed

/// What a training loses most of its time to, in one sentence that says what would help.
///
/// Every rule gives the share of the time that it sees lost; the largest of at least a tenth wins, and
/// without one the training computes. docs/compare.md has the rules in words.
package struct Bottleneck: Equatable {
  /// What the time goes to.
  package enum Cause: String, CaseIterable {
    /// Waiting for rows.
    case reading
    /// Waiting for the lock on the shared weights.
    case lock
    /// Waiting for others within steps that all make together.
    case others
    /// Moving gradients or weights between workers that share no memory.
    case moving
    /// Copies and updates of shared weights.
    case sharing
    /// Exchange with other nodes, and waiting for it.
    case nodes
    /// Waiting for others at the end of epochs.
    case epochs
    /// More ranks than cores.
    case cores
    /// Steps that take longer than elsewhere, with a core of their own.
    case memory
    /// Nothing that could be gained back.
    case computing
  }

  /// What the time goes to.
  package let cause: Cause
  /// The share of the time of training that is lost; for `computing` what is computed.
  package let share: Double
  /// What is to be read.
  package let sentence: String

  /// A share below which nothing is worth a remark.
  package static let threshold = 0.1

  /// Looks at a training in `mode` that validated so often in an epoch, on several nodes where `nodes` is there.
  ///
  /// `quickest` is the least time of a step's computing in any other training of the same network and batch
  /// that tells it (`tellsSteps`), and what that was; nil: none is known.
  package init(
    _ shares: UsageShares, mode: any ExchangeMode, validationsPerEpoch: Int = 1,
    nodes: NodeExchange? = nil, quickest: (seconds: Double, run: String)? = nil
  ) {
    var rules = Self.waits(shares, mode)
    rules.append(Self.epochs(shares, validationsPerEpoch))
    if let nodes { rules.append(Self.nodes(shares, nodes, validationsPerEpoch)) }
    rules.append(Self.cores(shares))
    if let quickest, shares.workerCount > 1, shares.tellsSteps {
      rules.append(Self.memory(shares, mode, quickest))
    }
    if let worst = rules.max(by: { $0.share < $1.share }), worst.share >= Self.threshold {
      self = worst
      return
    }
    let rest = max(0, 1 - shares.compute)
    self.init(
      .computing, shares.compute,
      "workers compute \(Self.percent(shares.compute)) % of the time: no other exchange or setting can "
        + "gain more than \(Self.percent(rest)) %, more workers can, as long as each has a core")
  }

  private init(_ cause: Cause, _ share: Double, _ sentence: String) {
    self.cause = cause
    self.share = share
    self.sentence = sentence
  }

  /// The rules whose share is a phase of the time.
  private static func waits(_ s: UsageShares, _ mode: any ExchangeMode) -> [Bottleneck] {
    let sharesMemory = type(of: mode).sharesMemory
    let exchange = s.communicate - s.nodes
    return [
      Bottleneck(
        .reading, s.read,
        "workers wait for rows \(percent(s.read)) % of the time: a data.memory that holds a worker's rows, "
          + "or a file with whole-number features and larger chunks (sounder convert), would remove it"
      ),
      Bottleneck(
        .lock, s.lockWait,
        "workers wait for the lock \(percent(s.lockWait)) % of the time: "
          + lockAdvice(s.lockWait, mode)),
      Bottleneck(
        .others, s.reductionWait,
        "workers wait for the slowest of them \(percent(s.reductionWait)) % of the time: "
          + othersAdvice(s.reductionWait, mode)),
      Bottleneck(
        sharesMemory ? .sharing : .moving, exchange,
        (sharesMemory ? "copies and updates of the shared weights take " : "moving weights takes ")
          + "\(percent(exchange)) % of the time (\(Figures.bytes(Int(s.bytesPerStep))) a step): "
          + exchangeAdvice(exchange, mode)),
    ]
  }

  private static func epochs(_ s: UsageShares, _ validationsPerEpoch: Int) -> Bottleneck {
    let cores =
      s.hasCores ? "cores that are as fast for all of them" : "a core of its own for each"
    let fewer = validationsPerEpoch > 1 ? "fewer training.validations_per_epoch, or " : ""
    return Bottleneck(
      .epochs, s.barrierWait,
      "workers wait for each other at the ends of epochs \(percent(s.barrierWait)) % of the time: "
        + "\(fewer)\(cores) would remove it")
  }

  /// Exchanges go on beside the steps of a node's workers, which wait for the servers before a validation only:
  /// until all that is under way is answered, and then for whole weights.
  private static func nodes(
    _ s: UsageShares, _ nodes: NodeExchange, _ validationsPerEpoch: Int
  ) -> Bottleneck {
    let share = s.nodes + s.serverWait
    let bytes = nodes.bytesPerStep(s)
    let place =
      "\(percent(share)) % of the time (\(Figures.bytes(Int(bytes))) a step between \(nodes.nodeCount) nodes)"
    func interval(_ steps: Int) -> String {
      "distribution.node_interval: \(steps) in place of \(nodes.interval)"
    }
    guard s.serverWait >= s.nodes else {
      return Bottleneck(
        .nodes, share,
        "exchange between the nodes takes \(place): \(interval(longer(nodes.interval, share))) would "
          + "remove most of it")
    }
    let late = nodes.isLate
    let factor = late ? powerOfTwo(nodes.reachedInterval / Double(nodes.interval)) : 2
    var cures: [String] = []
    // More servers than nodes would share links.
    if nodes.serverCount > 0, nodes.serverCount < nodes.nodeCount {
      let count = min(factor * nodes.serverCount, nodes.nodeCount)
      cures.append("distribution.servers: \(count) in place of \(nodes.serverCount)")
    }
    if late { cures.append(interval(factor * nodes.interval)) }
    if validationsPerEpoch > 1 { cures.append("fewer training.validations_per_epoch") }
    if cures.isEmpty { cures = ["fewer and longer epochs (training.steps_per_epoch)"] }
    return Bottleneck(
      .nodes, share,
      "workers wait for the server\(nodes.serverCount == 1 ? "" : "s") \(place): "
        + "\(cures.joined(separator: " or ")) would remove \(late ? "most" : "half") of it")
  }

  private static func cores(_ s: UsageShares) -> Bottleneck {
    Bottleneck(
      .cores, s.compute * (1 - s.busyCPU),
      "the ranks share cores: a worker with work has one for \(percent(s.busyCPU)) % of the time: fewer "
        + "ranks or more cores would remove it")
  }

  private static func memory(
    _ s: UsageShares, _ mode: any ExchangeMode, _ quickest: (seconds: Double, run: String)
  ) -> Bottleneck {
    let factor = quickest.seconds > 0 ? s.computePerStep / quickest.seconds : 1
    let advice =
      mode is HogwildMode
      ? "distribution.exchange: copy, or downpour with a pull_interval, keeps them apart"
      : "fewer workers on a node, or a smaller network, would"
    return Bottleneck(
      .memory, factor > 1 ? s.compute * (1 - 1 / factor) : 0,
      "a step computes \(Figures.fixed(factor, 1)) times as long as in \(quickest.run), because workers "
        + "get in each other's way in memory: \(advice)")
  }

  /// How a mode with an interval waits less often for the lock, and what to take where there is none.
  private static func lockAdvice(_ share: Double, _ mode: any ExchangeMode) -> String {
    guard let (name, steps) = intervals(mode).first else {
      return "mode hogwild, or downpour with push_interval: \(longer(1, share)), would remove it"
    }
    return
      "\(name): \(longer(steps, share)) in place of \(steps), or mode hogwild, would remove most of it"
  }

  private static func othersAdvice(_ share: Double, _ mode: any ExchangeMode) -> String {
    if let (name, steps) = intervals(mode).first {
      return
        "\(name): \(longer(steps, share)) in place of \(steps) waits more rarely, and on one node "
        + "hogwild waits for nobody"
    }
    return "localsgd waits only every few steps, and on one node hogwild waits for nobody"
  }

  private static func exchangeAdvice(_ share: Double, _ mode: any ExchangeMode) -> String {
    let intervals = intervals(mode)
    if let least = intervals.map(\.steps).min() {
      // What is done most often costs most.
      let names = intervals.filter { $0.steps == least }.map(\.name).joined(separator: " and ")
      return "\(names): \(longer(least, share)) in place of \(least) would remove most of it"
    }
    let batch = "a larger training.batch_size makes it rarer"
    return switch mode {
    case is SynchronousMode: "localsgd with interval: \(longer(1, share)), or \(batch)"
    case is LockedMode: "mode hogwild in place needs no copies, or \(batch)"
    default: batch
    }
  }

  /// The options that say how many steps lie between two exchanges, and their values; one of pushes first.
  private static func intervals(_ mode: any ExchangeMode) -> [(name: String, steps: Int)] {
    mode.entries.compactMap { entry in
      guard entry.key.hasSuffix("interval"), let steps = entry.value.int else { return nil }
      return (entry.key, steps)
    }
  }

  /// A power of two times the steps between two exchanges after which they would take less than a tenth.
  ///
  /// With f the share now, an exchange of e seconds after w seconds of work has f = e / (w + e); k times the
  /// work makes it at most 1/10 from k = 9 f / (1 - f) on.
  private static func longer(_ steps: Int, _ share: Double) -> Int {
    steps * powerOfTwo(9 * share / max(1 - share, 0.01))
  }

  /// The least power of two, 2 to 1024, that is no less.
  private static func powerOfTwo(_ wanted: Double) -> Int {
    var factor = 2
    while Double(factor) < wanted, factor < 1024 { factor *= 2 }
    return factor
  }

  private static func percent(_ share: Double) -> String { Figures.fixed(100 * share, 0) }
}

extension UsageShares {
  /// Whether each worker had a core for itself, nearly all the time.
  var hasCores: Bool { busyCPU >= 0.9 }

  /// Whether a step's computing can be told from the mean: not where others had the core, nor where cold caches and
  /// the first use of memory are a part of it that counts (some tenths of a second).
  var tellsSteps: Bool {
    hasCores && stepCount >= 300 && stepCount * computePerStep >= 2
  }
}
