import CHDF5

extension Dataset {
  /// Moves whole rows between the file and `memory`, whose elements are of `type`.
  ///
  /// `move` is `H5Dread` or `H5Dwrite`.
  func transferRows<Pointer>(
    _ rows: Range<Int>, _ type: hid_t, _ memory: Pointer,
    _ move: (hid_t, hid_t, hid_t, hid_t, hid_t, Pointer?) -> herr_t,
    _ transfer: hid_t = chdf5_default(), error failed: (_ reason: String) -> HDF5Error
  ) throws(HDF5Error) {
    let id = identifier.raw
    let (shape, rowCount) = (shape, rowCount)
    try Library.check(
      {
        if shape.isEmpty || rows == 0..<rowCount {
          return move(id, type, chdf5_all(), chdf5_all(), transfer, memory)
        }
        let file = H5Dget_space(id)
        guard file >= 0 else { return -1 }
        defer { H5Sclose(file) }
        return withUnsafeTemporaryAllocation(of: hsize_t.self, capacity: 2 * shape.count) {
          for axis in shape.indices {
            $0[axis] = axis == 0 ? hsize_t(rows.lowerBound) : 0
            $0[shape.count + axis] = hsize_t(axis == 0 ? rows.count : shape[axis])
          }
          guard let start = $0.baseAddress else { return -1 }
          let lengths = start + shape.count
          guard H5Sselect_hyperslab(file, H5S_SELECT_SET, start, nil, lengths, nil) >= 0 else {
            return -1
          }
          // The memory has the selection's axes: with one long axis instead, the library walks
          // through chunks element by element, a hundred times slower.
          let space = H5Screate_simple(Int32(shape.count), lengths, nil)
          guard space >= 0 else { return -1 }
          defer { H5Sclose(space) }
          return move(id, type, space, file, transfer, memory)
        }
      }(), error: failed)
  }
}
