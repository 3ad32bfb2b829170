public import Configuration

/// The `distribution` section: how the ranks work together.
public struct DistributionConfiguration: Sendable {
  /// Where a Hogwild worker reads the parameters of a step.
  public enum Exchange: String, Sendable, CaseIterable {
    /// Both ways are measured at the start and the faster one is taken.
    case auto
    /// In the shared window itself.
    case inPlace = "in_place"
    /// In a private copy that is refreshed before each step.
    case copy
  }

  /// `mode`: how a worker's gradient meets the others' (see `docs/modes.md`).
  package var mode: any ExchangeMode
  /// `exchange`; only Hogwild has a choice.
  public var exchange: Exchange
  /// `staleness_bound`: the most steps that a worker is ahead of the slowest one; nil: any number.
  public var stalenessBound: Int?
  /// `staleness_correction`: what becomes of a gradient that is stale.
  package var correction: StalenessCorrection
  /// `timeout`: seconds without a sign of life from any worker after which the job is ended.
  public var timeoutSeconds: Double

  /// `transport`: how nodes reach the servers, in modes that share memory.
  package var transport: Transport
  /// `node_interval`: the steps of a node's first worker between two exchanges of the node.
  public var nodeInterval: Int
  /// `servers`: where the master's weights lie, where there are several nodes.
  package var servers: ServerPlacement
  /// `compression`: in how many bytes weights go between the nodes and the servers.
  package var compression: CompressionConfiguration
  /// `ranks_per_worker`: the ranks that share the steps of one worker.
  public var ranksPerWorker: Int
  /// `node_merge`: what becomes of changes that nodes have made at the same time.
  package var nodeMerge: NodeMerge

  /// What `node_interval` is by default.
  private static let defaultNodeInterval = 4

  /// Reads the section.
  public init(options: inout Options) throws(ConfigurationError) {
    try Self.refuseModeOptions(options)
    mode =
      try options.value("mode").map { value throws(ConfigurationError) in
        try ModeRegistry.mode(value, at: options.keyPath + ["mode"])
      } ?? HogwildMode()
    let exchange = try options.choice(
      "exchange", among: Exchange.allCases.map(\.rawValue), default: Exchange.auto.rawValue)
    self.exchange = Exchange(rawValue: exchange) ?? .auto
    timeoutSeconds = try options.number("timeout", default: 600, in: 1...1e9)
    let transport = try options.choice(
      "transport", among: Transport.allCases.map(\.rawValue), default: Transport.auto.rawValue)
    self.transport = Transport(rawValue: transport) ?? .auto
    nodeInterval = try options.int(
      "node_interval", default: Self.defaultNodeInterval, in: 1...1_000_000)
    servers = try ServerPlacement(options.value("servers"), options)
    if servers == .colocated, self.transport == .messages {
      throw options.error(
        "is colocated: servers beside a worker's own steps answer by one-sided accesses only: set "
          + "distribution.transport to auto or rma, or servers to a number", "servers")
    }
    compression = try CompressionConfiguration(
      options.value("compression"), at: options.keyPath + ["compression"])
    let sharesMemory = type(of: mode).sharesMemory
    if compression.isAny, sharesMemory, self.transport == .rma || servers == .colocated {
      throw options.error(
        "needs messages: one-sided accesses add floats as they are. Leave distribution.transport auto, "
          + "and distribution.servers not colocated", "compression")
    }
    ranksPerWorker = try options.int("ranks_per_worker", default: 1, in: 1...65_536)
    let merge = try options.choice(
      "node_merge", among: NodeMerge.allCases.map(\.rawValue), default: NodeMerge.mean.rawValue)
    nodeMerge = NodeMerge(rawValue: merge) ?? .mean
    stalenessBound = nil
    if options.value("staleness_bound") != nil {
      stalenessBound = try options.int("staleness_bound", in: 0...1_000_000)
    }
    correction =
      try options.value("staleness_correction").map { value throws(ConfigurationError) in
        try StalenessCorrection(value, at: options.keyPath + ["staleness_correction"])
      } ?? .none
    for key in ["transport", "servers", "node_interval", "node_merge", "ranks_per_worker"]
    where options.contains(key) && !sharesMemory {
      throw options.error(
        "is for modes whose workers share the memory of a node; mode \(modeName) has no servers, its "
          + "workers add up over all ranks by MPI: remove the key", key)
    }
    if compression.isAny, let sync = mode as? SynchronousMode,
      sync.bucketByteCount != SynchronousMode.defaultBucketByteCount
    {
      throw options.error(
        "sends a gradient as a whole, behind the backward pass: remove bucket from mode sync",
        "compression")
    }
    try checkStaleness(options)
    if !(mode is HogwildMode), self.exchange != .auto {
      throw options.error(
        "'\(exchange)' is a choice of mode hogwild; mode \(modeName) has none: remove the key",
        "exchange")
    }
  }

