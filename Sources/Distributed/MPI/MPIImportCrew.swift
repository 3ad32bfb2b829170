public import Pipeline

/// The ranks of a communicator, which import files together.
public final class MPIImportCrew: ImportCrew {
  private let communicator: Communicator
  private let transfer = Transfer()

  private static let countTag = 1
  private static let bytesTag = 2
  /// MPI counts are 32-bit: what is longer goes in pieces.
  private static let pieceByteCount = 1 << 30

  /// Uses the ranks of `communicator`, which must outlive the crew; who is told of waits there is told of theirs.
  public init(_ communicator: borrowing Communicator) throws(MPIError) {
    self.communicator = try communicator.heard(by: communicator.sign)
  }

  /// This rank.
  public var rank: Int { communicator.rank }
  /// The number of ranks.
  public var size: Int { communicator.size }

  /// The bytes of every rank, in rank order; who waits for others sleeps.
  ///
  /// Collective and blocking.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    for rank in 0..<size {
      all.append(try communicator.broadcast(bytes: rank == self.rank ? bytes : [], from: rank))
    }
    return all
  }

  /// Sends bytes to rank 0; asleep while that is busy for long.
  public func send(_ bytes: [UInt8]) throws {
    try [bytes.count].withUnsafeBufferPointer {
      try transfer.send($0, to: 0, tag: Self.countTag, on: communicator)
      try wait("send rows to rank 0")
    }
    try bytes.withUnsafeBufferPointer { bytes in
      for start in stride(from: 0, to: bytes.count, by: Self.pieceByteCount) {
        let end = min(start + Self.pieceByteCount, bytes.count)
        try transfer.send(
          UnsafeBufferPointer(rebasing: bytes[start..<end]), to: 0, tag: Self.bytesTag,
          on: communicator)
        try wait("send rows to rank 0")
      }
    }
  }

  /// Receives what rank `rank` sends next; asleep while that takes long.
  public func receive(_ bytes: inout [UInt8], from rank: Int) throws {
    var count = [0]
    try count.withUnsafeMutableBufferPointer {
      try transfer.receive($0, from: rank, tag: Self.countTag, on: communicator)
      try wait("receive rows from rank \(rank)")
    }
    // The memory serves again.
    if bytes.count < count[0] {
      bytes.append(contentsOf: repeatElement(0, count: count[0] - bytes.count))
    } else {
      bytes.removeLast(bytes.count - count[0])
    }
    try bytes.withUnsafeMutableBufferPointer { bytes in
      for start in stride(from: 0, to: bytes.count, by: Self.pieceByteCount) {
        let end = min(start + Self.pieceByteCount, bytes.count)
        try transfer.receive(
          UnsafeMutableBufferPointer(rebasing: bytes[start..<end]), from: rank,
          tag: Self.bytesTag, on: communicator)
        try wait("receive rows from rank \(rank)")
      }
    }
  }

  /// Tells who hears of this rank's waits.
  public func goesOn() { communicator.sign?.works() }

  private func wait(_ what: String) throws(MPIError) {
    try transfer.wait(what, .answer, on: communicator)
  }
}

@available(*, unavailable)
extension MPIImportCrew: Sendable {}
