internal import CKernels
package import Configuration

/// The upper half of each float, rounded to nearest, ties to even: 2 bytes a number, an error of at most
/// 1/256 of it.
package struct BFloat16Compression: Compression {
  package static let name = "bf16"
  package static let number: UInt8 = 2

  package init(options: inout Options) throws(ConfigurationError) {}

  package func payloadByteCount(count: Int, numberCount: Int) -> Int { 2 * count }

  package func write(
    _ values: UnsafePointer<Float>, count: Int, residual: UnsafeMutablePointer<Float>?,
    to payload: UnsafeMutableRawPointer
  ) -> Int {
    ck_encode_bf16(count, values, residual, payload)
    return count
  }

  package func read(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    into values: UnsafeMutablePointer<Float>
  ) {
    ck_decode_bf16(count, payload, values)
  }

  package func add(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    to values: UnsafeMutablePointer<Float>
  ) {
    ck_add_bf16(count, payload, values)
  }
}
