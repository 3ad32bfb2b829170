/// The members of a ZIP archive, as far as .npz files and Keras' .keras files use the format.
///
/// Source: PKWARE, "APPNOTE.TXT: .ZIP File Format Specification", 6.3.10, with ZIP64.
package struct ZIPArchive {
  /// One member.
  package struct Member {
    package var name: String
    var isDeflated: Bool
    var checksum: UInt32
    /// Where its bytes begin in the file.
    var offset: Int
    /// Its bytes in the file.
    var storedByteCount: Int
    /// Its bytes when they are unpacked.
    package var byteCount: Int

    /// The name, fit for a message of one line.
    var title: String { Self.title(name) }

    static func title(_ name: String) -> String {
      String(name.prefix(40).map { $0.isNewline || $0 == "\t" || $0 == "\0" ? " " : $0 })
    }
  }

  let file: FileRegion
  /// The members in the directory's order.
  package private(set) var members: [Member] = []

  /// The archive's name.
  package var path: String { file.path }

  private static let end: [UInt8] = [0x50, 0x4b, 5, 6]
  private static let largestComment = 65_535
  private static let largestDirectory = 64 << 20
  /// Deflate packs at best 1032 to 1.
  private static let largestRatio = 1032

  /// Reads the directory of the archive at `path`.
  ///
  /// - Throws: `HDF5Error`: `io`, or `damaged`.
  package init(_ path: String) throws(HDF5Error) {
    file = try FileRegion(path)
    let (offset, byteCount, count) = try directory()
    guard offset >= 0, byteCount >= 0, offset <= file.byteCount - byteCount,
      byteCount <= Self.largestDirectory
    else { throw damaged("its directory is not where it should be") }
    let bytes = try file.bytes(at: offset, byteCount)
    var position = 0
    var total = 0
    while position < bytes.count, members.count < count {
      let member = try member(bytes, &position)
      let (sum, overflow) = total.addingReportingOverflow(member.storedByteCount)
      // Members that share bytes are how a small archive becomes an endless one.
      guard !overflow, sum <= file.byteCount else { throw damaged("its members overlap") }
      total = sum
      members.append(member)
    }
    guard members.count == count else { throw damaged("its directory is cut off") }
  }

  /// Whether the file at `path` begins as archives do.
  package static func isArchive(_ path: String) -> Bool {
    guard let file = try? FileRegion(path), let bytes = try? file.bytes(at: 0, 4) else {
      return false
    }
    // The head of a member, or the end record of an archive without members.
    return bytes == [0x50, 0x4b, 3, 4] || bytes == end
  }

  private func damaged(_ what: String) -> HDF5Error {
    HDF5Error(
      .damaged, path: path, "the archive is damaged or truncated: \(what): copy it again")
  }

  /// Where the directory is, its size, and the count of its members.
  private func directory() throws(HDF5Error) -> (offset: Int, byteCount: Int, count: Int) {
    let tailStart = max(0, file.byteCount - Self.largestComment - 22)
    let tail = try file.bytes(at: tailStart, file.byteCount - tailStart)
    var place = tail.count - 22
    func number(_ offset: Int, _ count: Int) -> Int {
      tail.littleEndian(at: place + offset, count) ?? -1
    }
    while place >= 0 {
      if tail[place] == 0x50, tail[place..<place + 4].elementsEqual(Self.end),
        place + 22 + number(20, 2) == tail.count
      {
        break
      }
      place -= 1
    }
    guard place >= 0 else { throw damaged("it has no end record") }
    let (offset, byteCount, count) = (number(16, 4), number(12, 4), number(10, 2))
    guard offset == 0xffff_ffff || byteCount == 0xffff_ffff || count == 0xffff else {
      return (offset, byteCount, count)
    }
    // ZIP64: a locator before the end record says where the longer one is.
    let locator = try file.bytes(at: tailStart + place - 20, 20)
    guard locator.starts(with: [0x50, 0x4b, 6, 7]),
      let recordOffset = locator.littleEndian(at: 8, 8)
    else { throw damaged("its ZIP64 locator is missing") }
    let record = try file.bytes(at: recordOffset, 56)
    guard record.starts(with: [0x50, 0x4b, 6, 6]), record.count == 56,
      let count = record.littleEndian(at: 32, 8),
      let byteCount = record.littleEndian(at: 40, 8),
      let offset = record.littleEndian(at: 48, 8)
    else { throw damaged("its ZIP64 end record is missing") }
    return (offset, byteCount, count)
  }

  /// Reads the entry of the directory at `position`, and goes on behind it.
  private func member(_ bytes: [UInt8], _ position: inout Int) throws(HDF5Error) -> Member {
    let start = position
    func number(_ offset: Int, _ count: Int) throws(HDF5Error) -> Int {
      guard let number = bytes.littleEndian(at: start + offset, count) else {
        throw damaged("its directory is cut off")
      }
      return number
    }
    guard bytes[start...].starts(with: [0x50, 0x4b, 1, 2]) else {
      throw damaged("an entry of its directory is none")
    }
    let nameEnd = start + 46 + (try number(28, 2))
    let extraEnd = nameEnd + (try number(30, 2))
    position = extraEnd + (try number(32, 2))
    guard position <= bytes.count else { throw damaged("its directory is cut off") }
    let name = String(decoding: bytes[start + 46..<nameEnd], as: UTF8.self)
    let title = Member.title(name)
    guard try number(8, 2) & 1 == 0 else {
      throw HDF5Error(.damaged, path: path, "'\(title)' is encrypted, which is not read")
    }
    let method = try number(10, 2)
    guard method == 0 || method == 8 else {
      throw HDF5Error(
        .damaged, path: path,
        "'\(title)' is packed by method \(method); stored and deflated members are read: save it "
          + "with numpy.savez, numpy.savez_compressed or Keras' model.save")
    }
    var (byteCount, storedByteCount) = (try number(24, 4), try number(20, 4))
    var headOffset = try number(42, 4)
    try widen(&byteCount, &storedByteCount, &headOffset, Array(bytes[nameEnd..<extraEnd]))
    let offset = try contentOffset(headOffset)
    guard storedByteCount >= 0, storedByteCount <= file.byteCount - offset, byteCount >= 0,
      method == 8
        ? byteCount / Self.largestRatio <= storedByteCount : byteCount == storedByteCount
    else { throw damaged("'\(title)' has an impossible size") }
    return Member(
      name: name, isDeflated: method == 8, checksum: UInt32(truncatingIfNeeded: try number(16, 4)),
      offset: offset, storedByteCount: storedByteCount, byteCount: byteCount)
  }

  /// Takes from the ZIP64 extra field what the entry's 32 bits could not hold.
  private func widen(
    _ byteCount: inout Int, _ storedByteCount: inout Int, _ offset: inout Int, _ extra: [UInt8]
  ) throws(HDF5Error) {
    var place = 0
    while let kind = extra.littleEndian(at: place, 2),
      let length = extra.littleEndian(at: place + 2, 2)
    {
      place += 4
      defer { place += length }
      guard kind == 1 else { continue }
      var field = place
      func next(_ number: inout Int) throws(HDF5Error) {
        guard number == 0xffff_ffff else { return }
        guard let wide = extra.littleEndian(at: field, 8), field + 8 <= place + length else {
          throw damaged("a ZIP64 field is cut off")
        }
        number = wide
        field += 8
      }
      try next(&byteCount)
      try next(&storedByteCount)
      try next(&offset)
    }
  }

  /// Where a member's bytes begin, behind its own head.
  private func contentOffset(_ headOffset: Int) throws(HDF5Error) -> Int {
    let head = try file.bytes(at: headOffset, 30)
    guard head.count == 30, head.starts(with: [0x50, 0x4b, 3, 4]),
      let nameLength = head.littleEndian(at: 26, 2),
      let extraLength = head.littleEndian(at: 28, 2)
    else { throw damaged("a member's head is not where it should be") }
    let offset = headOffset + 30 + nameLength + extraLength
    guard offset <= file.byteCount else { throw damaged("a member is cut off") }
    return offset
  }
}
