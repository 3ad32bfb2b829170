internal import CMPI

/// A group of ranks that send messages to each other and call collectives together.
///
/// Not copyable, and not `Sendable`: it stays on the thread that initialised MPI. Freeing one is
/// collective, so nothing happens when a value goes out of scope: call `free()` on success; on an
/// error the job aborts (see `Session.run`).
public struct Communicator: ~Copyable {
  let handle: cmpi_comm
  /// This process's number in the group, from 0.
  public let rank: Int
  /// The number of ranks in the group.
  public let size: Int
  /// What calls this rank out of a wait; nil where a failure ends the whole job anyway.
  let interrupt: Interrupt?
  /// Who is told of waits; nil: nobody.
  private(set) var sign: (any SignOfLife)?
  /// What reductions over these ranks have cost.
  package let traffic: Traffic
  /// Where the values of collectives are that this rank may be called out of; nil: there are none.
  private let shelter: CollectiveShelter?

  init(
    _ handle: cmpi_comm, interrupt: Interrupt? = nil, traffic: Traffic = Traffic()
  ) throws(MPIError) {
    self.interrupt = interrupt
    self.traffic = traffic
    shelter = interrupt == nil ? nil : CollectiveShelter()
    try MPIError.check(cmpi_comm_return_errors(handle), "set a communicator's error handler")
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(cmpi_comm_rank(handle, &rank), "ask for the rank")
    try MPIError.check(cmpi_comm_size(handle, &size), "ask for the number of ranks")
    self.rank = Int(rank)
    self.size = Int(size)
    self.handle = handle
  }

  /// The same ranks as another value, whose waits `sign` hears of; nil: nobody.
  ///
  /// It need not be freed.
  package borrowing func heard(by sign: (any SignOfLife)?) throws(MPIError) -> Communicator {
    var told = try Communicator(handle, interrupt: interrupt, traffic: traffic)
    told.sign = sign
    return told
  }

  /// The ranks that give the same `color`, ordered by their rank here; nil for a nil `color`.
  ///
  /// Who is told of waits here is told of theirs.
  /// Collective and blocking. Source: MPI 3.1, section 6.4.2, `MPI_Comm_split`.
  public borrowing func split(color: Int?) throws(MPIError) -> Communicator? {
    try split(color: color, traffic: Traffic())
  }

  /// The same for a color that every rank has; `isAlike`: they go on as part of these, and what they exchange counts
  /// here.
  ///
  /// Collective and blocking.
  borrowing func part(_ color: Int, isAlike: Bool = false) throws(MPIError) -> Communicator {
    guard let part = try split(color: color, traffic: isAlike ? traffic : Traffic()) else {
      preconditionFailure("a split without a part for this rank")
    }
    return part
  }

  private borrowing func split(
    color: Int?, traffic: Traffic
  ) throws(MPIError) -> Communicator? {
    var part = handle
    try meet()
    try MPIError.check(
      cmpi_comm_split(handle, Int32(color ?? -1), Int32(rank), &part), "split a communicator")
    if cmpi_comm_is_null(part) != 0 { return nil }
    return try told(part, traffic)
  }

  /// The ranks that can share memory with this one: those of its node.
  ///
  /// Collective and blocking. Source: MPI 3.1, section 6.4.2, `MPI_Comm_split_type`.
  public borrowing func splitByNode() throws(MPIError) -> Communicator {
    var part = handle
    try meet()
    try MPIError.check(
      cmpi_comm_split_shared(handle, Int32(rank), &part), "split a communicator by node")
    return try told(part, Traffic())
  }

  private borrowing func told(
    _ part: cmpi_comm, _ traffic: Traffic
  ) throws(MPIError) -> Communicator {
    var told = try Communicator(part, interrupt: interrupt, traffic: traffic)
    told.sign = sign
    return told
  }

  /// The ranks in `members` (numbers of this communicator), in that order.
  ///
  /// Collective over the members only, who all give the same list and the same `tag`; other ranks
  /// take no part. With an `interrupt`, waits in the group and in what is split from it end with an
  /// error (`isInterruption`) once it is raised.
  ///
  /// Source: MPI 3.1, section 6.4.2, `MPI_Comm_create_group`.
  package borrowing func group(
    of members: [Int], tag: Int, interrupt: Interrupt? = nil
  ) throws(MPIError) -> Communicator {
    var part = handle
    let ranks = members.map(Int32.init)
    try MPIError.check(
      cmpi_comm_create_group(handle, ranks, Int32(ranks.count), Int32(tag), &part),
      "make a group of \(members.count) ranks")
    return try Communicator(part, interrupt: interrupt)
  }

