internal import CMPI

/// Reductions that have been started one after the other and may not be complete yet.
///
/// Made for at most a number of them; when all have been waited for, the next begin anew. Allocates nothing
/// by itself after it is made. All ranks start the same reductions in the same order.
///
/// Where ranks share nodes a reduction has three stages: the ranks of a node add up theirs, their first ones the
/// nodes' sums, and each tells its node. Each is an operation of MPI that does not block; of a reduction one is on
/// its way at a time, and those of one stage follow each other in the order of the reductions.
struct PendingReductions: ~Copyable {
  private let handle: cmpi_comm
  private let interrupt: Interrupt?
  private let sign: (any SignOfLife)?
  private let traffic: Traffic
  private let requests: UnsafeMutablePointer<cmpi_request>
  private let values: UnsafeMutablePointer<Values>
  private let capacity: Int
  private let groups: NodeGroups?
  /// How many have been started since all had been waited for.
  private(set) var startedCount = 0
  /// The first of them that their node has added up, that their nodes have, that are known to be complete, and those
  /// that have been waited for.
  private var nodeCount = 0, firstsCount = 0, completeCount = 0, takenCount = 0

  /// What a reduction works on.
  private struct Values {
    var start: UnsafeMutableRawPointer?
    var count: Int32 = 0
    var type: Int32 = 0
    var byteCount = 0
  }

  /// `groups`: of the nodes that the ranks of `communicator` are on; nil: all meet at once.
  init(capacity: Int, on communicator: borrowing Communicator, by groups: NodeGroups? = nil) {
    handle = communicator.handle
    interrupt = communicator.interrupt
    sign = communicator.sign
    traffic = communicator.traffic
    self.capacity = capacity
    self.groups = groups
    requests = .allocate(capacity: capacity)
    requests.initialize(repeating: cmpi_request_null(), count: capacity)
    values = .allocate(capacity: capacity)
    values.initialize(repeating: Values(), count: capacity)
  }

  /// Starts to add up the ranks' values, element by element; every rank gets the sums in place.
  ///
  /// Collective; does not block. The values are MPI's until `waitForNext` has come to them.
  ///
  /// Source: MPI 3.1, section 5.12.8, `MPI_Iallreduce`; 5.12.7 and 5.12.2, `MPI_Ireduce` and `MPI_Ibcast`.
  mutating func start<E: MPIElement>(
    _ values: UnsafeMutableBufferPointer<E>
  ) throws(MPIError) {
    precondition(startedCount < capacity, "more than \(capacity) reductions at once")
    let index = startedCount
    self.values[index] = Values(
      start: UnsafeMutableRawPointer(values.baseAddress), count: Int32(values.count),
      type: E.mpiType, byteCount: values.count * MemoryLayout<E>.stride)
    if let groups {
      try addUpNode(index, groups)
    } else {
      try addUp(index, among: handle)
    }
    startedCount += 1
  }

  private func addUpNode(_ index: Int, _ groups: NodeGroups) throws(MPIError) {
    let part = values[index]
    try MPIError.check(
      cmpi_ireduce_in_place(
        part.start, part.count, part.type, ReductionOperation.sum.mpiOperation, 0,
        groups.isFirst ? 1 : 0, groups.node.handle, requests + index),
      "start a node's reduction of \(part.count) values")
  }

  private func addUp(_ index: Int, among handle: cmpi_comm) throws(MPIError) {
    let part = values[index]
    try MPIError.check(
      cmpi_iallreduce_in_place(
        part.start, part.count, part.type, ReductionOperation.sum.mpiOperation, handle,
        requests + index),
      "start a reduction of \(part.count) values")
  }

  private func tellNode(_ index: Int, _ groups: NodeGroups) throws(MPIError) {
    let part = values[index]
    try MPIError.check(
      cmpi_ibcast(
        part.start, part.count, part.type, 0, groups.told.handle, requests + index),
      "start to tell a node of \(part.count) values")
  }

  /// Lets MPI make progress, which it hardly does between its calls, and starts the next stages of those whose stage
  /// is over.
  ///
  /// Does not block. Others wait for the stages that this rank starts: who waits for one reduction calls it first.
  mutating func makeProgress() throws(MPIError) {
    if let groups {
      while nodeCount < startedCount, try isDone(nodeCount) {
        if groups.isFirst {
          try addUp(nodeCount, among: groups.firsts.handle)
        } else {
          try tellNode(nodeCount, groups)
        }
        nodeCount += 1
      }
      while firstsCount < nodeCount {
        if groups.isFirst {
          guard try isDone(firstsCount) else { break }
          try tellNode(firstsCount, groups)
        }
        firstsCount += 1
      }
    }
    let count = groups == nil ? startedCount : firstsCount
    while completeCount < count, try isDone(completeCount) { completeCount += 1 }
  }

  private func isDone(_ index: Int) throws(MPIError) -> Bool {
    var done: Int32 = 0
    try MPIError.check(cmpi_test(requests + index, &done), "look at a reduction")
    return done != 0
  }

  /// Waits for the first one that has not been waited for.
  ///
  /// Blocking; ends with an error when this rank is called out.
  mutating func waitForNext() throws(MPIError) {
    precondition(takenCount < startedCount, "no reduction to wait for")
    let start = Clock.now
    try makeProgress()
    while takenCount >= completeCount {
      // Of the stage that it is in: behind it the next one begins.
      let what = "wait in a reduction"
      if interrupt == nil, sign == nil {
        try MPIError.check(cmpi_wait(requests + takenCount), what)
      } else {
        try Communicator.sleepUntilDone(
          &requests[takenCount], what, .reduction, eagerLooks: Communicator.eagerLooks,
          interrupt: interrupt, sign: sign)
      }
      try makeProgress()
    }
    traffic.reduced(byteCount: values[takenCount].byteCount, seconds: Clock.now - start)
    takenCount += 1
    if takenCount == startedCount {
      (startedCount, nodeCount, firstsCount, completeCount, takenCount) = (0, 0, 0, 0, 0)
    }
  }

  deinit {
    requests.deallocate()
    values.deallocate()
  }
}
