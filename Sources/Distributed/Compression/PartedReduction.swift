internal import CKernels
internal import NN

/// The sum of all ranks' numbers by compressed messages, equal to the bit on all of them.
///
/// Each rank owns a part of the numbers. Everyone sends each owner what it has for that part, compressed as
/// pushes are; the owner adds its own numbers, which are whole, and theirs, always in the same order. Then it
/// sends the sum to everyone, compressed as pulls are, and takes it itself as they read it. What messages leave
/// out stays with their sender, in both directions, and is added to its next ones: all sums together plus what
/// is left out are all that was given.
///
/// Tang et al. (2019), "DoubleSqueeze", https://arxiv.org/abs/1905.05957, algorithm 1, with a server for each
/// part: the compressed allreduce of Tang et al. (2021), "1-bit Adam", https://arxiv.org/abs/2102.02888.
final class PartedReduction {
  /// The numbers that are added up.
  let count: Int
  private let size: Int
  private let compression: CompressionConfiguration
  /// The part that this rank owns.
  private let own: Range<Int>
  /// The other ranks, the next one first: not all send to the same one at a time.
  private let peers: [Peer]
  /// What this rank's messages to the owners have left out; nil: nothing, ever.
  private let residual: UnsafeMutableBufferPointer<Float>?
  /// What the messages of this rank's part of the sum have left out; nil: nothing, ever.
  private var sumResidual: UnsafeMutableBufferPointer<Float>?
  /// What both together were before the last sum, which may never be over: for who saves the training then.
  private let earlier: UnsafeMutableBufferPointer<Float>
  /// The message of this rank's part of the sum.
  private let sumMessage: UnsafeMutableRawBufferPointer
  private let arena = FloatArena()
  /// The sums so far: tells the messages of one from those of another.
  private var round = 0
  private var isUnderWay = false
  /// Bytes that have been sent.
  private(set) var sentByteCount = 0

  /// What goes to another rank, and what comes from it.
  private struct Peer {
    let rank: Int
    /// The part that it owns.
    let part: Range<Int>
    /// Its part of this rank's numbers.
    let outgoing: UnsafeMutableRawBufferPointer
    /// This rank's part of its numbers.
    let incoming: UnsafeMutableRawBufferPointer
    /// Its part of the sum.
    let sum: UnsafeMutableRawBufferPointer
    let push = Transfer()
    let pushed = Transfer()
    let answer = Transfer()
    let answered = Transfer()
  }

  /// The ranks' communicator has no other messages.
  private static let pushTag = 1
  private static let answerTag = 2

  /// Sums of `count` numbers over the ranks of `group`.
  ///
  /// - Throws: `DistributedError` (64) where a part would be longer than a message can be.
  init(
    _ count: Int, _ compression: CompressionConfiguration, among group: borrowing Communicator
  ) throws(DistributedError) {
    let (rank, size, arena) = (group.rank, group.size, arena)
    func part(_ owner: Int) -> Range<Int> { count * owner / size..<count * (owner + 1) / size }
    let own = part(rank)
    let (pushIsExact, pullIsExact) = (
      type(of: compression.push).isExact, type(of: compression.pull).isExact
    )
    let longest = (count + size - 1) / size
    let limit = max(
      compression.push.byteLimit(count: longest), compression.pull.byteLimit(count: longest))
    guard size == 1 || limit + MessageNote.byteCount <= Int(Int32.max) else {
      throw DistributedError(
        "distribution.compression cuts \(count) weights into \(size) parts, and a part of \(longest) is "
          + "more than a message of MPI can hold: start ranks on more nodes, or leave "
          + "distribution.compression out", exitCode: 64)
    }
    func room(_ kind: any Compression, _ count: Int) -> UnsafeMutableRawBufferPointer {
      arena.bytes(MessageNote.byteCount + kind.byteLimit(count: count))
    }
    peers = (1..<max(1, size)).map { distance in
      let other = (rank + distance) % size
      return Peer(
        rank: other, part: part(other), outgoing: room(compression.push, part(other).count),
        incoming: room(compression.push, own.count),
        sum: room(compression.pull, part(other).count))
    }
    sumMessage = room(compression.pull, own.count)
    residual = pushIsExact || size == 1 ? nil : arena.allocate(count)
    sumResidual = pullIsExact || size == 1 ? nil : arena.allocate(own.count)
    earlier = arena.allocate(size == 1 || pushIsExact && pullIsExact ? 0 : count)
    self.count = count
    self.size = size
    self.compression = compression
    self.own = own
  }

