internal import NN

// What a worker holds, on its way to rank 0: a header, and the floats in pieces, all as bytes.

extension WorkerHoldings? {
  /// The bytes of a piece.
  private static var pieceByteCount: Int { 1 << 22 }

  /// Sends the holdings, or that there are none.
  ///
  /// Blocks until all is taken, or for so long that nobody can be waiting any more.
  func send(to rank: Int, on world: borrowing Communicator) throws(MPIError) {
    guard let self else {
      try Self.send([], to: rank, on: world)
      return
    }
    let numbers = [self.updateCount()] + self.counts
    try Self.send(
      numbers.withUnsafeBytes { Array($0) } + Array(self.layout.utf8), to: rank, on: world)
    for block in self.blocks {
      guard try Self.sendPieces(UnsafeRawBufferPointer(block), to: rank, on: world) else { return }
    }
  }

  /// Sends what compressed messages have left out: the count of the numbers, -1 where that cannot be told, and
  /// the numbers.
  ///
  /// Blocks as `send` does.
  func sendLeftOut(to rank: Int, on world: borrowing Communicator) throws(MPIError) {
    let numbers = self.map { $0.leftOut() } ?? []
    let header = [numbers?.count ?? -1].withUnsafeBytes { Array($0) }
    guard try Self.send(header, to: rank, on: world), let numbers else { return }
    // A copy: the closure of `withUnsafeBytes` does not keep an error's type.
    let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: numbers.count)
    defer { block.deallocate() }
    _ = block.initialize(from: numbers)
    try Self.sendPieces(UnsafeRawBufferPointer(block), to: rank, on: world)
  }

  /// Sends `bytes` piece by piece; false when one is not taken in time.
  @discardableResult
  private static func sendPieces(
    _ bytes: UnsafeRawBufferPointer, to rank: Int, on world: borrowing Communicator
  ) throws(MPIError) -> Bool {
    for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
      let end = min(start + pieceByteCount, bytes.count)
      guard try send(bytes[start..<end], to: rank, on: world) else { return false }
    }
    return true
  }

  /// Sends a piece; false when it is not taken in time.
  @discardableResult
  private static func send(
    _ piece: some Collection<UInt8>, to rank: Int, on world: borrowing Communicator
  ) throws(MPIError) -> Bool {
    // A copy: called off, the library still reads there.
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: piece.count)
    _ = bytes.initialize(from: piece)
    let transfer = Transfer()
    try transfer.send(UnsafeBufferPointer(bytes), to: rank, tag: Message.rescueTag, on: world)
    let end = Clock.now + 2 * ParameterSnapshot.patienceSeconds
    var pause = Backoff(first: 0.000_02)
    while try !transfer.isDone() {
      try world.checkInterrupt()
      if Clock.now > end { return false }
      pause.pause()
    }
    bytes.deallocate()
    return true
  }
}

extension ParameterSnapshot {
  /// How long a worker may let rank 0 wait for the next piece, in seconds.
  static let patienceSeconds = 5.0

  /// What `worker` holds; nil when it holds nothing, or does not answer.
  ///
  /// Blocks as long as pieces come.
  static func asked(
    of worker: Int, by outbox: Outbox, on world: borrowing Communicator
  ) throws -> ParameterSnapshot? {
    try outbox.send([Message.asksForHoldings], to: worker, tag: Message.beatTag, on: world)
    let headerCount = 4 * MemoryLayout<Int>.stride
    guard let header = try next(from: worker, on: world), header.count >= headerCount else {
      return nil
    }
    let numbers = header.withUnsafeBytes { bytes in
      (0..<4).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int.self) }
    }
    let layout = String(decoding: header[headerCount...], as: UTF8.self)
    guard let parameters = try floats(numbers[1], from: worker, on: world),
      let state = try floats(numbers[2], from: worker, on: world),
      let own = try floats(numbers[3], from: worker, on: world)
    else { return nil }
    return ParameterSnapshot(
      parameters: parameters, state: state, updateCount: numbers[0],
      // Between two of its meetings with the others a worker would begin anew.
      own: layout.isEmpty
        ? nil
        : OwnState(layout: layout, numbers: own, counters: own.isEmpty ? [] : [0, 0]))
  }

  /// What the compressed messages of `worker` have left out, empty: nothing; nil where it cannot tell, or does not
  /// answer.
  ///
  /// Blocks as long as pieces come.
  static func leftOut(
    of worker: Int, by outbox: Outbox, on world: borrowing Communicator
  ) throws -> [Float]? {
    try outbox.send([Message.asksForLeftOut], to: worker, tag: Message.beatTag, on: world)
    guard let header = try next(from: worker, on: world), header.count == MemoryLayout<Int>.stride
    else { return nil }
    let count = header.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    return count < 0 ? nil : try floats(count, from: worker, on: world)
  }

  private static func floats(
    _ count: Int, from worker: Int, on world: borrowing Communicator
  ) throws -> [Float]? {
    var values: [Float] = []
    values.reserveCapacity(count)
    while values.count < count {
      guard let bytes = try next(from: worker, on: world) else { return nil }
      bytes.withUnsafeBytes { values += $0.bindMemory(to: Float.self) }
    }
    return values
  }

  private static func next(
    from worker: Int, on world: borrowing Communicator
  ) throws -> [UInt8]? {
    let end = Clock.now + patienceSeconds
    while Clock.now < end {
      if let message = try world.nextBytes(tag: Message.rescueTag, from: worker) {
        return message.bytes
      }
      try world.checkInterrupt()
      Clock.sleep(seconds: 0.000_2)
    }
    return nil
  }
}
