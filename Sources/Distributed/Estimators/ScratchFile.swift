private import Glibc
private import HDF5

/// A file that all ranks see and that is there for a while: rank 0 removes it when it lets go of the value.
final class ScratchFile: Sendable {
  /// The file's name; rank 0 has made it, empty.
  let path: String
  private let isOwner: Bool

  /// Makes a file whose name ends with `ending`: in `$TMPDIR`, or `/tmp`, where all ranks of `world` are on one
  /// node, else in the working directory.
  ///
  /// Collective and blocking.
  /// - Throws: `DistributedError` (74) where it cannot be made.
  init(ending: String, on world: borrowing Communicator) throws {
    let name = try Self.folder(world) + "/sounder-XXXXXX" + ending
    isOwner = world.rank == 0
    var made: [UInt8] = []
    if isOwner {
      var bytes = Array(name.utf8CString)
      let descriptor = mkstemps(&bytes, Int32(ending.utf8.count))
      guard descriptor >= 0 else {
        throw DistributedError(
          "\(name) cannot be made: \(String(cString: strerror(errno))): set TMPDIR to a folder that can be "
            + "written", exitCode: 74)
      }
      close(descriptor)
      made = bytes.dropLast().map { UInt8(bitPattern: $0) }
    }
    path = String(decoding: try world.broadcast(bytes: made, from: 0), as: UTF8.self)
  }

  private static func folder(_ world: borrowing Communicator) throws -> String {
    if world.size > 1 {
      let node = try world.splitByNode()
      let isOneNode = node.size == world.size
      try node.free()
      // Ranks of several nodes have no temporary folder in common.
      guard isOneNode else { return "." }
    }
    return TemporaryFolder.path
  }

  deinit { if isOwner { unlink(path) } }
}
