internal import CMPI

/// Memory of some ranks that others reach by one-sided accesses, on the same node or another one.
///
/// One access epoch spans the window's life. Freeing is collective, so nothing happens when the value goes
/// out of scope: call `free()` on success.
package struct RemoteWindow {
  let handle: cmpi_win
  /// This rank's own memory, zero at first.
  package let base: UnsafeMutableRawPointer
  /// Its length in bytes; may be 0.
  let byteCount: Int

  /// Supplies `byteCount` bytes of this rank.
  ///
  /// Collective over `group` and blocking.
  /// - Throws: `MPIError` where this MPI has no windows between these ranks, as Open MPI 4 over TCP
  ///   with its default component; on every rank, before the library is asked, when a node has not enough
  ///   shared memory, of which libraries make what ranks of one node reach.
  /// - Source: MPI 3.1, section 11.2.2, `MPI_Win_allocate`.
  package init(byteCount: Int, on group: borrowing Communicator) throws(MPIError) {
    let request = "create a window of \(byteCount) bytes that other nodes can reach"
    let node = try group.splitByNode()
    let lack = try SharedRoom.lack(of: try node.allReduce(byteCount, .sum), on: node)
    try node.free()
    try SharedRoom.check(lack: try group.allReduce(lack, .maximum), for: request)
    var window = cmpi_win()
    var base: UnsafeMutableRawPointer?
    try group.meet()
    try MPIError.check(
      cmpi_win_allocate(Int64(max(byteCount, 64)), 4, group.handle, &base, &window), request)
    try MPIError.check(cmpi_win_return_errors(window), request)
    guard let base else {
      throw MPIError(request: request, reason: "the library gave no memory")
    }
    base.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
    try group.barrier()
    try MPIError.check(cmpi_win_lock_all(window), request)
    self.handle = window
    self.base = base
    self.byteCount = byteCount
  }

  /// Makes what other ranks stored visible to loads here.
  ///
  /// Not collective. Source: MPI 3.1, section 11.5.4, `MPI_Win_sync`.
  func sync() throws(MPIError) {
    try MPIError.check(cmpi_win_sync(handle), "synchronise a window")
  }

  /// Ends the access epoch and frees the memory.
  ///
  /// Collective.
  package func free() throws(MPIError) {
    try MPIError.check(cmpi_win_unlock_all(handle), "end a window's access epoch")
    try MPIError.check(cmpi_win_free(handle), "free a window")
  }
}

@available(*, unavailable)
extension RemoteWindow: Sendable {}
