import CHDF5
import CKernels

extension Dataset {
  /// The raw bytes that are read at once before they are converted: they stay in the cache.
  private static let blockByteCount = 256 << 10

  /// The bytes of one element as it is stored; nil for texts and other types.
  public var elementByteCount: Int? { elementType.byteCount }

  /// Reads rows into `buffer`, converted to its type.
  ///
  /// Reading numbers of any type into `Float` rounds to the nearest; reading into integers throws
  /// where a value does not fit or has a fraction. Nothing is allocated after the first call for
  /// `Float`.
  /// - Parameters:
  ///   - rows: a range within `0..<rowCount`.
  ///   - buffer: at least `rows.count * rowWidth` elements, row-major.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `wrongType` for texts, `damaged`.
  public func read<E: Element>(
    rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(HDF5Error) {
    let count = try check(rows, capacity: buffer.count)
    guard count > 0, let start = buffer.baseAddress else { return }
    if E.elementType == elementType {
      let bytes = UnsafeMutableRawBufferPointer(start: start, count: count * MemoryLayout<E>.size)
      return try readRaw(rows: rows, into: bytes)
    }
    if E.self == Float.self, elementType.isNumber {
      let floats = UnsafeMutableRawPointer(start).bindMemory(to: Float.self, capacity: count)
      return try readFloats(rows, into: floats)
    }
    // Numbers of an unusual size are mostly damaged ones, which the library reads out of bounds.
    guard elementType.isNumber else {
      throw error(.wrongType, "holds \(elementType), but numbers are needed")
    }
    let memory = try StoredType.make(E.elementType, handle)
    let transfer = try transferProperties(refusingLoss: E.elementType.isInteger)
    try transferRows(rows, memory.raw, start, H5Dread, transfer.raw) {
      error(.damaged, "rows \(rows) cannot be read as \(E.elementType): \($0)")
    }
  }

  /// Reads rows as they are stored, in this machine's byte order, without conversion.
  ///
  /// - Parameters:
  ///   - rows: a range within `0..<rowCount`.
  ///   - bytes: at least `rows.count * rowWidth * elementByteCount` bytes.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `wrongType` for texts, `damaged`.
  public func readRaw(
    rows: Range<Int>, into bytes: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) {
    guard let size = elementByteCount else {
      throw error(.wrongType, "holds \(elementType), but numbers are needed")
    }
    let count = try check(rows, capacity: bytes.count / size)
    guard count > 0, let start = bytes.baseAddress else { return }
    // The file's own type is the memory's: the library copies, and so never allocates for it.
    try transferRows(rows, fileType.raw, start, H5Dread) {
      error(.damaged, "rows \(rows) cannot be read: \($0)")
    }
    guard isBigEndian != machineIsBigEndian else { return }
    switch size {
    case 2: ck_swap_16(start.assumingMemoryBound(to: UInt16.self), count)
    case 4: ck_swap_32(start.assumingMemoryBound(to: UInt32.self), count)
    case 8: ck_swap_64(start.assumingMemoryBound(to: UInt64.self), count)
    default: break
    }
  }

  /// Reads all elements.
  ///
  /// - Throws: `HDF5Error`, as `read(rows:into:)`; `damaged` when the file says that it holds far
  ///   more than it can.
  public func readAll<E: Element>(as type: E.Type = E.self) throws(HDF5Error) -> [E] {
    try checkPlausible()
    var values = [E](repeating: .zero, count: rowCount * rowWidth)
    var failure: HDF5Error?
    values.withUnsafeMutableBufferPointer { buffer in
      do throws(HDF5Error) { try read(rows: 0..<rowCount, into: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }

  /// Block by block: raw elements into the scratch memory, from there converted.
  private func readFloats(
    _ rows: Range<Int>, into floats: UnsafeMutablePointer<Float>
  ) throws(HDF5Error) {
    guard let size = elementByteCount else { return }
    let rowByteCount = rowWidth * size
    var blockRows = max(1, Self.blockByteCount / rowByteCount)
    // A chunk that is read in two pieces may have to be inflated twice.
    if let chunk = chunkShape?.first { blockRows = max(chunk, blockRows / chunk * chunk) }
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min((row / blockRows + 1) * blockRows, rows.upperBound)
      let count = (end - row) * rowWidth
      let raw = scratch.bytes(count * size)
      try readRaw(rows: row..<end, into: raw)
      guard let start = raw.baseAddress else { return }
      convert(start, to: floats + (row - rows.lowerBound) * rowWidth, count)
      row = end
    }
  }

  private func convert(
    _ raw: UnsafeMutableRawPointer, to floats: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    switch elementType {
    case .uint8: ck_float_from_u8(floats, raw.assumingMemoryBound(to: UInt8.self), count)
    case .int8: ck_float_from_i8(floats, raw.assumingMemoryBound(to: Int8.self), count)
    case .uint16: ck_float_from_u16(floats, raw.assumingMemoryBound(to: UInt16.self), count)
    case .int16: ck_float_from_i16(floats, raw.assumingMemoryBound(to: Int16.self), count)
    case .uint32: ck_float_from_u32(floats, raw.assumingMemoryBound(to: UInt32.self), count)
    case .int32: ck_float_from_i32(floats, raw.assumingMemoryBound(to: Int32.self), count)
    case .uint64: ck_float_from_u64(floats, raw.assumingMemoryBound(to: UInt64.self), count)
    case .int64: ck_float_from_i64(floats, raw.assumingMemoryBound(to: Int64.self), count)
    case .float16: ck_float_from_f16(floats, raw.assumingMemoryBound(to: UInt16.self), count)
    case .float64: ck_float_from_f64(floats, raw.assumingMemoryBound(to: Double.self), count)
    case .float32: floats.update(from: raw.assumingMemoryBound(to: Float.self), count: count)
    case .string, .other: break
    }
  }

  /// The count of elements in `rows`, which must lie in the data set and fit the caller's memory.
  func check(_ rows: Range<Int>, capacity: Int) throws(HDF5Error) -> Int {
    guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
      throw error(
        .wrongShape,
        "rows \(rows.lowerBound)..<\(rows.upperBound) are asked for, it has \(rowCount)")
    }
    let count = rows.count * rowWidth
    precondition(capacity >= count, "\(count) elements do not fit a buffer of \(capacity)")
    return count
  }

  /// Properties under which, if wanted, a read throws where a value does not fit the memory's type.
  private func transferProperties(refusingLoss: Bool) throws(HDF5Error) -> Identifier {
    let transfer = try Identifier(H5Pcreate(chdf5_dataset_transfer()), close: H5Pclose) {
      error(.io, $0)
    }
    if refusingLoss {
      try Library.check(chdf5_set_refuse_lossy(transfer.raw)) { error(.io, $0) }
    }
    return transfer
  }
}
