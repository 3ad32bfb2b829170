import CHDF5
private import CKernels

/// How the texts of a data set, or of one field of its records, are read row by row.
public struct TextSelection: ~Copyable {
  /// The memory's type: the file's own, or a record of that one field.
  let type: Identifier
  /// The bytes of a text of fixed length; nil where each has its own.
  package let byteCount: Int?
  fileprivate let padding: H5T_str_t
  fileprivate let isField: Bool

  /// A fixed length above this is one that only a damaged file has.
  package static let largestByteCount = 1 << 20

  private init(
    _ type: consuming Identifier, byteCount: Int?, padding: H5T_str_t, isField: Bool
  ) {
    (self.byteCount, self.padding, self.isField) = (byteCount, padding, isField)
    self.type = type
  }

  fileprivate static func of(
    _ text: hid_t, field: String?, _ handle: ObjectHandle
  ) throws(HDF5Error) -> TextSelection {
    let isVariable = Library.call { H5Tis_variable_str(text) } > 0
    let length = Library.call { H5Tget_size(text) }
    guard length > 0, length <= largestByteCount else {
      throw handle.error(
        .damaged, "its texts take \(length) bytes each, and 1 to \(largestByteCount) can be read")
    }
    let padding = Library.call { H5Tget_strpad(text) }
    return TextSelection(
      try memoryType(text, length, field, handle), byteCount: isVariable ? nil : length,
      padding: padding, isField: field != nil)
  }

  private static func memoryType(
    _ text: hid_t, _ length: Int, _ field: String?, _ handle: ObjectHandle
  ) throws(HDF5Error) -> Identifier {
    func failed(_ reason: String) -> HDF5Error {
      handle.error(.wrongType, "its texts cannot be selected: \(reason)")
    }
    guard let field else { return try Identifier(H5Tcopy(text), close: H5Tclose, error: failed) }
    let record = try Identifier(H5Tcreate(H5T_COMPOUND, length), close: H5Tclose, error: failed)
    try Library.check(H5Tinsert(record.raw, field, 0, text), error: failed)
    return record
  }
}

@available(*, unavailable)
extension TextSelection: Sendable {}

extension Dataset {
  /// The memory for texts of a fixed length that are read together.
  private static let pieceByteCount = 8 << 20

  /// Prepares to read texts, of the data set or of a field of its records.
  ///
  /// - Throws: `HDF5Error` of kind `wrongType` where these are no texts, one in each row.
  public func selectTexts(field: Field? = nil) throws(HDF5Error) -> TextSelection {
    guard (field?.elementType ?? elementType) == .string, field?.shape.isEmpty ?? true,
      rowWidth == 1, shape.count <= 1 || field == nil
    else {
      throw error(
        .wrongType,
        field.map { "the field '\($0.name)' holds \($0.elementType), but one text is needed" }
          ?? "holds \(elementType) in the shape \(shape), but one text in each row is needed")
    }
    guard let field else { return try TextSelection.of(fileType.raw, field: nil, handle) }
    func failed(_ reason: String) -> HDF5Error {
      error(.damaged, "the type of its field '\(field.name)' cannot be read: \(reason)")
    }
    let record = fileType.raw
    let index = Library.call { H5Tget_member_index(record, field.name) }
    guard index >= 0 else { throw failed("there is no such field") }
    let type = try Identifier(
      H5Tget_member_type(record, UInt32(index)), close: H5Tclose, error: failed)
    return try TextSelection.of(type.raw, field: field.name, handle)
  }