  /// Sets the `count` numbers of `values` to their sums over all ranks.
  ///
  /// Collective over `group`, the ranks that it was made for, and blocking; allocates nothing.
  /// - Throws: `MPIError`, also when this rank is called out; `DistributedError` (70) for a message that is
  ///   damaged or of another job.
  func sum(_ values: UnsafeMutablePointer<Float>, among group: borrowing Communicator) throws {
    round += 1
    keepLeftOut()
    isUnderWay = true
    for peer in peers {
      try peer.pushed.receive(
        peer.incoming.bindMemory(to: UInt8.self), from: peer.rank, tag: Self.pushTag, on: group)
      try peer.answered.receive(
        peer.sum.bindMemory(to: UInt8.self), from: peer.rank, tag: Self.answerTag, on: group)
    }
    for peer in peers {
      let length = compression.push.encode(
        values + peer.part.lowerBound, count: peer.part.count,
        residual: residual.map { $0.start + peer.part.lowerBound }, into: payload(peer.outgoing))
      try send(peer.outgoing, length, to: peer.rank, tag: Self.pushTag, by: peer.push, on: group)
    }
    let mine = values + own.lowerBound
    // The rank before this one has sent to it first.
    for peer in peers.reversed() {
      try peer.pushed.wait("wait in a reduction", .reduction, on: group)
      try compression.push.add(message(in: peer.incoming, of: peer), to: mine, count: own.count)
    }
    if size == 1, let sumResidual {
      ck_accumulate(count, sumResidual.start, mine)
      sumResidual.update(repeating: 0)
    } else if size > 1 {
      let length = compression.pull.encode(
        mine, count: own.count, residual: sumResidual?.start, into: payload(sumMessage))
      for peer in peers {
        try send(sumMessage, length, to: peer.rank, tag: Self.answerTag, by: peer.answer, on: group)
      }
      try compression.pull.decode(
        UnsafeRawBufferPointer(rebasing: payload(sumMessage)[..<length]), into: mine,
        count: own.count)
    }
    for peer in peers.reversed() {
      try peer.answered.wait("wait in a reduction", .reduction, on: group)
      try compression.pull.decode(
        message(in: peer.sum, of: peer), into: values + peer.part.lowerBound,
        count: peer.part.count)
    }
    for peer in peers {
      try peer.push.wait("send in a reduction", .reduction, on: group)
      try peer.answer.wait("send in a reduction", .reduction, on: group)
    }
    isUnderWay = false
  }

  /// Takes what all ranks' messages had left out of `count` numbers, before the first sum.
  ///
  /// Each rank takes its own part, as left out of that part's sum: nothing is lost, whatever the number of
  /// ranks was.
  func resume(_ leftOut: [Float]) {
    precondition(leftOut.count == count, "\(leftOut.count) numbers left out of \(count)")
    let rest = sumResidual ?? arena.allocate(own.count)
    _ = rest.update(fromContentsOf: leftOut[own])
    sumResidual = rest
  }

  /// What this rank keeps of what messages have left out of number `index`.
  func leftOut(_ index: Int) -> Float {
    (residual?[index] ?? 0)
      + (own.contains(index) ? sumResidual?[index - own.lowerBound] ?? 0 : 0)
  }

  /// What it kept before the last sum began.
  func leftOutBefore(_ index: Int) -> Float { earlier.isEmpty ? 0 : earlier[index] }

  private func keepLeftOut() {
    guard !earlier.isEmpty else { return }
    if let residual {
      earlier.start.update(from: residual.start, count: count)
    }
    guard let sumResidual else { return }
    let mine = earlier.start + own.lowerBound
    if residual == nil {
      mine.update(from: sumResidual.start, count: own.count)
    } else {
      ck_accumulate(own.count, sumResidual.start, mine)
    }
  }

  private func payload(_ bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[MessageNote.byteCount...])
  }

  /// Starts to send what `payload` begins with, `length` bytes.
  private func send(
    _ bytes: UnsafeMutableRawBufferPointer, _ length: Int, to rank: Int, tag: Int,
    by transfer: Transfer, on group: borrowing Communicator
  ) throws(MPIError) {
    guard let base = bytes.baseAddress else { return }
    MessageNote(pushCount: round, byteCount: length).store(in: base)
    let message = UnsafeRawBufferPointer(rebasing: bytes[..<(MessageNote.byteCount + length)])
    try transfer.send(message.bindMemory(to: UInt8.self), to: rank, tag: tag, on: group)
    sentByteCount += message.count
  }

  /// What has come from `peer`.
  private func message(
    in bytes: UnsafeMutableRawBufferPointer, of peer: Peer
  ) throws(DistributedError) -> UnsafeRawBufferPointer {
    guard let (note, payload) = MessageNote.read(UnsafeRawBufferPointer(bytes)),
      note.pushCount == round
    else {
      throw DistributedError(
        "worker \(peer.rank) sent what is no part of reduction \(round): the ranks run different jobs or "
          + "versions of Sounder; start all of them with one binary and one job file", exitCode: 70)
    }
    return payload
  }

  deinit {
    // Called out of a wait: the library still has these addresses.
    if isUnderWay { _ = Unmanaged.passRetained(arena) }
  }
}

@available(*, unavailable)
extension PartedReduction: Sendable {}
