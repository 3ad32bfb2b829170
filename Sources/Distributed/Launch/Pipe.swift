private import Configuration
private import Glibc

/// A pipe whose ends are closed in programs that are started beside.
package struct Pipe {
  package let readEnd: Int32
  package let writeEnd: Int32

  package init() throws(DistributedError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw DistributedError(
        "cannot make a pipe: \(String(cString: strerror(errno)))", exitCode: ExitCode.fault)
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  /// The next bytes; empty at the end, nil after an error.
  package static func read(_ descriptor: Int32) -> ArraySlice<UInt8>? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count >= 0 { return buffer[..<count] }
      guard errno == EINTR else { return nil }
    }
  }

  /// Writes all of `bytes`; whether somebody took them.
  @discardableResult
  package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + offset }, bytes.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }
}