  /// Reads texts of rows in place of those in `texts`; bytes that are no UTF-8 become U+FFFD.
  ///
  /// - Parameters:
  ///   - selection: of this data set.
  ///   - rows: a range within `0..<rowCount`.
  ///   - texts: where they go; its memory is used again.
  /// - Throws: `HDF5Error`: `wrongShape` for rows outside, `damaged`.
  public func read(
    _ selection: borrowing TextSelection, rows: Range<Int>, into texts: inout TextRows
  ) throws(HDF5Error) {
    texts.removeAll()
    let count = try check(rows, capacity: rows.count)
    guard count > 0 else { return }
    if let length = selection.byteCount {
      // Padded as they are in the file, texts may be much longer than what is in them.
      let most = max(1, Self.pieceByteCount / length)
      let raw = scratch.bytes(min(most, count) * length)
      guard let start = raw.baseAddress else { return }
      var row = rows.lowerBound
      while row < rows.upperBound {
        let piece = row..<min(row + most, rows.upperBound)
        try transferRows(piece, selection.type.raw, start, H5Dread) {
          error(.damaged, "rows \(piece) cannot be read: \($0)")
        }
        let padded = UnsafeBufferPointer(
          start: start.assumingMemoryBound(to: UInt8.self), count: piece.count * length)
        if !texts.append(
          padded: padded, length: length, padding: Self.padding(selection.padding))
        {
          for index in 0..<piece.count {
            let text = UnsafeBufferPointer(rebasing: padded[index * length..<(index + 1) * length])
            texts.append(stored: Self.unpadded(text, selection.padding))
          }
        }
        row = piece.upperBound
      }
    } else if let found = try plainTexts(selection, rows) {
      for text in found { texts.append(text.utf8) }
    } else {
      try readVariable(selection, rows, count, &texts)
    }
  }

  /// Texts of their own lengths in a data set in one piece, read past the library, which damaged references
  /// lead out of bounds; nil where that is not possible.
  private func plainTexts(
    _ selection: borrowing TextSelection, _ rows: Range<Int>
  ) throws(HDF5Error) -> [String]? {
    guard chunkShape == nil, !selection.isField else { return nil }
    let id = identifier.raw
    let offset = Library.call { UInt64(H5Dget_offset(id)) }
    guard offset != UInt64.max, let raw = RawFile(of: id) else { return nil }
    let size = RawFile.referenceByteCount
    let (place, overflow) = offset.addingReportingOverflow(UInt64(rows.lowerBound * size))
    guard !overflow, let references = raw.bytes(atOffset: place, rows.count * size) else {
      return nil
    }
    guard let texts = raw.texts(references.all) else {
      throw error(.damaged, "its texts cannot be read: a reference leads nowhere")
    }
    return texts
  }

  private func readVariable(
    _ selection: borrowing TextSelection, _ rows: Range<Int>, _ count: Int,
    _ texts: inout TextRows
  ) throws(HDF5Error) {
    let raw = scratch.bytes(count * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)
    guard let start = raw.baseAddress else { return }
    raw.initializeMemory(as: UInt8.self, repeating: 0)
    try transferRows(rows, selection.type.raw, start, H5Dread) {
      error(.damaged, "rows \(rows) cannot be read: \($0)")
    }
    let pointers = start.bindMemory(to: UnsafePointer<UInt8>?.self, capacity: count)
    for row in 0..<count {
      guard let text = pointers[row] else {
        texts.append([])
        continue
      }
      var length = 0
      while text[length] != 0 { length += 1 }
      texts.append(stored: UnsafeBufferPointer(start: text, count: length))
    }
    var length = hsize_t(count)
    let space = try Identifier(H5Screate_simple(1, &length, nil), close: H5Sclose) {
      error(.io, $0)
    }
    let type = selection.type.raw
    _ = Library.call { chdf5_free_strings(type, space.raw, start) }
  }

  /// The kernel's number for what fills up a text.
  private static func padding(_ padding: H5T_str_t) -> Int32 {
    switch padding {
    case H5T_STR_NULLTERM: Int32(ck_padding_terminated)
    case H5T_STR_SPACEPAD: Int32(ck_padding_spaces)
    default: Int32(ck_padding_zeros)
    }
  }

  private static func unpadded(
    _ text: UnsafeBufferPointer<UInt8>, _ padding: H5T_str_t
  ) -> UnsafeBufferPointer<UInt8> {
    var length = text.count
    switch padding {
    case H5T_STR_NULLTERM: length = text.firstIndex(of: 0) ?? length
    case H5T_STR_SPACEPAD: while length > 0, text[length - 1] == 0x20 { length -= 1 }
    default: while length > 0, text[length - 1] == 0 { length -= 1 }
    }
    return UnsafeBufferPointer(rebasing: text[..<length])
  }
}
