private import Glibc

/// The memory of this process, as Linux counts it.
enum ProcessResources {
  /// Bytes that are resident now, shared ones among them; 0 where the system does not tell.
  ///
  /// Some microseconds; allocates nothing.
  static var residentByteCount: Int {
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    // Pages in all, then pages that are resident.
    return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      guard count > 0 else { return 0 }
      var (fields, pages) = (0, 0)
      for byte in buffer[..<count] {
        if byte == UInt8(ascii: " ") {
          fields += 1
          if fields == 2 { break }
        } else if fields == 1, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
          pages = pages * 10 + Int(byte - UInt8(ascii: "0"))
        }
      }
      return pages * sysconf(Int32(_SC_PAGESIZE))
    }
  }

  /// The most bytes that were resident at a time since the program began.
  static var peakByteCount: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return max(usage.ru_maxrss * 1024, residentByteCount)
  }
}
