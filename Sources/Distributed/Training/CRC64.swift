/// The 64-bit cyclic redundancy check of ECMA-182 in the reflected form that XZ uses.
///
/// It finds every error within 64 bits in a row, and others but for one of 2^64.
/// Eight bytes at a time by tables: Kounavis and Berry 2008, "Novel table lookup-based algorithms for
/// high-performance CRC generation".
struct CRC64 {
  private var state = ~UInt64(0)

  /// Table k, of 256 numbers from 256 k on: what a byte becomes that k more bytes follow.
  private static let tables: [UInt64] = {
    var tables = [UInt64](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt64(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xc96c_5795_d787_0f42 : value >> 1 }
      tables[byte] = value
    }
    for index in 256..<tables.count {
      let before = tables[index - 256]
      tables[index] = before >> 8 ^ tables[Int(before & 0xff)]
    }
    return tables
  }()

  /// The sum of all bytes so far.
  var value: UInt64 { ~state }

  /// Adds bytes behind those that are in the sum.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var sum = state
    Self.tables.withUnsafeBufferPointer { tables in
      var index = 0
      while index + 8 <= bytes.count {
        sum ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        var next: UInt64 = 0
        for byte in 0..<8 {
          next ^= tables[(7 - byte) << 8 | Int(sum >> (8 * UInt64(byte)) & 0xff)]
        }
        sum = next
        index += 8
      }
      while index < bytes.count {
        sum = sum >> 8 ^ tables[Int((sum ^ UInt64(bytes[index])) & 0xff)]
        index += 1
      }
    }
    state = sum
  }
}
