internal import NN

/// Nodes whose first workers push to servers and fetch the weights back, message by message.
///
/// A node pushes when its first worker has made so many steps since its last push and has the answer to it;
/// its workers train on meanwhile (double buffering), so a busy server makes exchanges rarer, not steps. A
/// message to a server waits for the sender's link, then for the receiver's, which it holds for its bytes over
/// the bandwidth; the server's core takes one message at a time.
struct LinkSimulation {
  /// What is exchanged.
  struct Setting {
    var nodeCount: Int
    var serverCount: Int
    /// Steps of a node's first worker between two pushes.
    var interval: Int
    /// Steps per second of that worker.
    var leaderStepsPerSecond: Double
    var compression: PushCompression
    /// How many times as long a server's work takes because it shares its node's cores.
    var serverSlowdown: Double
  }

  /// What was found.
  struct Figures {
    /// Pushes of all nodes per second.
    var exchangesPerSecond = 0.0
    /// Seconds from a push to its answer, in the mean.
    var answerSeconds = 0.0
    /// The parts of the time in which the busiest of each was busy.
    var serverLinkUse = 0.0
    var serverCoreUse = 0.0
    var nodeLinkUse = 0.0
    /// The standard error of `exchangesPerSecond` over it.
    var error = 0.0
    /// Exchanges that were simulated.
    var exchangeCount = 0
  }

  private enum Event {
    case push(node: Int)
    /// The part for a server has come to the server's link.
    case arrival(node: Int, server: Int)
  }

  private struct Node {
    var stepSeconds: Double
    var pushTime = 0.0
    var answerTime = 0.0
    var missing = 0
    /// When its link is free for another message in each direction.
    var sendingUntil = 0.0
    var receivingUntil = 0.0
  }

  private struct Server {
    var until = 0.0
    var busy = 0.0

    /// Does `seconds` of work as soon as it is free, at `time` or later; gives when it is done.
    mutating func take(_ seconds: Double, from time: Double) -> Double {
      until = max(until, time) + seconds
      busy += seconds
      return until
    }
  }

  private let model: ClusterModel
  private let setting: Setting
  private let times: StepTimes
  private var generator: RandomGenerator
  private var queue = EventQueue<Event>()
  private var nodes: [Node]
  private var cores: [Server]
  private var incoming: [Server]
  private var outgoing: [Server]
  private var now = 0.0
  private var exchangeCount = 0
  private var answerSum = 0.0
  private let pushSeconds: Double
  private let pullSeconds: Double
  private let coreSeconds: Double

  init(_ model: ClusterModel, _ setting: Setting, seed: UInt64) {
    self.model = model
    self.setting = setting
    // The steps of an interval together vary less than each of them.
    times = StepTimes(spread: model.stepSpread / Double(setting.interval).squareRoot())
    var generator = RandomGenerator(seed: seed)
    let speeds = StepTimes(spread: model.workerSpread)
    nodes = (0..<setting.nodeCount).map { _ in
      Node(stepSeconds: speeds.next(mean: 1 / setting.leaderStepsPerSecond, &generator))
    }
    let count = setting.serverCount
    cores = Array(repeating: Server(), count: count)
    let linkCount = min(count, setting.nodeCount, model.serverNodeCount ?? setting.nodeCount)
    incoming = Array(repeating: Server(), count: linkCount)
    outgoing = incoming
    let part = Double(model.parameterCount) / Double(count)
    let compression = setting.compression
    pushSeconds = part * compression.pushBytes / model.linkBandwidth
    pullSeconds = part * compression.pullBytes / model.linkBandwidth
    let bytes = part * (compression.pushBytes + compression.pullBytes)
    coreSeconds =
      setting.serverSlowdown
      * (model.serverSecondsPerMessage + bytes * model.serverSecondsPerByte
        + part * (model.applySecondsPerParameter + compression.serverSeconds))
    self.generator = generator
    // Nodes begin somewhere in their intervals.
    for node in nodes.indices {
      let interval = Double(setting.interval) * nodes[node].stepSeconds
      queue.add(.push(node: node), at: interval * self.generator.uniform())
    }
  }

  /// Simulates until the rate is known.
  mutating func run() -> Figures {
    let batch = max(4 * setting.nodeCount, 1000)
    var rate = SteadyState()
    var figures = Figures()
    var seconds = 0.0
    var counted = 0
    while !rate.isKnown {
      let (start, first) = (now, exchangeCount)
      answerSum = 0
      for index in cores.indices { cores[index].busy = 0 }
      for index in incoming.indices { (incoming[index].busy, outgoing[index].busy) = (0, 0) }
      while exchangeCount < first + batch { advance() }
      guard rate.add(Double(exchangeCount - first) / (now - start)) else { continue }
      seconds += now - start
      counted += exchangeCount - first
      figures.answerSeconds += answerSum
      figures.serverCoreUse += cores.map(\.busy).max() ?? 0
      figures.serverLinkUse += max(
        incoming.map(\.busy).max() ?? 0, outgoing.map(\.busy).max() ?? 0)
    }
    figures.exchangesPerSecond = rate.mean
    figures.answerSeconds /= Double(counted)
    figures.serverCoreUse = min(1, figures.serverCoreUse / seconds)
    figures.serverLinkUse = min(1, figures.serverLinkUse / seconds)
    figures.nodeLinkUse =
      rate.mean / Double(setting.nodeCount) * Double(setting.serverCount)
      * max(pushSeconds, pullSeconds)
    figures.error = rate.error
    figures.exchangeCount = exchangeCount
    return figures
  }

  private mutating func advance() {
    guard let next = queue.next() else { preconditionFailure("no node does anything") }
    now = next.time
    switch next.event {
    case .push(let node): push(node)
    case .arrival(let node, let server): serve(node, server)
    }
  }

  private mutating func push(_ node: Int) {
    nodes[node].pushTime = now
    nodes[node].answerTime = now
    nodes[node].missing = setting.serverCount
    // Not all begin with the same server, or it would be the first to be busy.
    for offset in 0..<setting.serverCount {
      let server = (node + offset) % setting.serverCount
      let start = max(now, nodes[node].sendingUntil)
      nodes[node].sendingUntil = start + pushSeconds
      queue.add(.arrival(node: node, server: server), at: start + model.latency)
    }
  }

  /// The first bytes of a part are at the server's link: the rest of its way, up to the node, follows from
  /// when link and core are free.
  private mutating func serve(_ node: Int, _ server: Int) {
    let link = server % incoming.count
    let received = incoming[link].take(pushSeconds, from: now)
    let applied = cores[server].take(coreSeconds, from: received)
    let sent = outgoing[link].take(pullSeconds, from: applied)
    let start = max(sent - pullSeconds + model.latency, nodes[node].receivingUntil)
    nodes[node].receivingUntil = start + pullSeconds
    nodes[node].answerTime = max(nodes[node].answerTime, start + pullSeconds)
    nodes[node].missing -= 1
    guard nodes[node].missing == 0 else { return }
    exchangeCount += 1
    answerSum += nodes[node].answerTime - nodes[node].pushTime
    let step = nodes[node].stepSeconds
    let interval = times.next(mean: step * Double(setting.interval), &generator)
    let due = nodes[node].pushTime + interval
    let answer = nodes[node].answerTime
    // The answer is taken at the end of the step in which it comes.
    let next = answer <= due ? due : answer + step * generator.uniform()
    queue.add(.push(node: node), at: next)
  }
}