  /// Frees the communicator.
  ///
  /// Collective. Not for the world, which `Session` owns.
  public consuming func free() throws(MPIError) {
    try MPIError.check(cmpi_comm_free(handle), "free a communicator")
  }

  /// The same for who cannot give the value away, and does not use it any more.
  ///
  /// Collective.
  borrowing func release() throws(MPIError) {
    try MPIError.check(cmpi_comm_free(handle), "free a communicator")
  }

  /// Waits until every rank has called it, asleep between looks: for waits that may be long.
  ///
  /// Collective and blocking; costs up to a millisecond more than `MPI_Barrier`, and no CPU.
  public borrowing func barrier() throws(MPIError) {
    var request = cmpi_request_null()
    try MPIError.check(cmpi_ibarrier(handle, &request), "start a barrier")
    try sleepUntilDone(&request, "wait in a barrier", .barrier)
  }

  /// A barrier before a call that cannot be left, where ranks may be called out of waits, or tell of them.
  package borrowing func meet() throws(MPIError) {
    if interrupt != nil || sign != nil { try barrier() }
  }

  /// Gives `root`'s values to all.
  ///
  /// Collective and blocking; asleep while the root is not there yet, unless it is to be quick.
  public borrowing func broadcast<E: MPIElement>(
    _ values: UnsafeMutableBufferPointer<E>, from root: Int, isQuick: Bool = false
  ) throws(MPIError) {
    try inPieces(values) { (part) throws(MPIError) in
      try sheltered(part) { (part) throws(MPIError) in
        var request = cmpi_request_null()
        try MPIError.check(
          cmpi_ibcast(
            part.baseAddress, Int32(part.count), E.mpiType, Int32(root), handle, &request),
          "broadcast \(part.count) values")
        try sleepUntilDone(
          &request, "wait in a broadcast", .broadcast, eagerLooks: isQuick ? Self.eagerLooks : 1)
      }
    }
  }

  /// Combines the ranks' values element by element; every rank gets the result in place.
  ///
  /// A rank that is called out of it has its values as they were. `isKept`: the caller keeps their memory alive
  /// then, and they may still change.
  ///
  /// Collective and blocking. Source: MPI 3.1, section 5.9.6, `MPI_Allreduce`.
  public borrowing func allReduce<E: MPIElement>(
    _ values: UnsafeMutableBufferPointer<E>, _ operation: ReductionOperation, isKept: Bool = false
  ) throws(MPIError) {
    let start = Clock.now
    try inPieces(values) { (part) throws(MPIError) in
      if interrupt != nil || sign != nil {
        return try sheltered(part, unless: isKept) { (part) throws(MPIError) in
          var request = cmpi_request_null()
          try MPIError.check(
            cmpi_iallreduce_in_place(
              part.baseAddress, Int32(part.count), E.mpiType, operation.mpiOperation, handle,
              &request),
            "start a reduction of \(part.count) values")
          // A reduction in every step: a look costs less than a sleep.
          try sleepUntilDone(
            &request, "wait in a reduction", .reduction, eagerLooks: Self.eagerLooks)
        }
      }
      try MPIError.check(
        cmpi_allreduce_in_place(
          part.baseAddress, Int32(part.count), E.mpiType, operation.mpiOperation, handle),
        "reduce \(part.count) values over \(size) ranks")
    }
    traffic.reduced(
      byteCount: values.count * MemoryLayout<E>.stride, seconds: Clock.now - start)
  }

  /// Every rank's values, in rank order; all ranks give the same number of values.
  ///
  /// Collective and blocking. Source: MPI 3.1, section 5.7, `MPI_Allgather`.
  public borrowing func allGather<E: MPIElement>(_ values: [E]) throws(MPIError) -> [E] {
    guard let first = values.first else { return [] }
    try meet()
    var all = [E](repeating: first, count: values.count * size)
    var code: Int32 = 0
    values.withUnsafeBufferPointer { mine in
      all.withUnsafeMutableBufferPointer { everyone in
        code = cmpi_allgather(
          mine.baseAddress, everyone.baseAddress, Int32(mine.count), E.mpiType, handle)
      }
    }
    try MPIError.check(code, "gather \(values.count) values from \(size) ranks")
    return all
  }

  /// The looks of a wait in every step before it sleeps, which take so long at most.
  static let eagerLooks = 20_000
  private static let eagerSeconds = 0.02

  /// MPI counts are 32-bit: longer buffers go in pieces.
  private borrowing func inPieces<E>(
    _ values: UnsafeMutableBufferPointer<E>,
    _ body: (UnsafeMutableBufferPointer<E>) throws(MPIError) -> Void
  ) throws(MPIError) {
    let limit = 1 << 28
    var start = 0
    while start < values.count {
      let count = min(limit, values.count - start)
      try body(UnsafeMutableBufferPointer(rebasing: values[start..<start + count]))
      start += count
    }
  }

