import Configuration
import Glibc

/// A plain file that is read at any place.
final class FileRegion {
  let path: String
  let byteCount: Int
  private let descriptor: Int32

  /// Opens a regular file.
  init(_ path: String) throws(PipelineError) {
    func failed(_ what: String) -> PipelineError {
      PipelineError(
        "\(path): \(what): \(String(cString: strerror(errno)))", exitCode: ExitCode.inputOutput)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failed("cannot be opened for reading") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = failed("cannot be looked at")
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.path = path
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads from `offset` until `buffer` is full or the file ends; returns the count of bytes.
  func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(PipelineError) -> Int {
    var filled = 0
    while filled < buffer.count {
      guard let start = buffer.baseAddress else { break }
      let count = pread(
        descriptor, start + filled, min(buffer.count - filled, 1 << 30), off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw PipelineError(
          "\(path): cannot be read: \(String(cString: strerror(errno)))",
          exitCode: ExitCode.inputOutput)
      }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The `count` bytes at `offset`; fewer where the file ends.
  func bytes(at offset: Int, _ count: Int) throws(PipelineError) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: min(count, byteCount - offset))
    var found = 0
    var problem: PipelineError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(PipelineError) { found = try read(at: offset, into: buffer) } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    return Array(bytes.prefix(found))
  }
}
