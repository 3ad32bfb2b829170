internal import NN

/// Where a rank stands in a training: whether it serves or works, and in which memory.
///
/// Not copyable; freeing is collective, so call `free()` on success.
struct TrainingPlace: ~Copyable {
  let layout: NodeLayout
  /// What is trained in; empty on ranks that only serve.
  let memory: ParameterMemory
  /// Whether this worker fills the memory that it trains in: the first of those that share it.
  let fills: Bool
  /// The worker's number among those that share its memory, from 0.
  let indexOnNode: Int
  /// A worker's part in what several nodes do together; nil where there is one.
  let membership: NodeMembership?
  /// What a server answers the nodes with; nil where there is one node.
  let service: MasterService?
  /// How nodes reach the servers; nil where there is one.
  let transport: Transport?
  /// What a user should know about how the ranks stand, for rank 0 to say.
  let notes: [String]
  private var server: ParameterServer?
  private var node: Communicator?
  private var links: NodeLinks?

  private init(
    layout: NodeLayout, server: consuming ParameterServer, memory: ParameterMemory, fills: Bool,
    indexOnNode: Int = 0,
    node: consuming Communicator? = nil, links: consuming NodeLinks? = nil,
    membership: NodeMembership? = nil, service: MasterService? = nil,
    transport: Transport? = nil, notes: [String] = []
  ) {
    self.layout = layout
    self.memory = memory
    self.fills = fills
    self.indexOnNode = indexOnNode
    self.membership = membership
    self.service = service
    self.transport = transport
    self.notes = notes
    self.server = consume server
    self.node = consume node
    self.links = consume links
  }

  /// Makes the memory that the ranks of `world` train in, and what connects the nodes.
  ///
  /// Collective over `world` and blocking.
  static func take(
    _ setup: TrainingSetup, _ layout: NodeLayout, on world: borrowing Communicator
  ) throws -> TrainingPlace {
    let isServer = world.rank < layout.serverCount
    guard world.size > 1, setup.job.distribution.sharesMemory else {
      // Every worker has parameters of its own, and a server needs none.
      let server = heap(setup, isEmpty: isServer)
      let memory = server.memory
      return TrainingPlace(layout: layout, server: server, memory: memory, fills: !isServer)
    }
    // On one node rank 0 supplies the window; of several, each one's workers have their own.
    let color =
      layout.isOneNode ? 0 : isServer ? nil : layout.node(of: world.rank - layout.serverCount)
    var part = try world.split(color: color)
    var failure: String?
    var shared: ParameterServer?
    switch part {
    case .some(let part):
      do {
        // On one node rank 0 is in the window, too, and does not work.
        let workerCount = part.size - (layout.isOneNode ? layout.serverCount : 0)
        shared = try window(setup, workerCount: workerCount, on: part)
      } catch let error as SharedMemoryError {
        failure = error.description
      }
    case .none: break
    }
    // A node that has a window goes without when another one has none: all do the same.
    let failed = try world.allReduce(failure == nil ? 0 : world.rank + 1, .maximum)
    var place = layout
    var notes: [String] = []
    if failed > 0 {
      place = layout.withPrivateMemory
      let reason = try world.broadcast(bytes: Array((failure ?? "").utf8), from: failed - 1)
      notes.append(
        "each worker trains a private copy of the parameters: "
          + String(decoding: reason, as: UTF8.self))
      try shared.take()?.free()
    }
    let server = shared.take() ?? heap(setup, isEmpty: isServer)
    var memory = server.memory
    memory.rank = world.rank
    let worker = world.rank - layout.serverCount
    let own = isServer ? [] : place.workers[place.node(of: worker)]
    let isFirst = own.first == worker
    let index = own.firstIndex(of: worker) ?? 0
    if let note = setup.job.distribution.idleNote(place) { notes.append(note) }
    guard place.isLinked else {
      return TrainingPlace(
        layout: place, server: server, memory: memory, fills: isFirst, indexOnNode: index,
        node: part.take(), notes: notes)
    }
    let links = try NodeLinks(
      setup, place, memory: isFirst ? memory : nil, isServer: isServer, on: world)
    let (service, transport) = (links.service, links.transport)
    let membership =
      isServer
      ? nil
      : NodeMembership(nodeCount: place.nodeCount, link: links.link)
    notes += links.notes
    return TrainingPlace(
      layout: place, server: server, memory: memory, fills: isFirst, indexOnNode: index,
      node: part.take(), links: links, membership: membership, service: service,
      transport: transport, notes: notes)
  }

  /// Whether several nodes exchange their weights.
  var isLinked: Bool { transport != nil }

  /// Frees windows and communicators.
  ///
  /// Collective.
  consuming func free() throws(MPIError) {
    try links.take()?.free()
    try server.take()?.free()
    try node.take()?.free()
  }

  /// What the report calls the exchange: "hogwild, in place; 3 nodes, messages".
  func words(_ exchange: String) -> String {
    guard isLinked else { return exchange }
    let nodes =
      layout.isPrivate ? "\(layout.nodeCount) private copies" : "\(layout.nodeCount) nodes"
    return "\(exchange); \(nodes), \(transport?.rawValue ?? "")"
  }

  private static func heap(_ setup: TrainingSetup, isEmpty: Bool) -> ParameterServer {
    ParameterServer(
      parameterCount: isEmpty ? 0 : setup.network.parameterCount,
      trainedCount: isEmpty ? 0 : setup.network.trainedCount,
      slotCount: isEmpty ? 0 : setup.slotCount,
      clockCount: isEmpty || setup.job.distribution.stalenessBound == nil ? 0 : 1)
  }

  /// Why ranks cannot share memory.
  private struct SharedMemoryError: Error {
    let description: String
  }

  /// The window that the ranks of a node train in.
  private static func window(
    _ setup: TrainingSetup, workerCount: Int, on node: borrowing Communicator
  ) throws -> ParameterServer {
    let clocks = setup.job.distribution.stalenessBound == nil ? 0 : workerCount
    do throws(MPIError) {
      return try ParameterServer(
        parameterCount: setup.network.parameterCount, trainedCount: setup.network.trainedCount,
        slotCount: setup.slotCount, clockCount: clocks,
        leaseSeconds: setup.job.distribution.leaseSeconds, on: node)
    } catch {
      guard !error.isInterruption else { throw error }
      let advice = error.isOfLibrary ? "; leave OMPI_MCA_osc unset (or sm,pt2pt) to share them" : ""
      throw SharedMemoryError(description: "\(error)\(advice)")
    }
  }
}
