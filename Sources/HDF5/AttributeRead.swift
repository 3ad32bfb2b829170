import CHDF5
import Configuration

extension HDF5Object where Self: ~Copyable {
  /// The names of the object's attributes, sorted.
  ///
  /// Shorter, too, when a damaged file does not give them all.
  public func attributeNames() -> [String] {
    let id = handle.id
    var names: [String] = []
    return Library.call {
      withUnsafeMutablePointer(to: &names) { pointer in
        _ = chdf5_each_attribute(
          id,
          { _, name, _, context in
            guard let name, let context else { return 0 }
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
            return 0
          }, pointer)
        return pointer.pointee
      }
    }
  }

  /// Whether the object has an attribute of that name.
  public func hasAttribute(_ name: String) -> Bool {
    let id = handle.id
    return Library.call { H5Aexists(id, name) } > 0
  }

  /// The attribute of that name, whatever its type.
  ///
  /// - Throws: `HDF5Error` that names the nearest one when there is none.
  public func attribute(_ name: String) throws(HDF5Error) -> Attribute {
    let owner = attributeHandle(name)
    guard hasAttribute(name) else { throw missingAttribute(name) }
    func failed(_ reason: String) -> HDF5Error {
      owner.error(.damaged, "the attribute cannot be read: \(reason)")
    }
    let attribute = try Identifier(
      H5Aopen(owner.id, name, chdf5_default()), close: H5Aclose, error: failed)
    let type = try Identifier(H5Aget_type(attribute.raw), close: H5Tclose, error: failed)
    let space = try Identifier(H5Aget_space(attribute.raw), close: H5Sclose, error: failed)
    let shape = try Layout.shape(of: space.raw, owner)
    let count = shape.reduce(1, *)
    guard count < 1 << 28 else { throw failed("it says to have \(count) elements") }
    let stored = try StoredType(type.raw, owner)
    let content: Attribute.Content
    switch stored.element {
    case .string:
      content = .strings(try texts(name, count, attribute.raw, type.raw, space.raw))
    case .other: content = .other
    case .float16, .float32, .float64:
      content = .numbers(try Self.read(attribute.raw, count, owner))
    case .uint64:
      let values: [UInt64] = try Self.read(attribute.raw, count, owner)
      let whole = values.compactMap { Int(exactly: $0) }
      content = whole.count == count ? .integers(whole) : .numbers(values.map { Double($0) })
    default: content = .integers(try Self.read(attribute.raw, count, owner))
    }
    return Attribute(shape: shape, elementType: stored.element, content: content)
  }

  private func texts(
    _ name: String, _ count: Int, _ attribute: hid_t, _ type: hid_t, _ space: hid_t
  ) throws(HDF5Error) -> [String] {
    let owner = attributeHandle(name)
    if count > 0, Library.call({ H5Tis_variable_str(type) }) > 0, let raw = RawFile(of: owner.id),
      let key = ObjectKey(owner.id),
      let references = raw.attribute(
        name, of: key.address, byteCount: count * RawFile.referenceByteCount)
    {
      guard let texts = raw.texts(references) else {
        throw owner.error(.damaged, "its text cannot be read: a reference leads nowhere")
      }
      return texts
    }
    return try StoredText.read(count, type: type, space: space, owner) {
      count == 0 ? 0 : H5Aread(attribute, type, $0)
    }
  }

  /// The text in an attribute, of fixed or variable length.
  public func stringAttribute(_ name: String) throws(HDF5Error) -> String {
    guard case .strings(let texts) = try attribute(name).content, texts.count == 1 else {
      throw attributeHandle(name).error(.wrongType, "a single text is needed")
    }
    return texts[0]
  }

  /// The list of texts in an attribute; an empty list of any type is an empty list.
  public func stringsAttribute(_ name: String) throws(HDF5Error) -> [String] {
    let attribute = try attribute(name)
    if case .strings(let texts) = attribute.content { return texts }
    guard attribute.shape.contains(0) else {
      throw attributeHandle(name).error(
        .wrongType, "texts are needed, found \(attribute.elementType)")
    }
    return []
  }

  /// The whole number in an attribute.
  public func intAttribute(_ name: String) throws(HDF5Error) -> Int {
    switch try attribute(name).content {
    case .integers(let values) where values.count == 1: return values[0]
    case .numbers(let values) where values.count == 1:
      if let whole = Int(exactly: values[0]) { return whole }
    default: break
    }
    throw attributeHandle(name).error(.wrongType, "a single whole number is needed")
  }

  /// The number in an attribute.
  public func numberAttribute(_ name: String) throws(HDF5Error) -> Double {
    let values = try numbersAttribute(name)
    guard values.count == 1 else {
      throw attributeHandle(name).error(.wrongType, "a single number is needed")
    }
    return values[0]
  }

  /// The numbers in an attribute, all axes in one list.
  public func numbersAttribute(_ name: String) throws(HDF5Error) -> [Double] {
    let attribute = try attribute(name)
    switch attribute.content {
    case .integers(let values): return values.map(Double.init)
    case .numbers(let values): return values
    default:
      throw attributeHandle(name).error(
        .wrongType, "numbers are needed, found \(attribute.elementType)")
    }
  }

  /// The whole numbers in an attribute, all axes in one list.
  public func intsAttribute(_ name: String) throws(HDF5Error) -> [Int] {
    let attribute = try attribute(name)
    switch attribute.content {
    case .integers(let values): return values
    case .numbers(let values) where values.allSatisfy({ Int(exactly: $0) != nil }):
      return values.map { Int($0) }
    default:
      throw attributeHandle(name).error(
        .wrongType, "whole numbers are needed, found \(attribute.elementType)")
    }
  }

  /// The owner of an attribute, under the attribute's name in errors: `/model_weights@layer_names`.
  func attributeHandle(_ name: String) -> ObjectHandle {
    let handle = handle
    return ObjectHandle(id: handle.id, file: handle.file, object: "\(handle.object)@\(name)")
  }

  private func missingAttribute(_ name: String) -> HDF5Error {
    let names = attributeNames()
    let advice =
      names.isEmpty ? "there are none" : Spelling.advice(for: name, among: Array(names.prefix(12)))
    return attributeHandle(name).error(.missingObject, "there is no such attribute: \(advice)")
  }

  private static func read<E: Element>(
    _ attribute: hid_t, _ count: Int, _ owner: ObjectHandle
  ) throws(HDF5Error) -> [E] {
    guard count > 0 else { return [] }
    let type = try StoredType.make(E.elementType, owner)
    var values = [E](repeating: .zero, count: count)
    try Library.check(
      values.withUnsafeMutableBytes { H5Aread(attribute, type.raw, $0.baseAddress) }
    ) { owner.error(.damaged, "the attribute cannot be read: \($0)") }
    return values
  }
}
