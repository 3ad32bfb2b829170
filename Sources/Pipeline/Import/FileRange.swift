import HDF5

/// The bytes of a plain file from a place on.
final class FileRange: ByteStream {
  let path: String
  private let file: FileRegion
  private var offset: Int

  /// Begins at `offset` of `file`.
  init(_ file: FileRegion, from offset: Int) {
    path = file.path
    self.file = file
    self.offset = offset
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(PipelineError) -> Int {
    let count: Int
    do { count = try file.read(at: offset, into: buffer) } catch { throw PipelineError(error) }
    offset += count
    return count
  }
}
