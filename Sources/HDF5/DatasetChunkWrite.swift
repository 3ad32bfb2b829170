import CHDF5

extension Dataset {
  /// Writes the chunk that begins with row `row`, as it is in the file: of the data set's own type, and compressed
  /// already where it has filters.
  ///
  /// Nothing is copied on the way, nor kept back. The chunk is a whole one also where rows end within it, and has all of a row. The data set is
  /// one along whose first axis alone there are several chunks.
  /// - Throws: `HDF5Error`: `wrongShape` for a row that begins no chunk, `io` for a full disk.
  package func writeChunk(
    row: Int, packed bytes: UnsafeRawBufferPointer
  ) throws(HDF5Error) {
    guard let chunkShape, chunkShape.dropFirst() == shape.dropFirst(), row >= 0, row < rowCount,
      row % chunkShape[0] == 0
    else { throw error(.wrongShape, "no chunk of whole rows begins with row \(row)") }
    let id = identifier.raw
    var failure: HDF5Error?
    withUnsafeTemporaryAllocation(of: hsize_t.self, capacity: shape.count) { place in
      place.initialize(repeating: 0)
      place[0] = hsize_t(row)
      do throws(HDF5Error) {
        try Library.check(
          H5Dwrite_chunk(id, chdf5_default(), 0, place.baseAddress, bytes.count, bytes.baseAddress)
        ) { error(.io, "the chunk at row \(row) cannot be written, is the disk full? \($0)") }
      } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
