private import Foundation
private import Glibc

/// The file of the input at hand, for readers that take a path.
///
/// It lies in memory: TMPDIR, which `scripts/fuzz.sh` sets to a folder under /dev/shm.
enum InputFile {
  /// The folder of this process.
  static let folder: String = {
    let folder = FileManager.default.temporaryDirectory.path + "/sounder-fuzz-\(getpid())"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch { preconditionFailure("\(folder): cannot be made: \(error)") }
    return folder
  }()

  /// Another path of the input that was written last: a file of the same content.
  static func again() throws -> String {
    let path = folder + "/again"
    unlink(path)
    try FileManager.default.copyItem(atPath: folder + "/input", toPath: path)
    return path
  }

  /// Writes the input, and gives its path; the next call replaces it.
  static func write(_ bytes: UnsafeRawBufferPointer) -> String {
    let path = folder + "/input"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "\(path): cannot be written")
    defer { close(descriptor) }
    precondition(
      Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count,
      "\(path): cannot be written")
    return path
  }
}
