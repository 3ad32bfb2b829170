import CHDF5

extension Dataset {
  /// Goes through all rows, block by block, as a bare C program does, for benchmarks.
  ///
  /// The library converts to float on the way; both data spaces are made once.
  /// - Parameters:
  ///   - blockRows: the rows of one `H5Dread`; a rest below it is left out.
  ///   - buffer: at least `blockRows * rowWidth` elements, written over by each block.
  /// - Throws: `HDF5Error` when a read fails.
  package func sweepByLibrary(
    blockRows: Int, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(HDF5Error) {
    precondition(!shape.isEmpty && buffer.count >= blockRows * rowWidth)
    let id = identifier.raw
    let type = try StoredType.make(.float32, handle)
    var starts = shape.map { _ in hsize_t(0) }
    var lengths = shape.map { hsize_t($0) }
    lengths[0] = hsize_t(blockRows)
    let file = try Identifier(H5Dget_space(id), close: H5Sclose) { error(.io, $0) }
    let memory = try Identifier(
      H5Screate_simple(Int32(shape.count), lengths, nil), close: H5Sclose
    ) { error(.io, $0) }
    let rowCount = rowCount
    try Library.check(
      {
        var row = 0
        while row + blockRows <= rowCount {
          starts[0] = hsize_t(row)
          guard
            H5Sselect_hyperslab(file.raw, H5S_SELECT_SET, starts, nil, lengths, nil) >= 0,
            H5Dread(id, type.raw, memory.raw, file.raw, chdf5_default(), buffer.baseAddress) >= 0
          else { return Int32(-1) }
          row += blockRows
        }
        return 0
      }()
    ) { error(.damaged, "cannot be read: \($0)") }
  }
}