  /// Runs `body` with the values, in a block of its own where it may be left before the library has done with
  /// them.
  private borrowing func sheltered<E: MPIElement>(
    _ values: UnsafeMutableBufferPointer<E>, unless isKept: Bool = false,
    _ body: (UnsafeMutableBufferPointer<E>) throws(MPIError) -> Void
  ) throws(MPIError) {
    guard let shelter, !isKept, let first = values.baseAddress else { return try body(values) }
    let block = shelter.take(byteCount: values.count * MemoryLayout<E>.stride)
    let copy = block.bindMemory(to: E.self)
    _ = copy.update(fromContentsOf: values)
    // An error leaves the block to the library, for ever.
    try body(UnsafeMutableBufferPointer(rebasing: copy[..<values.count]))
    if let start = copy.baseAddress { first.update(from: start, count: values.count) }
    shelter.give(block)
  }

  /// Looks `eagerLooks` times, for 20 ms at most, without a sleep between them before it begins to sleep.
  private borrowing func sleepUntilDone(
    _ request: inout cmpi_request, _ what: String, _ kind: Wait, eagerLooks: Int = 1
  ) throws(MPIError) {
    try Self.sleepUntilDone(
      &request, what, kind, eagerLooks: eagerLooks, interrupt: interrupt, sign: sign)
  }

  /// The same for who has no communicator any more.
  static func sleepUntilDone(
    _ request: inout cmpi_request, _ what: String, _ kind: Wait, eagerLooks: Int,
    interrupt: Interrupt?, sign: (any SignOfLife)?
  ) throws(MPIError) {
    var wait = Backoff(first: 0.000_02)
    var looks = 0
    var eagerEnd = 0.0
    var nextSign = 0.0
    while true {
      var done: Int32 = 0
      try MPIError.check(cmpi_test(&request, &done), what)
      if done != 0 { return }
      looks += 1
      if looks < eagerLooks {
        if looks % 16 != 0 { continue }
        // Where ranks share cores a look gives the core away, and takes as long as others use it.
        let now = Clock.now
        if eagerEnd == 0 { eagerEnd = now + eagerSeconds }
        if now < eagerEnd { continue }
        looks = eagerLooks
      }
      try interrupt?.check(what)
      if let sign {
        let now = Clock.now
        // Not for waits that are over at once.
        if nextSign > 0, now >= nextSign { try sign.waits(in: kind) }
        if now >= nextSign { nextSign = now + 0.25 }
      }
      wait.pause()
    }
  }
}

@available(*, unavailable)
extension Communicator: Sendable {}

extension Communicator {
  /// `allReduce` on an array.
  public borrowing func allReduce<E: MPIElement>(
    _ values: inout [E], _ operation: ReductionOperation
  ) throws(MPIError) {
    // A closure given to withUnsafeMutableBufferPointer would lose the typed error.
    var failure: MPIError?
    values.withUnsafeMutableBufferPointer { buffer in
      do throws(MPIError) { try allReduce(buffer, operation) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The combined value of all ranks.
  public borrowing func allReduce<E: MPIElement>(
    _ value: E, _ operation: ReductionOperation
  ) throws(MPIError) -> E {
    var values = [value]
    try allReduce(&values, operation)
    return values[0]
  }

  /// `root`'s values on every rank, which all give as many.
  ///
  /// Collective and blocking.
  package borrowing func broadcast<E: MPIElement>(
    _ values: [E], from root: Int
  ) throws(MPIError) -> [E] {
    var all = values
    var failure: MPIError?
    all.withUnsafeMutableBufferPointer { buffer in
      do throws(MPIError) { try broadcast(buffer, from: root) } catch { failure = error }
    }
    if let failure { throw failure }
    return all
  }

  /// `root`'s bytes on every rank, whatever their number.
  ///
  /// Collective and blocking.
  public borrowing func broadcast(bytes: [UInt8], from root: Int) throws(MPIError) -> [UInt8] {
    var count = [bytes.count]
    var failure: MPIError?
    count.withUnsafeMutableBufferPointer { buffer in
      do throws(MPIError) { try broadcast(buffer, from: root) } catch { failure = error }
    }
    if let failure { throw failure }
    var all = rank == root ? bytes : [UInt8](repeating: 0, count: count[0])
    all.withUnsafeMutableBufferPointer { buffer in
      do throws(MPIError) { try broadcast(buffer, from: root) } catch { failure = error }
    }
    if let failure { throw failure }
    return all
  }
}
