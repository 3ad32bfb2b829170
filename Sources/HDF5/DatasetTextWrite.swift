import CHDF5

extension Group {
  /// Creates a data set of texts in UTF-8 along one axis, to be written by rows.
  ///
  /// Each text takes `byteCount` bytes, padded with zeros; nil lets each have its own length, which
  /// `gzip`, the level from 0 to 9, then does not compress. A chunk has `chunkRows` rows, at least 1;
  /// `byWholeChunks` is as in `createDataset(_:shape:type:isBigEndian:chunks:gzip:byWholeChunks:)`.
  public func createTextDataset(
    _ name: String, rowCount: Int, byteCount: Int?, chunkRows: Int, gzip: Int? = nil,
    byWholeChunks: Bool = false
  ) throws(HDF5Error) -> Dataset {
    try requireFree(name)
    let owner = ObjectHandle(id: handle.id, file: file, object: Group.join(path, name))
    let type = try Identifier(H5Tcopy(chdf5_c_string()), close: H5Tclose) { owner.error(.io, $0) }
    let length = byteCount ?? chdf5_variable()
    try Library.check(H5Tset_size(type.raw, length)) {
      owner.error(.wrongShape, "texts of \(length) bytes are not possible: \($0)")
    }
    if byteCount != nil {
      try Library.check(H5Tset_strpad(type.raw, H5T_STR_NULLPAD)) { owner.error(.io, $0) }
    }
    try Library.check(H5Tset_cset(type.raw, H5T_CSET_UTF8)) { owner.error(.io, $0) }
    var count = hsize_t(rowCount)
    let space = try Identifier(H5Screate_simple(1, &count, nil), close: H5Sclose) {
      owner.error(.io, "the data set cannot be created: \($0)")
    }
    let properties = try Self.storage(
      [rowCount], [chunkRows], byteCount == nil ? nil : gzip, owner)
    return try create(
      name, type.raw, space.raw, properties.raw, owner, byWholeChunks: byWholeChunks)
  }
}

extension Dataset {
  /// Writes texts of one length, padded with zeros, end to end.
  ///
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `io` for a full disk.
  public func writeTexts(
    rows: Range<Int>, padded bytes: UnsafeRawBufferPointer
  ) throws(HDF5Error) {
    let type = fileType.raw
    let length = Library.call { H5Tget_size(type) }
    guard elementType == .string, !isVariableText, length > 0 else {
      throw error(.wrongType, "holds \(elementType), but texts of one length are needed")
    }
    let count = try check(rows, capacity: bytes.count / length)
    guard count > 0, let start = bytes.baseAddress else { return }
    try writeTexts(rows, start)
  }

  /// Writes texts of their own lengths: the one of the i-th row begins at `starts[i]` in `bytes` and
  /// ends before a NUL.
  ///
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `io` for a full disk.
  public func writeTexts(
    rows: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>, startingAt starts: [Int]
  ) throws(HDF5Error) {
    guard elementType == .string, isVariableText else {
      throw error(.wrongType, "holds \(elementType), but texts of any length are needed")
    }
    let count = try check(rows, capacity: starts.count)
    guard count > 0, let base = bytes.baseAddress else { return }
    precondition(bytes.last == 0, "the last text has no end")
    let pointers = starts.map { start -> UnsafePointer<UInt8> in
      precondition(start < bytes.count, "a text begins behind the last byte")
      return base + start
    }
    var failure: HDF5Error?
    pointers.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      do throws(HDF5Error) { try writeTexts(rows, start) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private var isVariableText: Bool {
    let type = fileType.raw
    return Library.call { H5Tis_variable_str(type) } > 0
  }

  private func writeTexts(_ rows: Range<Int>, _ memory: UnsafeRawPointer) throws(HDF5Error) {
    try transferRows(rows, fileType.raw, memory, H5Dwrite) {
      error(.io, "rows \(rows) cannot be written, is the disk full? \($0)")
    }
    try Library.check(H5Dflush(identifier.raw)) {
      error(.io, "rows \(rows) cannot be written, is the disk full? \($0)")
    }
  }
}
