import HDF5

/// The head of an IDX file: type and shape, numbers behind it with the high byte first.
///
/// Source: Y. LeCun, "The MNIST database of handwritten digits", file formats.
struct IDXHeader: ArrayHeader {
  let element: ElementType
  let shape: [Int]
  let isBigEndian = true
  let isFortran = false

  var headByteCount: Int { 4 + 4 * shape.count }

  /// The element type that the third byte of the file stands for.
  static func element(_ code: UInt8) -> ElementType? {
    switch code {
    case 0x08: .uint8
    case 0x09: .int8
    case 0x0b: .int16
    case 0x0c: .int32
    case 0x0d: .float32
    case 0x0e: .float64
    default: nil
    }
  }

  /// Reads the head from the beginning of `source`.
  init(_ source: ByteSource) throws(PipelineError) {
    let magic = try source.bytes(4, of: "the IDX head")
    guard magic[0] == 0, magic[1] == 0, let element = Self.element(magic[2]) else {
      throw PipelineError("\(source.path): is no IDX file")
    }
    guard magic[3] > 0 else { throw PipelineError("\(source.path): the IDX head names no axes") }
    let lengths = try source.bytes(4 * Int(magic[3]), of: "the IDX head")
    var shape: [Int] = []
    var byteCount = element.byteCount ?? 1
    for axis in 0..<Int(magic[3]) {
      let length = lengths[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
      shape.append(length)
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: max(1, length))
      guard !overflow, product < 1 << 50 else {
        throw PipelineError("\(source.path): the IDX head names an impossible shape: it is damaged")
      }
      byteCount = product
    }
    guard !shape.contains(0) else {
      throw PipelineError("\(source.path): has no rows: its shape is \(shape)")
    }
    guard shape.count <= 32 else {
      throw PipelineError("\(source.path): has \(shape.count) axes, HDF5 takes at most 32")
    }
    self.element = element
    self.shape = shape
    let found = source.fileByteCount - headByteCount
    if !source.isCompressed, found != byteCount {
      throw wrongLength(source.path, found: "\(found)", found < byteCount)
    }
  }

  func wrongLength(_ path: String, found: String, _ isShort: Bool) -> PipelineError {
    let advice = isShort ? "it is truncated, copy it again" : "the head or the file is wrong"
    return PipelineError(
      "\(path): the IDX head of shape \(shape) needs \(byteCount) bytes, there are \(found): \(advice)"
    )
  }
}
