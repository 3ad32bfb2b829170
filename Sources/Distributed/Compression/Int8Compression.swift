internal import CKernels
package import Configuration

/// A whole number from -127 to 127 for each number, times a scale for each block of them: one byte a number,
/// an error of at most 1/254 of the block's largest magnitude.
///
/// Rounding is to nearest, not at random: a message is the same each time, and error feedback makes up for
/// the bias. What is not finite has a code of its own and arrives as NaN.
package struct Int8Compression: Compression {
  package static let name = "int8"
  package static let number: UInt8 = 3

  /// `block`: the numbers that share a scale.
  package let block: Int

  package init(options: inout Options) throws(ConfigurationError) {
    block = try options.int("block", default: 256, in: 16...65_536)
  }

  package var entries: [Value.Entry] { [.init("block", Value(.int(block)))] }

  package var layout: UInt32 { UInt32(block) }

  /// The bytes of the scales, which stand before the codes.
  private func scaleByteCount(_ count: Int) -> Int {
    MemoryLayout<Float>.size * ((count + block - 1) / block)
  }

  package func payloadByteCount(count: Int, numberCount: Int) -> Int {
    scaleByteCount(count) + count
  }

  package func write(
    _ values: UnsafePointer<Float>, count: Int, residual: UnsafeMutablePointer<Float>?,
    to payload: UnsafeMutableRawPointer
  ) -> Int {
    ck_encode_int8(count, block, values, residual, payload, payload + scaleByteCount(count))
    return count
  }

  package func isValid(_ payload: UnsafeRawPointer, count: Int, numberCount: Int) -> Bool {
    numberCount == count && ck_int8_is_valid((count + block - 1) / block, payload)
  }

  package func read(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    into values: UnsafeMutablePointer<Float>
  ) {
    ck_decode_int8(count, block, payload, payload + scaleByteCount(count), values)
  }

  package func add(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    to values: UnsafeMutablePointer<Float>
  ) {
    ck_add_int8(count, block, payload, payload + scaleByteCount(count), values)
  }
}
