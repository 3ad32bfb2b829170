private import Glibc

/// Which file a name stands for, whatever the name looks like: `./m.h5`, `m.h5` and a link are one.
package struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64
  /// The file's own name, for one that is not there yet: device and inode are its folder's.
  private let name: String?

  /// nil when not even the folder is there.
  package init?(_ path: String) {
    var status = stat()
    if stat(path, &status) == 0 {
      name = nil
    } else {
      let slash = path.lastIndex(of: "/")
      let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      guard stat(folder, &status) == 0 else { return nil }
      name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
