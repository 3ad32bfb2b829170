internal import CMPI

/// Reductions that have been started one after the other and may not be complete yet.
///
/// Made for at most a number of them; when all have been waited for, the next begin anew. Allocates nothing
/// by itself after it is made. All ranks start the same reductions in the same order.
struct PendingReductions: ~Copyable {
  private let handle: cmpi_comm
  private let interrupt: Interrupt?
  private let sign: (any SignOfLife)?
  private let traffic: Traffic
  private let byteCounts: UnsafeMutablePointer<Int>
  private let requests: UnsafeMutablePointer<cmpi_request>
  private let capacity: Int
  /// How many have been started since all had been waited for.
  private(set) var startedCount = 0
  /// The first of them that are known to be complete, and those that have been waited for.
  private var completeCount = 0, takenCount = 0

  init(capacity: Int, on communicator: borrowing Communicator) {
    handle = communicator.handle
    interrupt = communicator.interrupt
    sign = communicator.sign
    traffic = communicator.traffic
    self.capacity = capacity
    requests = .allocate(capacity: capacity)
    requests.initialize(repeating: cmpi_request_null(), count: capacity)
    byteCounts = .allocate(capacity: capacity)
    byteCounts.initialize(repeating: 0, count: capacity)
  }

  /// Starts to add up the ranks' values, element by element; every rank gets the sums in place.
  ///
  /// Collective; does not block. The values are MPI's until `waitForNext` has come to them.
  ///
  /// Source: MPI 3.1, section 5.12.8, `MPI_Iallreduce`.
  mutating func start<E: MPIElement>(
    _ values: UnsafeMutableBufferPointer<E>
  ) throws(MPIError) {
    precondition(startedCount < capacity, "more than \(capacity) reductions at once")
    try MPIError.check(
      cmpi_iallreduce_in_place(
        values.baseAddress, Int32(values.count), E.mpiType, ReductionOperation.sum.mpiOperation,
        handle, requests + startedCount),
      "start a reduction of \(values.count) values")
    byteCounts[startedCount] = values.count * MemoryLayout<E>.stride
    startedCount += 1
  }

  /// Lets MPI make progress, which it hardly does between its calls.
  ///
  /// Does not block.
  mutating func makeProgress() throws(MPIError) {
    while completeCount < startedCount {
      var done: Int32 = 0
      try MPIError.check(cmpi_test(requests + completeCount, &done), "look at a reduction")
      if done == 0 { return }
      completeCount += 1
    }
  }

  /// Waits for the first one that has not been waited for.
  ///
  /// Blocking; ends with an error when this rank is called out.
  mutating func waitForNext() throws(MPIError) {
    precondition(takenCount < startedCount, "no reduction to wait for")
    let start = Clock.now
    if takenCount >= completeCount {
      let what = "wait in a reduction"
      if interrupt == nil, sign == nil {
        try MPIError.check(cmpi_wait(requests + takenCount), what)
      } else {
        try Communicator.sleepUntilDone(
          &requests[takenCount], what, .reduction, eagerLooks: Communicator.eagerLooks,
          interrupt: interrupt, sign: sign)
      }
      completeCount = takenCount + 1
    }
    traffic.reduced(byteCount: byteCounts[takenCount], seconds: Clock.now - start)
    takenCount += 1
    if takenCount == startedCount { (startedCount, completeCount, takenCount) = (0, 0, 0) }
  }

  deinit {
    requests.deallocate()
    byteCounts.deallocate()
  }
}
