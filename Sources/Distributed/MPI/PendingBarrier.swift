internal import CMPI

/// A barrier that has been entered and may not be complete yet.
package struct PendingBarrier: ~Copyable {
  private let request: UnsafeMutablePointer<cmpi_request>

  init(_ request: cmpi_request) {
    self.request = .allocate(capacity: 1)
    self.request.initialize(to: request)
  }

  /// Whether every rank has entered.
  ///
  /// Does not block; lets MPI make progress.
  package borrowing func isDone() throws(MPIError) -> Bool {
    var done: Int32 = 0
    try MPIError.check(cmpi_test(request, &done), "look at a barrier")
    return done != 0
  }

  deinit { request.deallocate() }
}

extension Communicator {
  /// Enters a barrier without waiting for it.
  ///
  /// Collective; does not block.
  ///
  /// Source: MPI 3.1, section 5.12.1, `MPI_Ibarrier`.
  package borrowing func startBarrier() throws(MPIError) -> PendingBarrier {
    var request = cmpi_request_null()
    try MPIError.check(cmpi_ibarrier(handle, &request), "start a barrier")
    return PendingBarrier(request)
  }
}
