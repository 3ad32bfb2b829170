import HDF5

/// The bytes of one member of an archive, unpacked.
final class ZIPMemberStream: ByteStream {
  let path: String
  private let reader: ZIPMemberReader

  /// Goes to the beginning of `member` of `archive`.
  init(_ member: ZIPArchive.Member, of archive: ZIPArchive) throws(PipelineError) {
    path = "\(archive.path): '\(member.name.excerpt)'"
    do { reader = try ZIPMemberReader(member, of: archive) } catch { throw PipelineError(error) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(PipelineError) -> Int {
    do { return try reader.read(into: buffer) } catch { throw PipelineError(error) }
  }

  /// Throws unless all bytes were read and are those that were stored.
  func finish() throws(PipelineError) {
    do { try reader.finish() } catch { throw PipelineError(error) }
  }
}
