import CKernels

/// Bytes in order.
protocol ByteStream: AnyObject {
  /// What errors call it: a file's name, and what is meant within the file.
  var path: String { get }
  /// Reads until `buffer` is full or the data end; returns the count of bytes.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(PipelineError) -> Int
}

extension ByteStream {
  /// The next `count` bytes; `part` says what they are, for the error that they are not there.
  func bytes(_ count: Int, of part: String) throws(PipelineError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var found = 0
    var problem: PipelineError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(PipelineError) { found = try read(into: buffer) } catch { problem = error }
    }
    if let problem { throw problem }
    guard found == count else {
      throw PipelineError("\(path): ends within \(part): it is truncated, copy it again")
    }
    return bytes
  }
}

/// The order of the bytes of a number.
enum ByteOrder {
  static let isBigEndian = 1.bigEndian == 1

  /// Puts numbers into this machine's order, in place.
  static func makeNative(
    _ bytes: UnsafeMutableRawBufferPointer, elementByteCount: Int, isBigEndian: Bool
  ) {
    guard let start = bytes.baseAddress, isBigEndian != Self.isBigEndian else { return }
    switch elementByteCount {
    case 2: ck_swap_16(start.assumingMemoryBound(to: UInt16.self), bytes.count / 2)
    case 4: ck_swap_32(start.assumingMemoryBound(to: UInt32.self), bytes.count / 4)
    case 8: ck_swap_64(start.assumingMemoryBound(to: UInt64.self), bytes.count / 8)
    default: break
    }
  }
}
