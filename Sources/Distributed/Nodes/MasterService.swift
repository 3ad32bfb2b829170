internal import CKernels
internal import NN

/// A server's part of the master's weights, and what it answers the nodes' messages with.
///
/// One per server rank. It waits for nobody, and does nothing longer than adding one message to its part: who waits
/// for an answer waits for those that came before.
package final class MasterService {
  private let range: Range<Int>
  private let compression: CompressionConfiguration
  /// The part.
  private let weights: UnsafeMutableBufferPointer<Float>
  /// The pushes so far.
  package private(set) var pushCount = 0
  /// The longest message of a node, in bytes.
  private let messageLimit: Int
  /// Room to work out what a push or an answer holds.
  private let scratch: UnsafeMutableBufferPointer<Float>
  /// Every rank that has asked.
  private var clients: [Int: Client] = [:]
  /// Those of them whose message or answer is on its way, the first to come first.
  private var moving: [Client] = []
  private let arena = FloatArena()

  private static let tags = [Message.pushTag, Message.wholePushTag, Message.pullTag]
  /// Seconds in which a message that has begun is looked at again soon, as its sender should be at it; behind them
  /// it is looked at as often as other things are.
  private static let eagerSeconds = 0.01

  /// A rank that has asked.
  private final class Client {
    let rank: Int
    /// The message that it sends, and then the answer: it sends nothing before it has that.
    let block: UnsafeMutableRawBufferPointer
    /// The weights that it has; nil where it is sent all of them.
    let known: UnsafeMutableBufferPointer<Float>?
    let transfer = Transfer()
    /// The tag and the bytes of the message that is on its way; nil: the answer is, or nothing.
    var message: (tag: Int, byteCount: Int)?
    /// When that began.
    var start = 0.0
    var isMoving = false

    init(
      _ rank: Int, block: UnsafeMutableRawBufferPointer, known: UnsafeMutableBufferPointer<Float>?
    ) {
      self.rank = rank
      self.block = block
      self.known = known
    }
  }

  /// `window`: memory of the part, where the nodes reach it by themselves, too; nil: here.
  package init(
    _ layout: ShardLayout, server: Int, _ compression: CompressionConfiguration,
    window: UnsafeMutableRawPointer? = nil
  ) {
    range = layout.range(of: server)
    self.compression = compression
    if let window {
      weights = UnsafeMutableBufferPointer(
        start: window.assumingMemoryBound(to: Float.self), count: range.count)
    } else {
      weights = arena.allocate(range.count)
    }
    messageLimit = max(4 * range.count, compression.push.byteLimit(count: range.count))
    scratch = arena.allocate(range.count)
    weights.update(repeating: 0)
  }

  /// Takes what has come of the nodes' messages, and answers those that are whole, at most one of each node;
  /// gives whether there is more to do soon.
  ///
  /// Does not block: also not while a message arrives, which takes as long as its sender likes.
  package func answerAll(on world: borrowing Communicator) throws -> Bool {
    for tag in Self.tags { try takeBegun(tag, on: world) }
    let now = Clock.now
    var isBusy = false
    for client in moving {
      guard try hasMoved(client) else {
        isBusy = isBusy || now - client.start < Self.eagerSeconds
        continue
      }
      if let (tag, byteCount) = client.message {
        client.message = nil
        let isAdded = try add(
          UnsafeRawBufferPointer(rebasing: client.block[..<byteCount]), tag, from: client)
        try answer(client, whole: tag != Message.pushTag, isRefused: !isAdded, on: world)
        client.start = now
        isBusy = true
      } else {
        client.isMoving = false
      }
    }
    moving.removeAll { !$0.isMoving }
    for _ in 0..<world.size {
      guard let source = try world.pendingSource(tag: Message.askTag) else { break }
      var note = [0]
      try world.receive(into: &note, from: source, tag: Message.askTag)
      try world.send(note, to: source, tag: Message.askTag)
      isBusy = true
    }
    return isBusy
  }

  /// Starts to receive the messages with `tag` that have begun to arrive.
  private func takeBegun(_ tag: Int, on world: borrowing Communicator) throws {
    let asFloats = tag != Message.pushTag || type(of: compression.push).isExact
    while let (source, count) =
      try asFloats ? world.pending(Float.self, tag: tag) : world.pending(UInt8.self, tag: tag)
    {
      let byteCount = asFloats ? MemoryLayout<Float>.size * count : count
      guard (0...messageLimit).contains(byteCount) else { throw Self.foreign(source, byteCount) }
      let client = clients[source] ?? newClient(source)
      // It has its last answer, and the library has not said so yet: the next look finds both.
      guard try !client.isMoving || client.message == nil && client.transfer.isDone() else {
        return
      }
      if !client.isMoving { moving.append(client) }
      client.isMoving = true
      client.message = (tag, byteCount)
      client.start = Clock.now
      try client.transfer.receive(
        UnsafeMutableRawBufferPointer(rebasing: client.block[..<byteCount]), asFloats: asFloats,
        from: source, tag: tag, on: world)
    }
  }

  /// Whether a client's message or answer is over; long ones move on in these looks only.
  private func hasMoved(_ client: Client) throws(MPIError) -> Bool {
    for _ in 0..<8 where try client.transfer.isDone() { return true }
    return false
  }

  /// Adds a push to the weights; false: it is refused, as they would not be finite behind it.
  private func add(
    _ bytes: UnsafeRawBufferPointer, _ tag: Int, from client: Client
  ) throws -> Bool {
    let change: UnsafePointer<Float>
    switch tag {
    case Message.pullTag: return true
    case Message.pushTag where !type(of: compression.push).isExact:
      try compression.push.decode(bytes, into: scratch.start, count: range.count)
      change = UnsafePointer(scratch.start)
    default:
      guard bytes.count == 4 * range.count, let base = bytes.baseAddress else {
        throw Self.foreign(client.rank, bytes.count)
      }
      change = base.assumingMemoryBound(to: Float.self)
    }
    // The node hears of it, and goes on from the weights that it gets.
    pushCount += 1
    guard ck_sum_is_within(range.count, .greatestFiniteMagnitude, change, weights.start) else {
      return false
    }
    ck_accumulate(range.count, change, weights.start)
    return true
  }

  private func answer(
    _ client: Client, whole: Bool, isRefused: Bool, on world: borrowing Communicator
  ) throws {
    let payload = UnsafeMutableRawBufferPointer(rebasing: client.block[MessageNote.byteCount...])
    let length: Int
    if let known = client.known, !whole {
      length = compression.pull.encodeChange(
        to: weights.start, from: known.start, scratch: scratch.start, count: range.count,
        into: payload)
    } else {
      length = NoCompression().encode(
        weights.start, count: range.count, residual: nil, into: payload)
      client.known?.start.update(from: weights.start, count: range.count)
    }
    guard let base = client.block.baseAddress else { return }
    MessageNote(pushCount: pushCount, byteCount: length, isRefused: isRefused).store(in: base)
    let answer = UnsafeRawBufferPointer(
      rebasing: client.block[..<(MessageNote.byteCount + length)])
    try client.transfer.send(
      answer, asFloats: whole || type(of: compression.pull).isExact, to: client.rank,
      tag: Message.answerTag, on: world)
  }

  private func newClient(_ rank: Int) -> Client {
    let client = Client(
      rank,
      block: arena.bytes(max(messageLimit, compression.answerLimit(count: range.count))),
      known: type(of: compression.pull).isExact ? nil : arena.allocate(range.count))
    clients[rank] = client
    moving.reserveCapacity(clients.count)
    return client
  }

  private static func foreign(_ rank: Int, _ count: Int) -> DistributedError {
    DistributedError(
      "rank \(rank) sent \(count) bytes that are no change of the weights: the ranks run different jobs "
        + "or versions of Sounder; start all of them with one binary and one job file", exitCode: 70
    )
  }

  deinit {
    if clients.values.contains(where: { (try? $0.transfer.isDone()) != true }) {
      _ = Unmanaged.passRetained(arena)
    }
  }
}
