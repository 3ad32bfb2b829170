import CHDF5

/// Texts between Swift and the C library's two ways of storing them.
enum StoredText {
  /// A fixed-length type, padded with zeros, that holds each of `texts`.
  static func type(
    for texts: [String], _ owner: ObjectHandle
  ) throws(HDF5Error) -> Identifier {
    let length = length(of: texts)
    let isASCII = texts.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
    let type = try Identifier(H5Tcopy(chdf5_c_string()), close: H5Tclose) { owner.error(.io, $0) }
    try Library.check(H5Tset_size(type.raw, length)) { owner.error(.io, $0) }
    try Library.check(H5Tset_strpad(type.raw, H5T_STR_NULLPAD)) { owner.error(.io, $0) }
    try Library.check(
      H5Tset_cset(type.raw, isASCII ? H5T_CSET_ASCII : H5T_CSET_UTF8)
    ) { owner.error(.io, $0) }
    return type
  }

  /// The longest text's byte count, at least 1.
  private static func length(of texts: [String]) -> Int {
    max(1, texts.map(\.utf8.count).max() ?? 1)
  }

  /// The bytes of `texts`, each filled up with zeros to the length of the longest.
  static func bytes(of texts: [String]) -> [UInt8] {
    let length = length(of: texts)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(texts.count * length)
    for text in texts {
      bytes.append(contentsOf: text.utf8)
      bytes.append(contentsOf: repeatElement(0, count: length - text.utf8.count))
    }
    return bytes
  }

  /// Reads `count` texts of the stored `type` and `space`; `read` fills memory of that very type.
  static func read(
    _ count: Int, type: hid_t, space: hid_t, _ owner: ObjectHandle,
    _ read: (UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    func failed(_ reason: String) -> HDF5Error {
      owner.error(.damaged, "its text cannot be read: \(reason)")
    }
    if Library.call({ H5Tis_variable_str(type) }) > 0 {
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      try Library.check(
        pointers.withUnsafeMutableBytes { $0.baseAddress.map(read) ?? 0 }, error: failed)
      let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
      _ = Library.call {
        pointers.withUnsafeMutableBytes { chdf5_free_strings(type, space, $0.baseAddress) }
      }
      return texts
    }
    let length = Library.call { H5Tget_size(type) }
    let (byteCount, overflow) = length.multipliedReportingOverflow(by: count)
    guard length > 0, !overflow, byteCount < 1 << 31 else {
      throw failed("its length is impossible")
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try Library.check(
      bytes.withUnsafeMutableBytes { $0.baseAddress.map(read) ?? 0 }, error: failed)
    let padding = Library.call { H5Tget_strpad(type) }
    return (0..<count).map { index in
      text(bytes[index * length..<(index + 1) * length], padding)
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>, _ padding: H5T_str_t) -> String {
    var bytes = bytes
    switch padding {
    case H5T_STR_NULLTERM: bytes = bytes.prefix { $0 != 0 }
    case H5T_STR_SPACEPAD: while bytes.last == 0x20 { bytes.removeLast() }
    default: while bytes.last == 0 { bytes.removeLast() }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
