extension Dataset {
  /// Reads rows of whole numbers of any size and byte order as `Int`; nothing is allocated.
  ///
  /// An unsigned number of 64 bits that `Int` does not hold comes as a negative one.
  /// - Parameters:
  ///   - rows: a range within `0..<rowCount`.
  ///   - buffer: at least `rows.count * rowWidth` elements, row-major.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `wrongType` for anything but whole numbers, `damaged`.
  package func readIntegers(
    rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int>
  ) throws(HDF5Error) {
    guard let size = elementByteCount, elementType.isInteger else {
      throw error(.wrongType, "holds \(elementType), but whole numbers are needed")
    }
    let count = try check(rows, capacity: buffer.count)
    guard count > 0, let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
    let width = MemoryLayout<Int>.size
    // What is read ends where the memory ends: as numbers grow from the first one on, none is overwritten that is
    // still to be read.
    let stored = start + count * (width - size)
    try readRaw(rows: rows, into: UnsafeMutableRawBufferPointer(start: stored, count: count * size))
    switch elementType {
    case .uint8: Self.widen(UInt8.self, stored, count, to: start)
    case .int8: Self.widen(Int8.self, stored, count, to: start)
    case .uint16: Self.widen(UInt16.self, stored, count, to: start)
    case .int16: Self.widen(Int16.self, stored, count, to: start)
    case .uint32: Self.widen(UInt32.self, stored, count, to: start)
    case .int32: Self.widen(Int32.self, stored, count, to: start)
    default: break
    }
  }

  private static func widen<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, _ stored: UnsafeMutableRawPointer, _ count: Int,
    to start: UnsafeMutableRawPointer
  ) {
    let size = MemoryLayout<Number>.size
    for index in 0..<count {
      let number = stored.loadUnaligned(fromByteOffset: index * size, as: Number.self)
      start.storeBytes(
        of: Int(number), toByteOffset: index * MemoryLayout<Int>.size, as: Int.self)
    }
  }
}
