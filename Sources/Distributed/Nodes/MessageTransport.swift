internal import CKernels
internal import NN

/// The master's weights by messages: one to each server for a push, one back with the weights.
///
/// An answer has a `MessageNote` first, and behind it the server's weights behind the push. Both directions may be
/// compressed: what a message to a server leaves out is kept here and added to the next one (error feedback), and a
/// server sends what its weights have changed against those that this worker has, which both know to the bit.
/// A whole access sends floats as they are, and what is kept with them.
package final class MessageTransport: MasterTransport {
  private let world: Communicator
  private let layout: ShardLayout
  private let compression: CompressionConfiguration
  private let sends: [Transfer]
  private let answers: [Transfer]
  private let transfers: [Transfer]
  /// The messages to the servers, where they are not the change itself.
  private let outgoing: [UnsafeMutableRawBufferPointer]
  private let incoming: [UnsafeMutableRawBufferPointer]
  /// What the last messages left out; nil where they leave nothing out.
  private let residual: UnsafeMutableBufferPointer<Float>?
  /// The weights that the servers know this worker to have; nil where they send all of them.
  private let known: UnsafeMutableBufferPointer<Float>?
  private let arena = FloatArena()
  private var result: UnsafeMutablePointer<Float>?
  private var isWhole = true
  /// The lengths of the last messages of `outgoing`.
  private var lengths: [Int]
  package private(set) var isRefused = false
  package private(set) var pushCount = 0
  package private(set) var byteCount = 0

  /// Uses the ranks of `world`, which must outlive it.
  package init(
    _ world: borrowing Communicator, _ layout: ShardLayout, _ compression: CompressionConfiguration
  ) throws(MPIError) {
    self.world = try Communicator(world.handle, interrupt: world.interrupt)
    self.layout = layout
    self.compression = compression
    sends = (0..<layout.serverCount).map { _ in Transfer() }
    answers = (0..<layout.serverCount).map { _ in Transfer() }
    transfers = sends + answers
    let (arena, counts) = (arena, (0..<layout.serverCount).map { layout.range(of: $0).count })
    outgoing = counts.map {
      type(of: compression.push).isExact
        ? UnsafeMutableRawBufferPointer(start: nil, count: 0)
        : arena.bytes(compression.push.byteLimit(count: $0))
    }
    incoming = counts.map { arena.bytes(compression.answerLimit(count: $0)) }
    lengths = counts.map { _ in 0 }
    residual =
      type(of: compression.push).isExact ? nil : arena.allocate(layout.parameterCount)
    known = type(of: compression.pull).isExact ? nil : arena.allocate(layout.parameterCount)
  }

  package func push(
    _ change: UnsafeMutablePointer<Float>, whole: Bool, fetching result: UnsafeMutablePointer<Float>
  ) throws(MPIError) {
    if whole, let residual {
      ck_accumulate(layout.parameterCount, residual.start, change)
      residual.update(repeating: 0)
    }
    try listen(for: result, whole: whole)
    for server in 0..<layout.serverCount {
      let range = layout.range(of: server)
      let message: UnsafeRawBufferPointer
      if let residual, !whole {
        let length = compression.push.encode(
          change + range.lowerBound, count: range.count,
          residual: residual.start + range.lowerBound,
          into: outgoing[server])
        lengths[server] = length
        message = UnsafeRawBufferPointer(rebasing: outgoing[server][..<length])
      } else {
        message = UnsafeRawBufferPointer(start: change + range.lowerBound, count: 4 * range.count)
      }
      try sends[server].send(
        message, asFloats: whole || type(of: compression.push).isExact, to: server,
        tag: whole ? Message.wholePushTag : Message.pushTag, on: world)
      byteCount += message.count
    }
  }

  /// The largest magnitude that each compression makes a finite number of.
  private static let largest: Float = 3.38e38

  package func takes(_ change: UnsafePointer<Float>) -> Bool {
    guard let residual else { return true }
    return ck_sum_is_within(layout.parameterCount, Self.largest, change, residual.start)
  }

  /// What the messages left out, and of those that are on their way what they hold.
  ///
  /// A push in full that is on its way has all of it.
  package var leftOut: [Float]? {
    guard let residual else { return [] }
    guard result != nil else { return Array(residual) }
    guard !isWhole else { return nil }
    let sum = residual.start
    return [Float](unsafeUninitializedCapacity: layout.parameterCount) { numbers, count in
      count = layout.parameterCount
      numbers.start.initialize(from: sum, count: count)
      for server in 0..<layout.serverCount {
        let range = layout.range(of: server)
        // A message of this transport's own can be read.
        try? compression.push.add(
          UnsafeRawBufferPointer(rebasing: outgoing[server][..<lengths[server]]),
          to: numbers.start + range.lowerBound, count: range.count)
      }
    }
  }

  package func pull(into result: UnsafeMutablePointer<Float>) throws(MPIError) {
    try listen(for: result, whole: true)
    for server in 0..<layout.serverCount {
      try sends[server].send(
        UnsafeRawBufferPointer(start: nil, count: 0), asFloats: true, to: server,
        tag: Message.pullTag, on: world)
    }
  }

  /// Nothing: nobody else starts anything here, and `isDone` does it for this worker's own.
  package func progress() {}

  package func isDone() throws -> Bool {
    for transfer in transfers where try !transfer.isDone() { return false }
    guard let result else { return true }
    isRefused = false
    for server in 0..<layout.serverCount {
      let range = layout.range(of: server)
      guard let (note, message) = MessageNote.read(UnsafeRawBufferPointer(incoming[server])) else {
        throw DistributedError(
          "server \(server) sent an answer that is none: the ranks run different versions of Sounder; "
            + "start all of them with one binary", exitCode: 70)
      }
      try take(message, range, into: result + range.lowerBound)
      byteCount += MessageNote.byteCount + note.byteCount
      isRefused = isRefused || note.isRefused
      pushCount = max(pushCount, note.pushCount)
    }
    // Behind all: who has been told of a damaged answer does not take it at the next look.
    self.result = nil
    return true
  }

  private func take(
    _ message: UnsafeRawBufferPointer, _ range: Range<Int>, into result: UnsafeMutablePointer<Float>
  ) throws(DistributedError) {
    let mine = known.map { $0.start + range.lowerBound }
    if let mine, !isWhole {
      try compression.pull.add(message, to: mine, count: range.count)
      result.update(from: mine, count: range.count)
    } else {
      try NoCompression().decode(message, into: result, count: range.count)
      mine?.update(from: result, count: range.count)
    }
  }

  private func listen(
    for result: UnsafeMutablePointer<Float>, whole: Bool
  ) throws(MPIError) {
    self.result = result
    isWhole = whole
    for server in 0..<layout.serverCount {
      try answers[server].receive(
        incoming[server], asFloats: whole || type(of: compression.pull).isExact, from: server,
        tag: Message.answerTag, on: world)
    }
  }

  deinit {
    // A call off in the middle of an access leaves the library with these addresses.
    if result != nil { _ = Unmanaged.passRetained(arena) }
  }
}

