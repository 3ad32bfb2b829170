import Distributed
import Foundation
import TestSupport
import Testing

@Suite("Seals of files")
struct FileSealTests {
  /// A file that was sealed, and its bytes.
  private func withSealed(_ content: Data, _ body: (URL, Data) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try content.write(to: file)
      #expect(try FileSeal.finding(in: file.path) == .missing)
      try FileSeal.append(to: file.path)
      try body(file, try Data(contentsOf: file))
    }
  }

  private let content = Data((0..<131).map { UInt8(truncatingIfNeeded: $0 * 73) })

  @Test("a sealed file is sound, its content is untouched, and 32 bytes are added")
  func sound() throws {
    for count in [0, 1, 7, 8, 9, 131] {
      try withSealed(content.prefix(count)) { file, sealed in
        let finding = try FileSeal.finding(in: file.path)
        #expect(finding == .sound)
        #expect(sealed.prefix(count) == content.prefix(count) && sealed.count == count + 32)
      }
    }
  }

  @Test("the checksum is CRC-64 as ECMA-182 and XZ have it, computed bit by bit")
  func checksum() throws {
    func sum(_ bytes: Data) -> UInt64 {
      var state = ~UInt64(0)
      for byte in bytes {
        state ^= UInt64(byte)
        for _ in 0..<8 { state = state >> 1 ^ (state & 1) * 0xc96c_5795_d787_0f42 }
      }
      return ~state
    }
    // The check value of the catalogue of CRC algorithms.
    #expect(sum(Data("123456789".utf8)) == 0x995d_c9bb_df19_39fa)
    try withSealed(content) { _, sealed in
      let stored = sealed.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      #expect(stored == sum(sealed.dropLast(8)))
    }
  }

  @Test("every changed bit, every lost byte and every added one is noticed")
  func damage() throws {
    try withSealed(content) { file, sealed in
      func expect(_ isSound: Bool, _ bytes: Data, _ what: Comment) throws {
        try bytes.write(to: file)
        let finding = try FileSeal.finding(in: file.path)
        #expect((finding == .sound) == isSound, what)
      }
      for index in sealed.indices {
        for bit in [1, 16, 128, 255] as [UInt8] {
          var changed = sealed
          changed[index] ^= bit
          try expect(false, changed, "byte \(index), bit \(bit)")
        }
        try expect(false, sealed.prefix(index), "\(index) bytes")
      }
      try expect(false, sealed + [0], "one more")
      try expect(false, sealed.dropFirst(), "without the first")
      try expect(true, sealed, "as it was")
    }
  }
}
