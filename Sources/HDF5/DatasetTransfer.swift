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
    if shape.isEmpty || rows == 0..<rowCount {
      try Library.check(move(id, type, chdf5_all(), chdf5_all(), transfer, memory), error: failed)
      return
    }
    let file = try Identifier(H5Dget_space(id), close: H5Sclose, error: failed)
    try Library.check(
      Self.withLengths(shape, rows) { starts, lengths in
        H5Sselect_hyperslab(file.raw, H5S_SELECT_SET, starts, nil, lengths, nil)
      }, error: failed)
    // The memory has the selection's axes: with one long axis instead, the library walks through
    // chunks element by element, a hundred times slower.
    let axisCount = Int32(shape.count)
    let space = try Identifier(
      Self.withLengths(shape, rows) { H5Screate_simple(axisCount, $1, nil) }, close: H5Sclose,
      error: failed)
    try Library.check(move(id, type, space.raw, file.raw, transfer, memory), error: failed)
  }

  /// Where the rows begin and how many there are, along each axis, without memory of the heap.
  private static func withLengths<Result>(
    _ shape: [Int], _ rows: Range<Int>,
    _ body: (_ starts: UnsafePointer<hsize_t>, _ lengths: UnsafePointer<hsize_t>) -> Result
  ) -> Result where Result: SignedInteger {
    withUnsafeTemporaryAllocation(of: hsize_t.self, capacity: 2 * shape.count) { numbers in
      guard let starts = numbers.baseAddress else { return -1 }
      for axis in shape.indices {
        starts[axis] = axis == 0 ? hsize_t(rows.lowerBound) : 0
        starts[shape.count + axis] = hsize_t(axis == 0 ? rows.count : shape[axis])
      }
      return body(starts, starts + shape.count)
    }
  }
}
