import HDF5

/// The head of an .npy file: type, order and shape of the numbers behind it.
///
/// Truths are taken as `uint8`.
/// Source: NumPy, "NEP 1: a simple file format for NumPy arrays", versions 1.0, 2.0 and 3.0.
struct NPYHeader: ArrayHeader, Equatable {
  let element: ElementType
  let isBigEndian: Bool
  /// Whether the first axis varies fastest.
  let isFortran: Bool
  /// The count along each axis; empty for a single number.
  let shape: [Int]
  /// The bytes before the first number.
  let headByteCount: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Longer heads describe records, which are not read anyway.
  private static let largestTextByteCount = 1 << 16

  /// Reads the head from the beginning of `stream`.
  init(_ stream: any ByteStream) throws(PipelineError) {
    let path = stream.path
    let part = "the NumPy head"
    let start = try stream.bytes(8, of: part)
    guard start.starts(with: Self.magic) else {
      throw PipelineError("\(path): is no NumPy array")
    }
    guard (1...3).contains(start[6]) else {
      throw PipelineError(
        "\(path): is of version \(start[6]).\(start[7]) of NumPy's format; 1, 2 and 3 are read")
    }
    let lengthByteCount = start[6] == 1 ? 2 : 4
    let length = try stream.bytes(lengthByteCount, of: part)
      .littleEndian(at: 0, lengthByteCount)
    guard let length, length <= Self.largestTextByteCount else {
      throw PipelineError(
        "\(path): has a NumPy head of over \(Self.largestTextByteCount) bytes: it is damaged, or"
          + " holds records, which are not read")
    }
    headByteCount = 8 + lengthByteCount + length
    let text = NPYText(try stream.bytes(length, of: part), path)
    let fields = try text.fields()
    (element, isBigEndian) = try Self.type(fields.type, path)
    isFortran = fields.isFortran
    shape = fields.shape
    guard shape.count <= 32 else {
      throw PipelineError("\(path): has \(shape.count) axes, HDF5 takes at most 32")
    }
    guard !shape.contains(0) else {
      throw PipelineError("\(path): has no rows: its shape is \(shape)")
    }
    var product = element.byteCount ?? 1
    for length in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard !overflow, next < 1 << 50 else {
        throw PipelineError("\(path): the NumPy head names an impossible shape: it is damaged")
      }
      product = next
    }
  }

  /// The element type that a type's text (`<f4`) stands for.
  private static func type(
    _ text: String, _ path: String
  ) throws(PipelineError) -> (ElementType, isBigEndian: Bool) {
    let types: [String: ElementType] = [
      "b1": .uint8, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32,
      "i4": .int32, "u8": .uint64, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    guard let order = text.first, "<>|=".contains(order),
      let type = types[String(text.dropFirst())],
      order != "|" || type.byteCount == 1
    else {
      throw PipelineError(
        "\(path): holds elements of the type '\(text.excerpt)' (\(words(text))), but whole numbers"
          + " and floats of up to 64 bits and truths are read: convert them in NumPy first")
    }
    return (type, order == ">" || order == "=" && ByteOrder.isBigEndian)
  }

  private static func words(_ text: String) -> String {
    switch text.dropFirst().first {
    case "c": "complex numbers"
    case "O": "Python objects, which would be programs to run"
    case "S", "a", "U": "texts"
    case "M", "m": "times"
    case "V": "raw bytes"
    case "f": "long floats"
    default: "unknown"
    }
  }

  /// Throws where not exactly the head's bytes are there.
  func check(_ found: Int, _ path: String) throws(PipelineError) {
    guard found != byteCount else { return }
    throw wrongLength(path, found: "\(found)", found < byteCount)
  }

  func wrongLength(_ path: String, found: String, _ isShort: Bool) -> PipelineError {
    let advice = isShort ? "it is truncated, copy it again" : "the head or the file is wrong"
    return PipelineError(
      "\(path): the NumPy head of shape \(shape) needs \(byteCount) bytes, there are \(found): "
        + advice)
  }
}
