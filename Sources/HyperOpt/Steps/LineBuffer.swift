private import Distributed
private import Glibc

/// One output of a step: cuts what arrives into lines.
struct LineBuffer {
  /// Where it is read from; nil after its end.
  private(set) var descriptor: Int32?
  private var line: [UInt8] = []
  private var remarks: LauncherRemarks?

  /// A line that does not end is cut here.
  private static let longestByteCount = 1 << 20

  /// Takes over `descriptor`; `isLaunchers`: a launcher's remarks are to be kept aside.
  init(_ descriptor: Int32, isLaunchers: Bool) {
    self.descriptor = descriptor
    remarks = isLaunchers ? LauncherRemarks() : nil
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  /// What the launcher had to say that is a reason.
  var reason: String? { remarks?.reason }

  /// Reads what is there, at most so much that others get their turn; the complete lines of it.
  mutating func read() -> [String] {
    var lines: [String] = []
    var rounds = 0
    while let descriptor, rounds < 16 {
      rounds += 1
      guard let bytes = Pipe.read(descriptor) else { break }  // nothing there now
      if bytes.isEmpty {
        lines += finish()
      } else {
        take(bytes, &lines)
      }
    }
    return lines
  }

  /// Closes the descriptor; the line that was not ended is one, too.
  mutating func finish() -> [String] {
    guard let descriptor else { return [] }
    close(descriptor)
    self.descriptor = nil
    var lines: [String] = []
    if var remarks {
      cut(remarks.finish(), &lines)
      self.remarks = remarks
    }
    if !line.isEmpty { lines.append(text()) }
    return lines
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>, _ lines: inout [String]) {
    guard var remarks else { return cut(bytes, &lines) }
    cut(remarks.filter(bytes), &lines)
    self.remarks = remarks
  }

  private mutating func cut(_ bytes: some Sequence<UInt8>, _ lines: inout [String]) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if !line.isEmpty { lines.append(text()) }
      } else {
        line.append(byte)
        if line.count >= Self.longestByteCount { lines.append(text()) }
      }
    }
  }

  private mutating func text() -> String {
    defer { line.removeAll(keepingCapacity: true) }
    return String(decoding: line, as: UTF8.self)
  }
}
