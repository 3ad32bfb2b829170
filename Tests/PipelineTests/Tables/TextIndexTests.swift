import HDF5
import Pipeline
import Testing

/// Texts by number.
@Suite("Index of texts")
struct TextIndexTests {
  @Test("tells texts of all lengths apart that differ in one byte, wherever that is")
  func oneByte() {
    var texts: [[UInt8]] = []
    for length in 0...40 {
      let text = [UInt8](repeating: 0x61, count: length)
      texts.append(text)
      for place in 0..<length {
        for byte: UInt8 in [0x62, 0xe1] {
          var other = text
          other[place] = byte
          texts.append(other)
        }
      }
    }
    var index = TextIndex()
    for (number, text) in texts.enumerated() {
      #expect(index.number(text.span, 0..<text.count) == nil)
      #expect(index.insert(text.span, 0..<text.count) == number)
    }
    #expect(index.count == texts.count)
    for (number, text) in texts.enumerated() {
      // The same bytes at another place, between others.
      let bytes = [0x63] + text + [0x63, 0x63]
      #expect(index.number(bytes.span, 1..<1 + text.count) == number)
      #expect(index.insert(bytes.span, 1..<1 + text.count) == number)
    }
  }

  @Test("an empty text is one like others, also where it is the only one")
  func empty() {
    let none: [UInt8] = []
    var index = TextIndex()
    #expect(index.number(none.span, 0..<0) == nil)
    #expect(index.insert(none.span, 0..<0) == 0)
    #expect(index.number(none.span, 0..<0) == 0)
    #expect(TextIndex(["a", ""]).number(none.span, 0..<0) == 1)
    #expect(TextIndex(["a"]).number(none.span, 0..<0) == nil)
  }
}
