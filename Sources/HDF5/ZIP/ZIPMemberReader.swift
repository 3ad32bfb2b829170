import CZlib

/// The bytes of one member of an archive, unpacked and checked.
package final class ZIPMemberReader {
  private let file: FileRegion
  private let member: ZIPArchive.Member
  private var offset: Int
  private var remaining: Int
  private var checksum = crc32(0, nil, 0)
  private var packed: UnsafeMutableRawBufferPointer?
  // The library keeps the address.
  private var stream: UnsafeMutablePointer<z_stream>?
  private var isAtEnd = false

  private static let packedByteCount = 256 << 10

  /// Goes to the beginning of `member` of `archive`.
  ///
  /// - Throws: `HDF5Error` (`io`) when there is no memory left.
  package init(_ member: ZIPArchive.Member, of archive: ZIPArchive) throws(HDF5Error) {
    file = archive.file
    self.member = member
    offset = member.offset
    remaining = member.storedByteCount
    guard member.isDeflated else { return }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // A negative window says that the data have no head of zlib's own.
    guard
      inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      stream.deallocate()
      throw HDF5Error(
        .io, path: archive.path, object: member.title,
        "zlib cannot start: is there memory left?")
    }
    self.stream = stream
    packed = .allocate(byteCount: Self.packedByteCount, alignment: 64)
  }

  deinit {
    if let stream {
      inflateEnd(stream)
      stream.deallocate()
    }
    packed?.deallocate()
  }

  /// Fills `buffer`, or what is left; returns the count of bytes, 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(HDF5Error) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let part = UnsafeMutableRawBufferPointer(
        start: start + filled, count: min(buffer.count - filled, 1 << 30))
      let count = try stream == nil ? copy(part) : inflate(part)
      if count == 0 { break }
      checksum = crc32(
        checksum, part.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(count))
      filled += count
    }
    return filled
  }

  /// Throws unless all bytes were read and are those that were stored.
  package func finish() throws(HDF5Error) {
    var byte: UInt8 = 0
    var count = 0
    var problem: HDF5Error?
    withUnsafeMutableBytes(of: &byte) { buffer in
      do throws(HDF5Error) { count = try read(into: buffer) } catch { problem = error }
    }
    if let problem { throw problem }
    guard count == 0, remaining == 0, UInt32(truncatingIfNeeded: checksum) == member.checksum else {
      throw damaged("its checksum is wrong")
    }
  }

  private func damaged(_ what: String) -> HDF5Error {
    HDF5Error(
      .damaged, path: file.path, object: member.title,
      "is damaged (\(what)): copy the file again")
  }

  private func copy(_ buffer: UnsafeMutableRawBufferPointer) throws(HDF5Error) -> Int {
    let count = min(buffer.count, remaining)
    guard count > 0 else { return 0 }
    let found = try file.read(
      at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    guard found == count else { throw damaged("it is cut off") }
    offset += count
    remaining -= count
    return count
  }

  private func inflate(_ buffer: UnsafeMutableRawBufferPointer) throws(HDF5Error) -> Int {
    guard let stream, let packed, !isAtEnd else { return 0 }
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(buffer.count)
    while Int(stream.pointee.avail_out) == buffer.count {
      if stream.pointee.avail_in == 0 {
        let count = try copy(packed)
        stream.pointee.next_in = packed.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
      }
      let code = CZlib.inflate(stream, Z_NO_FLUSH)
      if code == Z_STREAM_END {
        isAtEnd = true
        guard stream.pointee.avail_in == 0 else { throw damaged("there is more behind its end") }
        break
      }
      guard code == Z_OK else {
        throw damaged(code == Z_BUF_ERROR ? "it is cut off" : "its deflated data are wrong")
      }
    }
    return buffer.count - Int(stream.pointee.avail_out)
  }
}