/// What stands before the weights in a server's answer.
struct MessageNote {
  static let byteCount = 24
  /// The pushes of all nodes up to the one that is answered.
  var pushCount: Int
  /// The bytes that follow.
  var byteCount: Int
  /// Whether what is answered was a push that is not in the weights, since they would not be finite with it.
  var isRefused: Bool

  init(pushCount: Int, byteCount: Int, isRefused: Bool = false) {
    self.pushCount = pushCount
    self.byteCount = byteCount
    self.isRefused = isRefused
  }

  /// Reads the first bytes of an answer; nil: they are none.
  private init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.byteCount else { return nil }
    pushCount = bytes.loadUnaligned(as: Int.self)
    byteCount = bytes.loadUnaligned(fromByteOffset: 8, as: Int.self)
    isRefused = bytes.loadUnaligned(fromByteOffset: 16, as: Int.self) != 0
    guard pushCount >= 0, byteCount >= 0 else { return nil }
  }

  /// What `bytes` begin with: a note, and as many bytes behind it as it says; nil: they are none.
  static func read(
    _ bytes: UnsafeRawBufferPointer
  ) -> (note: MessageNote, payload: UnsafeRawBufferPointer)? {
    guard let note = MessageNote(bytes), note.byteCount <= bytes.count - byteCount else {
      return nil
    }
    let payload = bytes[byteCount..<byteCount + note.byteCount]
    return (note, UnsafeRawBufferPointer(rebasing: payload))
  }

  func store(in bytes: UnsafeMutableRawPointer) {
    bytes.storeBytes(of: pushCount, as: Int.self)
    bytes.storeBytes(of: byteCount, toByteOffset: 8, as: Int.self)
    bytes.storeBytes(of: isRefused ? 1 : 0, toByteOffset: 16, as: Int.self)
  }
}

extension Transfer {
  /// Starts to send a message; one that holds nothing but floats as such, of which MPI can count four times as
  /// many as it can count bytes.
  func send(
    _ message: UnsafeRawBufferPointer, asFloats: Bool, to target: Int, tag: Int,
    on group: borrowing Communicator
  ) throws(MPIError) {
    if asFloats {
      try send(message.bindMemory(to: Float.self), to: target, tag: tag, on: group)
    } else {
      try send(message.bindMemory(to: UInt8.self), to: target, tag: tag, on: group)
    }
  }

  /// Starts to receive a message that is sent so, of at most as many bytes as `message` has.
  func receive(
    _ message: UnsafeMutableRawBufferPointer, asFloats: Bool, from source: Int, tag: Int,
    on group: borrowing Communicator
  ) throws(MPIError) {
    if asFloats {
      try receive(message.bindMemory(to: Float.self), from: source, tag: tag, on: group)
    } else {
      try receive(message.bindMemory(to: UInt8.self), from: source, tag: tag, on: group)
    }
  }
}

extension FloatArena {
  /// A zeroed block of at least `count` bytes, seen as that many.
  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(allocate((count + 3) / 4).baseAddress), count: count)
  }
}

extension CompressionConfiguration {
  /// The most bytes of an answer of `count` weights, compressed or not.
  func answerLimit(count: Int) -> Int {
    MessageNote.byteCount
      + max(NoCompression().byteLimit(count: count), pull.byteLimit(count: count))
  }
}
