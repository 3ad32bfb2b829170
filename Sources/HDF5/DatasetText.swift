import CHDF5

extension Dataset {
  /// Reads all texts, of fixed or variable length.
  public func readStrings() throws(HDF5Error) -> [String] {
    guard elementType == .string else {
      throw error(.wrongType, "holds \(elementType), but texts are needed")
    }
    try checkPlausible()
    let id = identifier.raw
    let type = fileType.raw
    let space = try Identifier(H5Dget_space(id), close: H5Sclose) { error(.damaged, $0) }
    let count = rowCount * rowWidth
    let offset = Library.call { UInt64(H5Dget_offset(id)) }
    let byteCount = count * RawFile.referenceByteCount
    if count > 0, chunkShape == nil, offset != UInt64.max,
      Library.call({ H5Tis_variable_str(type) }) > 0, let raw = RawFile(of: id),
      let references = raw.bytes(atOffset: offset, byteCount)
    {
      guard let texts = raw.texts(references.all) else {
        throw error(.damaged, "its texts cannot be read: a reference leads nowhere")
      }
      return texts
    }
    return try StoredText.read(count, type: type, space: space.raw, handle) {
      count == 0 ? 0 : H5Dread(id, type, chdf5_all(), chdf5_all(), chdf5_default(), $0)
    }
  }
}

extension Group {
  /// Creates a data set of texts, each as long as the longest, and writes it.
  @discardableResult
  public func createDataset(_ name: String, strings: [String]) throws(HDF5Error) -> Dataset {
    try requireFree(name)
    let owner = ObjectHandle(id: handle.id, file: file, object: Group.join(path, name))
    let type = try StoredText.type(for: strings, owner)
    var count = hsize_t(strings.count)
    let space = try Identifier(H5Screate_simple(1, &count, nil), close: H5Sclose) {
      owner.error(.io, $0)
    }
    let dataset = try create(name, type.raw, space.raw, chdf5_default(), owner)
    let bytes = StoredText.bytes(of: strings)
    let id = dataset.identifier.raw
    try Library.check(
      strings.isEmpty
        ? 0 : H5Dwrite(id, type.raw, chdf5_all(), chdf5_all(), chdf5_default(), bytes)
    ) { owner.error(.io, "cannot be written, is the disk full? \($0)") }
    return dataset
  }
}