  /// Throws where a mode's option stands beside the mode instead of with it.
  private static func refuseModeOptions(_ options: Options) throws(ConfigurationError) {
    for key in options.keys where key != "mode" {
      guard let owners = ModeRegistry.owners(of: key) else { continue }
      var given = options
      let name = given.value("mode").flatMap { try? NamedOptions($0, at: []).name }
      let mode = owners.first { $0 == name } ?? owners[0]
      let value = given.value(key)?.summary ?? "…"
      throw options.error(
        "is an option of mode \(owners.joined(separator: ", ")), and stands with it: "
          + "mode: {\(mode): {\(key): \(value)}}", key)
    }
  }

  /// Throws where the mode has no staleness of that kind.
  private func checkStaleness(_ options: Options) throws(ConfigurationError) {
    if stalenessBound != nil, !sharesMemory {
      throw options.error(
        "mode \(modeName) is bounded by itself, as its workers wait for each other: remove the key",
        "staleness_bound")
    }
    guard correction != .none else { return }
    let key = "staleness_correction"
    guard type(of: mode).correctsStaleness else {
      let owners = ModeRegistry.all.filter { $0.correctsStaleness }.map { $0.name }
      throw options.error(
        "is for modes in which gradients are applied to the shared parameters "
          + "(\(owners.joined(separator: ", "))); mode \(modeName) "
          + (mode is DynamicMode
            ? "divides by the staleness itself: remove the key"
            : sharesMemory ? "has none: dynsgd is the like for weights" : "has no staleness"),
        key)
    }
    guard case .delayCompensation = correction else { return }
    if exchange == .inPlace {
      throw options.error(
        "delay_compensation compares the parameters with a worker's copy, and exchange: in_place has "
          + "none: set exchange to copy or auto", key)
    }
    if let downpour = mode as? DownpourMode,
      downpour.pushInterval > 1 || downpour.pullInterval > 1
    {
      throw options.error(
        "delay_compensation needs the parameters that each gradient was computed on: set "
          + "push_interval and pull_interval of downpour to 1, or take inverse or learning_rate",
        key)
    }
  }

  /// The mode's name: `hogwild`.
  public var modeName: String { type(of: mode).name }

  /// The mode with its options, in words: `easgd, interval 16, elastic_force 0.9`.
  var words: String {
    let isCompressed = compression.isAny && !sharesMemory
    // A compressed gradient goes as a whole.
    let entries = mode.entries.filter { !isCompressed || $0.key != "bucket" }
    let options = entries.map { "\($0.key) \($0.value.plainText)" }
    return ([modeName] + options + (isCompressed ? ["compressed"] : [])).joined(separator: ", ")
  }

  /// The keys that have nothing to do where the ranks stand so, in a sentence; nil: there is none.
  func idleNote(_ layout: NodeLayout) -> String? {
    guard sharesMemory, layout.serverCount > 0 else { return nil }
    var keys: [String] = []
    // Private copies are exchanged with one server of their own kind.
    if servers == .colocated || (servers.count ?? 1) > 1, !layout.isLinked || layout.isPrivate,
      layout.serverCount == 1
    {
      keys.append("servers")
    }
    if !layout.isLinked {
      if transport != .auto { keys.append("transport") }
      if compression.isAny { keys.append("compression") }
      if nodeInterval != Self.defaultNodeInterval { keys.append("node_interval") }
      if nodeMerge != .mean { keys.append("node_merge") }
    }
    guard !keys.isEmpty else { return nil }
    let names = keys.map { "distribution.\($0)" }.joined(separator: ", ")
    return "\(names): nothing to do here, since "
      + (layout.isLinked
        ? "rank 0 serves the private copies" : "the workers share the memory of one node")
  }

  /// How long a worker waits for the lock of a mode that has one, in seconds, before it takes the one that
  /// holds it for lost: less than it may be silent itself.
  var leaseSeconds: Double { min(20, timeoutSeconds / 2) }

  /// Whether ranks share the memory of one node; otherwise they may be on any number of nodes.
  public var sharesMemory: Bool { type(of: mode).sharesMemory }

  /// What a worker keeps for itself beside its gradient, in floats for each parameter, with an optimizer of
  /// that many slots.
  package func ownFloats(slotCount: Int) -> Int {
    mode.ownFloats(slotCount: slotCount)
      + (compression.isAny && !sharesMemory ? CompressedReduction.ownFloats(compression) : 0)
  }

  /// The section as a tree.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("mode", mode.namedValue), .init("exchange", Value(.string(exchange.rawValue))),
      .init("timeout", Value(.number(timeoutSeconds))),
    ]
    // Left out where they are not given: jobs of before have no such keys.
    if let stalenessBound { entries.append(.init("staleness_bound", Value(.int(stalenessBound)))) }
    if correction != .none { entries.append(.init("staleness_correction", correction.value)) }
    let between: [Value.Entry] = [
      .init("transport", Value(.string(transport.rawValue))),
      .init("servers", servers.value),
      .init("compression", compression.value),
      .init("ranks_per_worker", Value(.int(ranksPerWorker))),
      .init("node_interval", Value(.int(nodeInterval))),
      .init("node_merge", Value(.string(nodeMerge.rawValue))),
    ]
    if !sharesMemory, compression.isAny {
      entries.append(.init("compression", compression.value))
    }
    return Value(.map(entries + (sharesMemory ? between : [])))
  }
}
