internal import CMPI

/// Memory that all ranks of a node map: one block, supplied by rank 0 of the communicator.
///
/// Every rank reads and writes it with plain loads and stores inside one access epoch that spans the
/// window's life. Not copyable and not `Sendable`; freeing it is collective, so nothing happens when
/// the value goes out of scope: call `free()` on success.
public struct SharedWindow: ~Copyable {
  private let handle: cmpi_win
  /// The block's first byte in this process; aligned to 64 bytes at least.
  public let base: UnsafeMutableRawPointer
  /// The block's length in bytes.
  public let byteCount: Int

  /// Allocates `byteCount` bytes, set to zero, for the ranks of `node`.
  ///
  /// Collective over `node`, whose ranks must share memory (`splitByNode`), and blocking.
  /// - Throws: `MPIError` when the library has no shared windows (Open MPI with plain
  ///   `osc=pt2pt`); on every rank, before the library is asked, when the node has not enough shared memory.
  /// - Source: MPI 3.1, section 11.2.3, `MPI_Win_allocate_shared`.
  public init(byteCount: Int, on node: borrowing Communicator) throws(MPIError) {
    let request = "create a shared window of \(byteCount) bytes for \(node.size) ranks"
    try SharedRoom.check(lack: try SharedRoom.lack(of: byteCount, on: node), for: request)
    var window = cmpi_win()
    var own: UnsafeMutableRawPointer?
    // The spare bytes pay for the alignment below.
    try node.meet()
    let local = node.rank == 0 ? Int64(byteCount) + 64 : 0
    try MPIError.check(cmpi_win_allocate_shared(local, 1, node.handle, &own, &window), request)
    try MPIError.check(cmpi_win_return_errors(window), request)
    var size: Int64 = 0
    var shared: UnsafeMutableRawPointer?
    try MPIError.check(cmpi_win_shared_query(window, 0, &size, &shared), request)
    guard let shared else {
      throw MPIError(request: request, code: cmpi_success())
    }
    try MPIError.check(cmpi_win_lock_all(window), request)
    let aligned = shared.alignedUp(toMultipleOf: 64)
    if node.rank == 0 { aligned.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
    try MPIError.check(cmpi_win_sync(window), request)
    try node.barrier()
    try MPIError.check(cmpi_win_sync(window), request)
    self.byteCount = byteCount
    base = aligned
    handle = window
  }

  /// Orders this rank's loads and stores with those of the others (a memory barrier).
  ///
  /// Not collective. Source: MPI 3.1, section 11.5.4, `MPI_Win_sync`.
  public borrowing func sync() throws(MPIError) {
    try MPIError.check(cmpi_win_sync(handle), "synchronise a window")
  }

  /// Ends the access epoch and frees the memory.
  ///
  /// Collective.
  public consuming func free() throws(MPIError) {
    try MPIError.check(cmpi_win_unlock_all(handle), "end a window's access epoch")
    try MPIError.check(cmpi_win_free(handle), "free a window")
  }
}

@available(*, unavailable)
extension SharedWindow: Sendable {}
