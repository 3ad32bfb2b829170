internal import CKernels
package import Configuration

/// The numbers of largest magnitude, as they are, with their places: 6 bytes for each of them.
///
/// All others wait in the residual until they have grown: without error feedback this would be another
/// training. Of equal magnitudes the first are sent; NaN and infinity are the largest; zeros are never sent.
package struct TopCompression: Compression {
  package static let name = "topk"
  package static let number: UInt8 = 4

  /// `fraction`: the share of the numbers that a message holds, of which there is at least one.
  package let fraction: Double

  package init(options: inout Options) throws(ConfigurationError) {
    // Two thirds of the numbers would need as many bytes as all of them uncompressed.
    fraction = try options.number("fraction", default: 0.01, in: 1e-6...0.5)
  }

  package var entries: [Value.Entry] { [.init("fraction", Value(.number(fraction)))] }

  package func numberLimit(count: Int) -> Int {
    min(count, max(1, Int((fraction * Double(count)).rounded())))
  }

  package func payloadByteCount(count: Int, numberCount: Int) -> Int {
    let chunkCount = (count + Int(CK_TOP_CHUNK) - 1) / Int(CK_TOP_CHUNK)
    return MemoryLayout<UInt32>.size * chunkCount
      + (MemoryLayout<Float>.size + MemoryLayout<UInt16>.size) * numberCount
  }

  package func write(
    _ values: UnsafePointer<Float>, count: Int, residual: UnsafeMutablePointer<Float>?,
    to payload: UnsafeMutableRawPointer
  ) -> Int {
    ck_encode_top(count, numberLimit(count: count), values, residual, payload)
  }

  package func isValid(_ payload: UnsafeRawPointer, count: Int, numberCount: Int) -> Bool {
    ck_top_is_valid(count, numberCount, payload)
  }

  package func read(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    into values: UnsafeMutablePointer<Float>
  ) {
    ck_decode_top(count, numberCount, payload, values)
  }

  package func add(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    to values: UnsafeMutablePointer<Float>
  ) {
    ck_add_top(count, numberCount, payload, values)
  }
}
