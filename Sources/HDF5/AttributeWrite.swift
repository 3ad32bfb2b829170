import CHDF5

extension HDF5Object where Self: ~Copyable {
  /// Writes a text of any length, and replaces an attribute of that name.
  public func writeAttribute(_ name: String, _ text: String) throws(HDF5Error) {
    try writeTexts(name, [text], shape: [])
  }

  /// Writes a list of texts, and replaces an attribute of that name.
  ///
  /// An empty list is written as no numbers at all, a `float64` of shape `[0]`, as Keras does.
  public func writeAttribute(_ name: String, _ texts: [String]) throws(HDF5Error) {
    if texts.isEmpty { return try writeNumbers(name, [Double](), shape: [0]) }
    try writeTexts(name, texts, shape: [texts.count])
  }

  /// Writes a number, and replaces an attribute of that name.
  public func writeAttribute<E: Element>(_ name: String, _ value: E) throws(HDF5Error) {
    try writeNumbers(name, [value], shape: [])
  }

  /// Writes a list of numbers, and replaces an attribute of that name.
  public func writeAttribute<E: Element>(_ name: String, _ values: [E]) throws(HDF5Error) {
    try writeNumbers(name, values, shape: [values.count])
  }

  private func writeTexts(
    _ name: String, _ texts: [String], shape: [Int]
  ) throws(HDF5Error) {
    let type = try StoredText.type(for: texts, attributeHandle(name))
    try write(name, type.raw, shape, StoredText.bytes(of: texts))
  }

  private func writeNumbers<E: Element>(
    _ name: String, _ values: [E], shape: [Int]
  ) throws(HDF5Error) {
    let type = try StoredType.make(E.elementType, attributeHandle(name))
    try write(name, type.raw, shape, values)
  }

  private func write<E: BitwiseCopyable>(
    _ name: String, _ type: hid_t, _ shape: [Int], _ values: [E]
  ) throws(HDF5Error) {
    let owner = attributeHandle(name)
    func failed(_ reason: String) -> HDF5Error {
      owner.error(.io, "the attribute cannot be written: \(reason)")
    }
    if hasAttribute(name) { try Library.check(H5Adelete(owner.id, name), error: failed) }
    let lengths = shape.map { hsize_t($0) }
    let space = try Identifier(
      shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), lengths, nil),
      close: H5Sclose, error: failed)
    let attribute = try Identifier(
      H5Acreate2(owner.id, name, type, space.raw, chdf5_default(), chdf5_default()),
      close: H5Aclose, error: failed)
    guard !shape.contains(0) else { return }
    try Library.check(H5Awrite(attribute.raw, type, values), error: failed)
  }
}
