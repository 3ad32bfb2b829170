#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ZIPArchive {
  /// The bytes of the member `name`, at most `limit` of them.
  ///
  /// - Throws: `HDF5Error` when there is no such member, when it is larger, and for damage.
  package func bytes(of name: String, limit: Int) throws(HDF5Error) -> [UInt8] {
    let member = try member(name)
    guard member.byteCount <= limit else {
      throw HDF5Error(
        .damaged, path: path, object: member.title,
        "has \(member.byteCount) bytes, and at most \(limit) make sense: it is damaged")
    }
    let reader = try ZIPMemberReader(member, of: self)
    var bytes = [UInt8](repeating: 0, count: member.byteCount)
    let count = try Self.fill(&bytes, from: reader)
    guard count == bytes.count else {
      throw HDF5Error(.damaged, path: path, object: member.title, "is cut off: copy the file again")
    }
    try reader.finish()
    return bytes
  }

  /// Opens the member `name`, an HDF5 file, for the time of `body`.
  ///
  /// HDF5 reads files: the member is unpacked to one of its size in the folder for temporary files
  /// (TMPDIR), which is removed again.
  /// - Throws: `HDF5Error` when there is no such member, for damage, when there is no room; what `body`
  ///   throws.
  package func withFile<Result>(
    _ name: String, _ body: (borrowing File) throws -> Result
  ) throws -> Result {
    let temporary = try unpacked(try member(name))
    let file: File
    do {
      // Open it needs no name any more, and `body` may not live to remove it.
      defer { Posix.remove(temporary) }
      file = try File(opening: temporary, named: "\(path): '\(name)'")
    }
    return try body(file)
  }

  private func member(_ name: String) throws(HDF5Error) -> Member {
    let found = members.filter { $0.name == name }
    guard found.count == 1 else {
      let names = members.prefix(8).map(\.title).joined(separator: ", ")
      throw HDF5Error(
        found.isEmpty ? .missingObject : .damaged, path: path,
        found.isEmpty
          ? "the archive has no member '\(name)', it has \(names.isEmpty ? "none" : names)"
          : "the archive has the member '\(name)' \(found.count) times")
    }
    return found[0]
  }

  private static func fill(
    _ bytes: inout [UInt8], from reader: ZIPMemberReader
  ) throws(HDF5Error) -> Int {
    var count = 0
    var problem: HDF5Error?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(HDF5Error) { count = try reader.read(into: buffer) } catch { problem = error }
    }
    if let problem { throw problem }
    return count
  }

  /// Writes a member to a temporary file; returns its name.
  private func unpacked(_ member: Member) throws(HDF5Error) -> String {
    let reader = try ZIPMemberReader(member, of: self)
    let pattern = TemporaryFolder.path + "/sounder-XXXXXX"
    var name = Array(pattern.utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else {
      throw HDF5Error(
        .io, path: path, object: member.title,
        "cannot be unpacked to \(pattern): \(Posix.reason): set TMPDIR to a folder with room for "
          + "\(member.byteCount) bytes")
    }
    let temporary = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { close(descriptor) }
    do throws(HDF5Error) {
      var bytes = [UInt8](repeating: 0, count: min(1 << 20, max(1, member.byteCount)))
      while true {
        let count = try Self.fill(&bytes, from: reader)
        if count == 0 { break }
        try write(bytes[..<count], to: descriptor, temporary, member)
      }
      try reader.finish()
      return temporary
    } catch {
      Posix.remove(temporary)
      throw error
    }
  }

  private func write(
    _ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ temporary: String, _ member: Member
  ) throws(HDF5Error) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw HDF5Error(
          .io, path: path, object: member.title,
          "cannot be unpacked to \(temporary): \(Posix.reason): set TMPDIR to a folder with room for "
            + "\(member.byteCount) bytes")
      }
      rest = rest.dropFirst(count)
    }
  }
}
