internal import CKernels
package import Configuration

/// Floats as they are; a residual of a compression that the job had before is sent along.
package struct NoCompression: Compression {
  package static let name = "none"
  package static let number: UInt8 = 1
  package static let isExact = true

  package init() {}

  package init(options: inout Options) throws(ConfigurationError) {}

  package func payloadByteCount(count: Int, numberCount: Int) -> Int {
    MemoryLayout<Float>.size * count
  }

  package func write(
    _ values: UnsafePointer<Float>, count: Int, residual: UnsafeMutablePointer<Float>?,
    to payload: UnsafeMutableRawPointer
  ) -> Int {
    ck_encode_float(count, values, residual, payload)
    return count
  }

  package func read(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    into values: UnsafeMutablePointer<Float>
  ) {
    UnsafeMutableRawPointer(values).copyMemory(
      from: payload, byteCount: MemoryLayout<Float>.size * count)
  }

  package func add(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    to values: UnsafeMutablePointer<Float>
  ) {
    ck_add_float(count, payload, values)
  }
}
