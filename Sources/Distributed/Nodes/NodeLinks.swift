internal import NN

/// What connects the nodes of a training with the servers, made at the start and freed at the end.
struct NodeLinks: ~Copyable {
  /// How the nodes reach the servers.
  let transport: Transport
  /// A server's answers to messages; nil on other ranks.
  let service: MasterService?
  /// What the first worker of a node exchanges by; nil on other ranks.
  let link: NodeLink?
  /// What was measured and chosen, for rank 0 to say.
  let notes: [String]
  private let window: RemoteWindow?
  private var group: Communicator?

  /// `memory` is what the first worker of a node trains in, nil on other ranks.
  ///
  /// Collective over `world` and blocking.
  init(
    _ setup: TrainingSetup, _ layout: NodeLayout, memory: ParameterMemory?, isServer: Bool,
    on world: borrowing Communicator
  ) throws {
    let distribution = setup.job.distribution
    // Parts lie on the first ranks of the group: the servers', or those of the nodes' first workers.
    let isColocated = distribution.servers == .colocated && !layout.isPrivate
    let shards = ShardLayout(
      parameterCount: setup.network.parameterCount,
      serverCount: isColocated
        ? min(layout.nodeCount, setup.network.parameterCount) : layout.serverCount)
    let isMember = memory != nil || isServer && !isColocated
    let group = try world.split(color: isMember ? 0 : nil)
    var (found, failure): (RemoteWindow?, MPIError?) = (nil, nil)
    var isAsked = false
    switch group {
    case .some(let group):
      if distribution.transport != .messages, !distribution.compression.isAny {
        isAsked = true
        let holds = group.rank < shards.serverCount
        let bytes = holds ? shards.windowByteCount(of: group.rank) : 0
        do throws(MPIError) {
          guard FaultInjection().hasWindows else {
            throw MPIError(
              request: "create a window that other nodes can reach",
              reason: "SOUNDER_FAULT says that there are none")
          }
          found = try RemoteWindow(byteCount: bytes, on: group)
        } catch {
          guard !error.isInterruption else { throw error }
          failure = error
        }
        if try group.allReduce(failure == nil ? 0 : 1, .maximum) > 0 { found = nil }
      }
    case .none: break
    }
    if let failure, isColocated {
      throw DistributedError(
        "distribution.servers is colocated, which needs one-sided accesses, but \(failure): set it to "
          + "auto or to a number", exitCode: 70)
    }
    if let failure, distribution.transport == .rma {
      throw DistributedError(
        "distribution.transport is rma, but \(failure): leave it auto, or set it to messages",
        exitCode: 70)
    }
    var notes: [String] = []
    var (service, link): (MasterService?, NodeLink?) = (nil, nil)
    var transport: Transport = found == nil ? .messages : .rma
    switch group {
    case .some(let group):
      var server: MasterService?
      if isServer, isMember {
        server = MasterService(
          shards, server: world.rank, distribution.compression, window: found?.base)
      }
      if isAsked, let window = found, distribution.transport == .auto, !isColocated {
        let trial = try Self.trial(
          window, shards, server, distribution.compression, on: group, world: world)
        transport = trial.prefersWindow ? .rma : .messages
        notes.append(trial.summary)
      } else if isAsked, found == nil {
        notes.append(
          "transport between nodes: messages, since this MPI has no windows between them"
            + (failure.map { " (\($0))" } ?? ""))
      }
      if let memory {
        let way: any MasterTransport
        if transport == .rma, let found {
          way = try WindowTransport(found, shards, on: group)
        } else {
          way = try MessageTransport(world, shards, distribution.compression)
        }
        link = NodeLink(
          memory, way, interval: distribution.nodeInterval,
          scale: distribution.nodeMerge.scale(nodeCount: layout.nodeCount),
          locks: !(distribution.mode is HogwildMode))
      }
      service = server
    case .none: break
    }
    // Ranks that no link ends at hear nothing of it, and need not.
    self.transport = isMember ? transport : .rma
    self.service = service
    self.link = link
    self.notes = notes
    window = found
    self.group = consume group
  }

  /// Both transports in turn, as the training will use them; every rank of `group` gets the same result.
  private static func trial(
    _ window: RemoteWindow, _ shards: ShardLayout, _ service: MasterService?,
    _ compression: CompressionConfiguration, on group: borrowing Communicator,
    world: borrowing Communicator
  ) throws -> TransportTrial {
    var seconds = [0.0, 0.0]
    if let service {
      try service.serve(world, until: try group.startBarrier())
    } else {
      let ways: [any MasterTransport] = [
        try MessageTransport(world, shards, compression),
        try WindowTransport(window, shards, on: group),
      ]
      for (index, way) in ways.enumerated() {
        seconds[index] = try TransportTrial.seconds(
          of: way, parameterCount: shards.parameterCount, on: world)
      }
      try group.barrier()
    }
    try group.allReduce(&seconds, .maximum)
    return TransportTrial(messages: seconds[0], window: seconds[1])
  }

  /// Frees window and group.
  ///
  /// Collective.
  consuming func free() throws(MPIError) {
    try window?.free()
    try group.take()?.free()
  }
}

extension MasterService {
  /// Answers messages until all ranks have entered the barrier `done`.
  package func serve(
    _ world: borrowing Communicator, until done: borrowing PendingBarrier
  ) throws {
    var pause = Backoff(first: 0.000_02, longest: 0.001)
    var turn = WaitTurn()
    while true {
      // Looked at before the messages are: none that was sent earlier is missed.
      let isOver = try done.isDone()
      if try answerAll(on: world) {
        pause.reset()
      } else if isOver {
        return
      }
      try turn.pass(in: .barrier, on: world)
      pause.pause()
    }
  }
}
