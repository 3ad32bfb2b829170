private import Glibc

/// What is left of the memory that the ranks of a node can share, before a window is made of it.
///
/// Where a segment does not fit, only the rank that supplies it hears of that: in Open MPI the others wait for it
/// without end, and pages that are missing later end a rank with SIGBUS. So ranks look before, together.
enum SharedRoom {
  /// Where Open MPI makes the segments of windows; MPICH makes them in /dev/shm.
  private static var folder: String {
    getenv("OMPI_MCA_osc_sm_backing_directory").map { String(cString: $0) } ?? "/dev/shm"
  }
  /// The bytes that stay free: for a window's tables, and for the messages of MPI, which come to take pages of
  /// the same memory.
  private static let reserve = 1 << 20

  /// The bytes that `node` lacks for a window of `byteCount` bytes.
  ///
  /// None (0) where one rank is alone on its node: libraries give it memory of its own.
  /// Collective over `node`, whose ranks give the same number and get the same, and blocking.
  static func lack(of byteCount: Int, on node: borrowing Communicator) throws(MPIError) -> Int {
    guard node.size > 1 else { return 0 }
    let free = try node.broadcast([node.rank == 0 ? freeByteCount : 0], from: 0)[0]
    return max(0, byteCount + reserve - free)
  }

  /// Throws when a node lacks `lack` bytes for what is requested.
  static func check(lack: Int, for request: String) throws(MPIError) {
    guard lack > 0 else { return }
    throw MPIError(
      request: request,
      reason:
        "\(folder) has \(lack) bytes of shared memory too few for it and for MPI itself: free some there"
    )
  }

  /// The bytes that a segment could have; a great number where nobody can say.
  private static var freeByteCount: Int {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return 1 << 62 }
    return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
  }
}
