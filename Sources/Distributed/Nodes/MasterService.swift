internal import CKernels
internal import NN

/// A server's part of the master's weights, and what it answers the nodes' messages with.
///
/// One per server rank. It does nothing longer than adding one message to its part: whoever waits for
/// an answer waits for that.
final class MasterService {
  private let range: Range<Int>
  private let compression: CompressionConfiguration
  /// The part, and behind it a float that counts the pushes where the nodes reach it by themselves.
  private let weights: UnsafeMutableBufferPointer<Float>
  private var pushCount = 0
  /// What a message brought.
  private let message: UnsafeMutableRawBufferPointer
  /// Room to work out what an answer holds.
  private let scratch: UnsafeMutableBufferPointer<Float>
  /// What each rank that has asked is answered with.
  private var clients: [Int: Client] = [:]
  private let arena = FloatArena()

  /// A rank that has asked: the last answer, which the library may still be sending, and the weights that
  /// it has; nil where it is sent all of them.
  private struct Client {
    let answer: UnsafeMutableRawBufferPointer
    let known: UnsafeMutableBufferPointer<Float>?
    let transfer: Transfer
  }

  /// `window`: memory of the part and a float more, where the nodes reach it by themselves, too; nil: here.
  init(
    _ layout: ShardLayout, server: Int, _ compression: CompressionConfiguration,
    window: UnsafeMutableRawPointer? = nil
  ) {
    range = layout.range(of: server)
    self.compression = compression
    if let window {
      weights = UnsafeMutableBufferPointer(
        start: window.assumingMemoryBound(to: Float.self), count: range.count + 1)
    } else {
      weights = arena.allocate(range.count + 1)
    }
    message = arena.bytes(max(4 * range.count, compression.push.byteLimit(count: range.count)))
    scratch = arena.allocate(range.count)
    weights.update(repeating: 0)
  }

  /// Answers every message that waits; gives whether there was one.
  ///
  /// Does not block longer than a message that has begun takes to arrive.
  func answerAll(on world: borrowing Communicator) throws -> Bool {
    var hasAnswered = false
    for tag in [Message.pushTag, Message.wholePushTag, Message.pullTag] {
      while let (source, count) = try world.pendingBytes(tag: tag) {
        guard count <= message.count else { throw Self.foreign(source, count) }
        let part = UnsafeMutableRawBufferPointer(rebasing: message[..<count])
        try world.receive(into: part.bindMemory(to: UInt8.self), from: source, tag: tag)
        try add(UnsafeRawBufferPointer(part), tag: tag, from: source)
        try answer(source, whole: tag != Message.pushTag, on: world)
        hasAnswered = true
      }
    }
    while let source = try world.pendingSource(tag: Message.askTag) {
      var note = [0]
      try world.receive(into: &note, from: source, tag: Message.askTag)
      try world.send(note, to: source, tag: Message.askTag)
      hasAnswered = true
    }
    return hasAnswered
  }

  private func add(_ bytes: UnsafeRawBufferPointer, tag: Int, from source: Int) throws {
    switch tag {
    case Message.pullTag: return
    case Message.wholePushTag:
      guard bytes.count == 4 * range.count, let base = bytes.baseAddress else {
        throw Self.foreign(source, bytes.count)
      }
      ck_accumulate(range.count, base.assumingMemoryBound(to: Float.self), weights.start)
    default:
      if type(of: compression.push).isExact {
        return try add(bytes, tag: Message.wholePushTag, from: source)
      }
      try compression.push.add(bytes, to: weights.start, count: range.count)
    }
    pushCount += 1
  }

  private func answer(
    _ rank: Int, whole: Bool, on world: borrowing Communicator
  ) throws {
    let client = clients[rank] ?? newClient()
    clients[rank] = client
    // A node asks again only when it has the last answer: the library may not have said so yet.
    while try !client.transfer.isDone() { try world.checkInterrupt() }
    let payload = UnsafeMutableRawBufferPointer(
      rebasing: client.answer[MessageNote.byteCount...])
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
    guard let base = client.answer.baseAddress else { return }
    MessageNote(pushCount: pushCount, byteCount: length).store(in: base)
    let answer = UnsafeRawBufferPointer(
      rebasing: client.answer[..<(MessageNote.byteCount + length)])
    try client.transfer.send(
      answer.bindMemory(to: UInt8.self), to: rank, tag: Message.answerTag, on: world)
  }

  private func newClient() -> Client {
    Client(
      answer: arena.bytes(compression.answerLimit(count: range.count)),
      known: type(of: compression.pull).isExact ? nil : arena.allocate(range.count),
      transfer: Transfer())
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
