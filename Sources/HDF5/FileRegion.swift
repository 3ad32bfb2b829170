#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A plain file that is read at any place.
package final class FileRegion {
  /// The file's name.
  package let path: String
  /// Its size when it was opened.
  package let byteCount: Int
  private let descriptor: Int32

  /// Opens a regular file.
  package init(_ path: String) throws(HDF5Error) {
    self.path = path
    // A pipe without a writer would be waited for.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw HDF5Error(.io, path: path, "cannot be opened for reading: \(Posix.reason)")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw HDF5Error(.io, path: path, "is no regular file: give one")
    }
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads from `offset` until `buffer` is full or the file ends; returns the count of bytes.
  package func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) -> Int {
    var filled = 0
    while filled < buffer.count {
      guard let start = buffer.baseAddress else { break }
      let count = pread(
        descriptor, start + filled, min(buffer.count - filled, 1 << 30), off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw HDF5Error(.io, path: path, "cannot be read: \(Posix.reason)")
      }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The `count` bytes at `offset`; fewer where the file ends.
  package func bytes(at offset: Int, _ count: Int) throws(HDF5Error) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: min(count, byteCount - offset))
    var found = 0
    var problem: HDF5Error?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(HDF5Error) { found = try read(at: offset, into: buffer) } catch { problem = error }
    }
    if let problem { throw problem }
    return Array(bytes.prefix(found))
  }
}

extension [UInt8] {
  /// The number of `count` bytes at `offset`, low byte first; nil where they do not fit.
  package func littleEndian(at offset: Int, _ count: Int) -> Int? {
    guard offset >= 0, offset <= self.count - count else { return nil }
    var number: UInt64 = 0
    for index in (0..<count).reversed() { number = number << 8 | UInt64(self[offset + index]) }
    return Int(exactly: number)
  }
}
