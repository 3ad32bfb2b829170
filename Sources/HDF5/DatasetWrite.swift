import CHDF5

extension Group {
  /// Creates a data set of numbers of the type `E`.
  ///
  /// `shape` is the count along each axis, `[]` one number without axes. `chunks` is the shape of a
  /// chunk, nil stores everything in one piece. `gzip` is the level, 0 to 9, at which each chunk is
  /// compressed.
  @discardableResult
  public func createDataset<E: Element>(
    _ name: String, shape: [Int], of type: E.Type, chunks: [Int]? = nil, gzip: Int? = nil
  ) throws(HDF5Error) -> Dataset {
    try createDataset(name, shape: shape, type: E.elementType, chunks: chunks, gzip: gzip)
  }

  /// Creates a data set of numbers of any type and byte order.
  ///
  /// Shape, chunks and compression are as in `createDataset(_:shape:of:chunks:gzip:)`. With `byWholeChunks` rows
  /// will be written so, and the library keeps none of them: by itself it keeps up to 1 MB of each data set that is
  /// open, which for the columns of a wide table is all of it.
  @discardableResult
  public func createDataset(
    _ name: String, shape: [Int], type: ElementType, isBigEndian: Bool = false,
    chunks: [Int]? = nil, gzip: Int? = nil, byWholeChunks: Bool = false
  ) throws(HDF5Error) -> Dataset {
    try requireFree(name)
    let owner = ObjectHandle(id: handle.id, file: file, object: Group.join(path, name))
    func failed(_ reason: String) -> HDF5Error {
      owner.error(.io, "the data set cannot be created: \(reason)")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw owner.error(.wrongShape, "an axis of \(shape) is negative")
    }
    let properties = try Self.storage(shape, chunks, gzip, owner)
    let lengths = shape.map { hsize_t($0) }
    let space = try Identifier(
      shape.isEmpty
        ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), lengths, nil),
      close: H5Sclose, error: failed)
    let type = try StoredType.make(type, isBigEndian: isBigEndian, owner)
    return try create(
      name, type.raw, space.raw, properties.raw, owner, byWholeChunks: byWholeChunks)
  }

  /// Creates the data set once type, space and storage are known.
  func create(
    _ name: String, _ type: hid_t, _ space: hid_t, _ properties: hid_t, _ owner: ObjectHandle,
    byWholeChunks: Bool = false
  ) throws(HDF5Error) -> Dataset {
    let links = try Group.intermediateLinks(owner)
    let access = try Layout.access(cacheByteCount: byWholeChunks ? 0 : nil, owner)
    let dataset = try Identifier(
      H5Dcreate2(owner.id, name, type, space, links.raw, properties, access.raw),
      close: H5Dclose
    ) { owner.error(.io, "the data set cannot be created: \($0)") }
    let layout = try Layout(of: dataset.raw, owner)
    return try Dataset(dataset, layout, owner)
  }

  static func storage(
    _ shape: [Int], _ chunks: [Int]?, _ gzip: Int?, _ owner: ObjectHandle
  ) throws(HDF5Error) -> Identifier {
    let properties = try Identifier(H5Pcreate(chdf5_dataset_create()), close: H5Pclose) {
      owner.error(.io, $0)
    }
    guard let chunks else {
      guard gzip == nil else {
        throw owner.error(.wrongShape, "only a data set in chunks can be compressed")
      }
      return properties
    }
    guard chunks.count == shape.count, !shape.isEmpty, chunks.allSatisfy({ $0 > 0 }) else {
      throw owner.error(.wrongShape, "chunks of \(chunks) do not fit the shape \(shape)")
    }
    let lengths = chunks.map { hsize_t($0) }
    try Library.check(H5Pset_chunk(properties.raw, Int32(lengths.count), lengths)) {
      owner.error(.wrongShape, "chunks of \(chunks) are not possible: \($0)")
    }
    if let gzip {
      try Library.check(H5Pset_deflate(properties.raw, UInt32(clamping: gzip))) {
        owner.error(.wrongShape, "gzip level \(gzip) is not possible: \($0)")
      }
    }
    return properties
  }
}

extension Dataset {
  /// Writes rows from `buffer`, converted to the file's type.
  ///
  /// - Parameters:
  ///   - rows: a range within `0..<rowCount`.
  ///   - buffer: at least `rows.count * rowWidth` elements, row-major.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `io` for a full disk.
  public func write<E: Element>(
    rows: Range<Int>, from buffer: UnsafeBufferPointer<E>
  ) throws(HDF5Error) {
    try writeRaw(rows: rows, from: UnsafeRawBufferPointer(buffer), as: E.elementType)
  }

  /// Writes all rows.
  ///
  /// - Throws: `HDF5Error` of kind `wrongShape` when `values` has another count.
  public func write<E: Element>(_ values: [E]) throws(HDF5Error) {
    guard values.count == rowCount * rowWidth else {
      throw error(.wrongShape, "\(values.count) values do not fill the shape \(shape)")
    }
    var failure: HDF5Error?
    values.withUnsafeBufferPointer { buffer in
      do throws(HDF5Error) { try write(rows: 0..<rowCount, from: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Writes rows from memory whose elements are of `type` in this machine's byte order.
  ///
  /// Without a type the memory is of the data set's own.
  public func writeRaw(
    rows: Range<Int>, from bytes: UnsafeRawBufferPointer, as type: ElementType? = nil
  ) throws(HDF5Error) {
    let type = type ?? elementType
    let memory = try StoredType.make(type, handle)
    let count = try check(rows, capacity: bytes.count / (type.byteCount ?? 1))
    guard count > 0, let start = bytes.baseAddress else { return }
    try transferRows(rows, memory.raw, start, H5Dwrite) {
      error(.io, "rows \(rows) cannot be written, is the disk full? \($0)")
    }
    // What the library keeps back it would write when the data set is closed, where nobody hears
    // of a full disk.
    try Library.check(H5Dflush(identifier.raw)) {
      error(.io, "rows \(rows) cannot be written, is the disk full? \($0)")
    }
  }
}
