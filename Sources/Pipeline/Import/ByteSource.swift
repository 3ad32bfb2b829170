import CZlib
import Configuration
import Glibc

/// The bytes of a file in order, inflated on the way when the file is gzipped.
final class ByteSource: ByteStream {
  /// The file's name as it was given.
  let path: String
  /// The file's size on the disk.
  let fileByteCount: Int
  private let handle: gzFile

  /// Opens a regular file.
  init(_ path: String) throws(PipelineError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        throw PipelineError("\(path): there is no such file", exitCode: ExitCode.missingInput)
      }
      throw PipelineError(
        "\(path): cannot be looked at: \(Self.reason)", exitCode: ExitCode.inputOutput)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw PipelineError("\(path): is no regular file: give a file of data")
    }
    guard let handle = gzopen(path, "rb") else {
      throw PipelineError(
        "\(path): cannot be opened for reading: \(Self.reason)", exitCode: ExitCode.inputOutput)
    }
    gzbuffer(handle, 256 << 10)
    self.handle = handle
    self.path = path
    fileByteCount = Int(status.st_size)
  }

  deinit { gzclose_r(handle) }

  private static var reason: String { String(cString: strerror(errno)) }

  /// Whether the file is gzipped; known after the first read.
  var isCompressed: Bool { gzdirect(handle) == 0 }

  /// The part of the file that has been read, 0 to 1.
  var fraction: Double {
    fileByteCount == 0 ? 1 : min(1, Double(max(0, gzoffset(handle))) / Double(fileByteCount))
  }

  /// Reads until `buffer` is full or the data end; returns the count of bytes.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(PipelineError) -> Int {
    var filled = 0
    while filled < buffer.count {
      guard let start = buffer.baseAddress else { break }
      let wanted = UInt32(min(buffer.count - filled, 1 << 30))
      let count = gzread(handle, start + filled, wanted)
      if count < 0 { throw failure() }
      filled += Int(count)
      if count < wanted { break }
    }
    // A gzip file that stops in the middle is no error of gzread, only of the stream's state.
    if filled < buffer.count {
      var code: Int32 = Z_OK
      _ = gzerror(handle, &code)
      if code != Z_OK, code != Z_STREAM_END { throw failure() }
    }
    return filled
  }

  /// The first bytes, without taking them; at most `count`.
  func start(_ count: Int) throws(PipelineError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var found = 0
    var problem: PipelineError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(PipelineError) { found = try read(into: buffer) } catch { problem = error }
    }
    if let problem { throw problem }
    try rewind()
    return Array(bytes.prefix(found))
  }

  /// Goes back to the beginning.
  func rewind() throws(PipelineError) {
    guard gzrewind(handle) == 0 else { throw failure() }
  }

  private func failure() -> PipelineError {
    var code: Int32 = 0
    let text = gzerror(handle, &code).map { String(cString: $0) } ?? ""
    switch code {
    case Z_ERRNO:
      return PipelineError(
        "\(path): cannot be read: \(Self.reason)", exitCode: ExitCode.inputOutput)
    case Z_BUF_ERROR:
      return PipelineError(
        "\(path): the gzip data end too early: the file is truncated, copy it again")
    default:
      let words = text.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? text
      return PipelineError("\(path): the gzip data are damaged (\(words)): copy the file again")
    }
  }
}
