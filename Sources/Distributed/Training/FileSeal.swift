internal import Configuration
private import Glibc

/// A checksum behind the last byte of a file, by which every changed, lost or added byte is noticed.
///
/// It is 32 bytes at the very end. HDF5 does not look there: a file may be longer than its superblock
/// says, so whoever reads the model in it need not know of seals. Inside the file a checksum would have
/// to leave itself out, and in a file beside it the two could not be renamed in one step.
///
/// | bytes | what                                                                  |
/// |-------|-----------------------------------------------------------------------|
/// | 0–15  | `sounder checksum`                                                    |
/// | 16–23 | how many bytes stand before the seal, low byte first                  |
/// | 24–31 | CRC-64 of those bytes and of the seal's first 24, low byte first      |
package enum FileSeal {
  /// What a look at a file has found.
  package enum Finding: Equatable {
    /// All bytes are those that were sealed.
    case sound
    /// The file does not end with a seal.
    case missing
    /// The seal is of other bytes; in words.
    case broken(String)
  }

  private static let byteCount = 32
  private static let mark = Array("sounder checksum".utf8)

  /// Seals the file at `path`, which has no seal yet; errors call it `name`.
  ///
  /// - Throws: `DistributedError` (exit code 74).
  package static func append(
    to path: String, named name: String? = nil
  ) throws(DistributedError) {
    let file = try OpenedFile(path, O_RDWR, named: name)
    var seal = mark + bytes(UInt64(file.byteCount))
    var sum = CRC64()
    try file.add(file.byteCount, to: &sum)
    seal.withUnsafeBytes { sum.add($0) }
    seal += bytes(sum.value)
    let written = seal.withUnsafeBytes {
      pwrite(file.descriptor, $0.baseAddress, $0.count, off_t(file.byteCount))
    }
    guard written == byteCount else { throw file.error("cannot be written, is the disk full?") }
  }

  /// Whether the file at `path` ends with a seal, be it the right one or not.
  package static func isThere(in path: String) throws(DistributedError) -> Bool {
    try OpenedFile(path).seal != nil
  }

  /// Reads the whole file at `path` and compares.
  ///
  /// - Throws: `DistributedError` (exit code 74) when it cannot be read.
  package static func finding(in path: String) throws(DistributedError) -> Finding {
    let file = try OpenedFile(path)
    guard let seal = try file.seal else { return .missing }
    let count = file.byteCount - byteCount
    let sealedCount = number(seal[16..<24])
    guard sealedCount == UInt64(count) else {
      return .broken("it has \(count) bytes, and its checksum is of \(sealedCount)")
    }
    var sum = CRC64()
    try file.add(count, to: &sum)
    seal[..<24].withUnsafeBytes { sum.add($0) }
    guard sum.value == number(seal[24...]) else { return .broken("its checksum is wrong") }
    return .sound
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A file that is looked at byte by byte.
  private struct OpenedFile: ~Copyable {
    let name: String
    let descriptor: Int32
    let byteCount: Int

    init(
      _ path: String, _ flags: Int32 = O_RDONLY, named name: String? = nil
    ) throws(DistributedError) {
      let name = name ?? path
      let descriptor = open(path, flags | O_CLOEXEC)
      var status = stat()
      guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
        let reason = String(cString: strerror(errno))
        if descriptor >= 0 { close(descriptor) }
        throw DistributedError(
          "\(name) cannot be opened: \(reason)", exitCode: ExitCode.inputOutput)
      }
      self.name = name
      self.byteCount = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
      self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func error(_ what: String) -> DistributedError {
      DistributedError(
        "\(name) \(what): \(String(cString: strerror(errno)))", exitCode: ExitCode.inputOutput)
    }

    /// The file's last bytes; nil when they are no seal.
    var seal: [UInt8]? {
      get throws(DistributedError) {
        guard byteCount >= FileSeal.byteCount else { return nil }
        var seal = [UInt8](repeating: 0, count: FileSeal.byteCount)
        try read(into: &seal, seal.count, at: byteCount - seal.count)
        return seal.starts(with: FileSeal.mark) ? seal : nil
      }
    }

    /// Adds the file's first `count` bytes to a checksum.
    func add(_ count: Int, to sum: inout CRC64) throws(DistributedError) {
      var block = [UInt8](repeating: 0, count: min(count, 1 << 20))
      var position = 0
      while position < count {
        let size = min(block.count, count - position)
        try read(into: &block, size, at: position)
        block[..<size].withUnsafeBytes { sum.add($0) }
        position += size
      }
    }

    private func read(
      into block: inout [UInt8], _ count: Int, at position: Int
    ) throws(DistributedError) {
      var done = 0
      while done < count {
        let got = block.withUnsafeMutableBytes {
          pread(descriptor, $0.baseAddress.map { $0 + done }, count - done, off_t(position + done))
        }
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { throw error("cannot be read") }
        guard got > 0 else {
          throw DistributedError(
            "\(name) became shorter while it was read: another program writes it",
            exitCode: ExitCode.inputOutput)
        }
        done += got
      }
    }
  }
}
