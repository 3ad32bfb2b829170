import CHDF5

extension Dataset {
  /// Whether the elements are records of named fields.
  public var isCompound: Bool {
    let type = fileType.raw
    return Library.call { H5Tget_class(type) } == H5T_COMPOUND
  }

  /// The fields of a compound data set, in the order of the file; none where it is no such set.
  ///
  /// - Throws: `HDF5Error` of kind `damaged`.
  public func fields() throws(HDF5Error) -> [Field] {
    guard isCompound else { return [] }
    let type = fileType.raw
    let count = Library.call { H5Tget_nmembers(type) }
    var fields: [Field] = []
    for index in 0..<UInt32(max(0, count)) {
      let name: String? = Library.call {
        guard let text = H5Tget_member_name(type, index) else { return nil }
        defer { H5free_memory(text) }
        return String(cString: text)
      }
      guard let name else { throw error(.damaged, "the name of field \(index) cannot be read") }
      fields.append(try field(name, index))
    }
    return fields
  }

  /// Reads the numbers of one field of rows, in this machine's byte order.
  ///
  /// - Parameters:
  ///   - field: one of this data set's records.
  ///   - type: what the numbers become; where a field has this type they stay as they are.
  ///   - rows: a range within `0..<rowCount`.
  ///   - bytes: at least `rows.count * rowWidth * field.count` numbers of `type`, row-major.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `wrongType` where `type` or the field is none of numbers,
  ///   `damaged`.
  public func readRaw(
    _ field: Field, as type: ElementType, rows: Range<Int>,
    into bytes: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) {
    guard let size = type.byteCount, field.elementType.isNumber else {
      throw error(
        .wrongType, "the field '\(field.name)' holds \(field.elementType), but numbers are needed")
    }
    let selection = try FieldSelection([field], as: type, handle)
    let count = try check(rows, capacity: bytes.count / (size * field.count))
    guard count > 0, let start = bytes.baseAddress else { return }
    try transferRows(rows, selection.type.raw, start, H5Dread) {
      error(.damaged, "rows \(rows) cannot be read: \($0)")
    }
  }

  private func field(_ name: String, _ index: UInt32) throws(HDF5Error) -> Field {
    func failed(_ reason: String) -> HDF5Error {
      error(.damaged, "the type of its field '\(name)' cannot be read: \(reason)")
    }
    let record = fileType.raw
    let type = try Identifier(H5Tget_member_type(record, index), close: H5Tclose, error: failed)
    guard Library.call({ H5Tget_class(type.raw) }) == H5T_ARRAY else {
      return Field(name: name, elementType: try StoredType(type.raw, handle).element, shape: [])
    }
    let axisCount = try Library.check(H5Tget_array_ndims(type.raw), error: failed)
    var lengths = [hsize_t](repeating: 0, count: Int(axisCount))
    try Library.check(H5Tget_array_dims2(type.raw, &lengths), error: failed)
    var product = 1
    for length in lengths {
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(clamping: length))
      guard !overflow, next > 0, next <= Int(Int32.max) else {
        throw failed("an array of \(lengths)")
      }
      product = next
    }
    let base = try Identifier(H5Tget_super(type.raw), close: H5Tclose, error: failed)
    return Field(
      name: name, elementType: try StoredType(base.raw, handle).element,
      shape: lengths.map { Int($0) })
  }

  /// Prepares to read some fields of each record as floats, side by side in the order given.
  ///
  /// - Throws: `HDF5Error` of kind `wrongType` for a field that holds no numbers.
  public func select(_ fields: [Field]) throws(HDF5Error) -> FieldSelection {
    for field in fields where !field.elementType.isNumber {
      throw error(
        .wrongType, "the field '\(field.name)' holds \(field.elementType), but numbers are needed")
    }
    return try FieldSelection(fields, as: .float32, handle)
  }

  /// Reads the selected fields of rows, converted to `Float`.
  ///
  /// - Parameters:
  ///   - selection: fields of this data set's records.
  ///   - rows: a range within `0..<rowCount`.
  ///   - buffer: at least `rows.count * rowWidth * selection.width` elements, row-major.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `damaged`.
  public func read(
    _ selection: borrowing FieldSelection, rows: Range<Int>,
    into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(HDF5Error) {
    let count = try check(rows, capacity: buffer.count / selection.width)
    guard count > 0, let start = buffer.baseAddress else { return }
    // The library takes the fields of the memory's type by name, and converts each.
    try transferRows(rows, selection.type.raw, UnsafeMutableRawPointer(start), H5Dread) {
      error(.damaged, "rows \(rows) cannot be read: \($0)")
    }
  }
}

/// Fields of records as they are read: numbers of one type, side by side.
public struct FieldSelection: ~Copyable {
  /// How many numbers a record gives.
  public let width: Int
  let type: Identifier

  fileprivate init(
    _ fields: [Field], as element: ElementType, _ handle: ObjectHandle
  ) throws(HDF5Error) {
    precondition(!fields.isEmpty, "no field is selected")
    width = fields.reduce(0) { $0 + $1.count }
    let size = element.byteCount ?? 1
    let byteCount = width * size
    let type = try Identifier(H5Tcreate(H5T_COMPOUND, byteCount), close: H5Tclose) {
      handle.error(.io, "a type of its fields cannot be made: \($0)")
    }
    let number = try StoredType.make(element, handle)
    var offset = 0
    for field in fields {
      func failed(_ reason: String) -> HDF5Error {
        handle.error(.wrongType, "its field '\(field.name)' cannot be selected: \(reason)")
      }
      if field.shape.isEmpty {
        try Library.check(H5Tinsert(type.raw, field.name, offset, number.raw), error: failed)
      } else {
        let lengths = field.shape.map { hsize_t($0) }
        let array = try Identifier(
          H5Tarray_create2(number.raw, UInt32(lengths.count), lengths), close: H5Tclose,
          error: failed)
        try Library.check(H5Tinsert(type.raw, field.name, offset, array.raw), error: failed)
      }
      offset += field.count * size
    }
    self.type = type
  }
}

@available(*, unavailable)
extension FieldSelection: Sendable {}
