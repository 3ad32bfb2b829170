import CKernels
import NN
import Testing

/// Texts of a fixed length, as files have them.
@Suite("Texts of a fixed length")
struct TextKernelTests {
  /// What fills up a text: the byte, and the kernel's number.
  private static let paddings: [(fill: UInt8, number: Int32)] = [
    (0, Int32(ck_padding_terminated)), (0, Int32(ck_padding_zeros)),
    (0x20, Int32(ck_padding_spaces)),
  ]

  @Test("come together in place, whatever fills them up", arguments: [1, 3, 8, 16, 21, 40])
  func packed(_ length: Int) {
    for (fill, number) in Self.paddings {
      var generator = RandomGenerator(seed: UInt64(length))
      // The first texts fill their places, so that some stay where they are.
      let texts = (0..<100).map { index -> [UInt8] in
        let count = index < 5 ? length : generator.below(length + 1)
        return (0..<count).map { _ in UInt8(0x61 + generator.below(26)) }
      }
      var bytes = texts.flatMap { $0 + [UInt8](repeating: fill, count: length - $0.count) }
      if number == Int32(ck_padding_terminated) {
        for (index, text) in texts.enumerated() where text.count + 1 < length {
          bytes[index * length + text.count + 1] = 0x78
        }
      }
      var ends = [Int](repeating: 0, count: texts.count)
      let count = ck_pack_texts(&bytes, texts.count, length, number, 7, &ends)
      #expect(Array(bytes.prefix(count)) == texts.flatMap { $0 })
      var end = 7
      for (index, text) in texts.enumerated() {
        end += text.count
        #expect(ends[index] == end)
      }
    }
  }

  @Test("are in ASCII where no byte is above 0x7f", arguments: [0, 1, 15, 64, 1000])
  func ascii(_ count: Int) {
    var bytes = [UInt8](repeating: 0x7f, count: count)
    #expect(ck_is_ascii(bytes, count))
    for place in [0, count / 2, count - 1] where count > 0 {
      bytes[place] = 0x80
      #expect(!ck_is_ascii(bytes, count))
      bytes[place] = 0
    }
  }
}
