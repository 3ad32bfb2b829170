import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Numbers about as long as those that are read by words of eight bytes.
@Suite("Numbers of 8 to 17 bytes")
struct DecimalWordsTests {
  /// Each count of digits on either side of the point, and around those that fit a word; with each sign.
  private static let texts: [String] = {
    let digits = "97531086429753108642"
    var texts: [String] = []
    for sign in ["", "-", "+"] {
      for before in 0...12 {
        for behind in 0...12 where before + behind > 0 {
          texts.append(sign + digits.prefix(before) + "." + digits.suffix(behind))
        }
      }
    }
    return texts
  }()

  private func table(
    _ lines: [String], _ body: (ImportSummary.Entry, borrowing File) throws -> Void
  ) throws {
    try ImportBench.runInMemory { bench in
      try bench.write("t.csv", "x\n" + lines.joined(separator: "\n") + "\n")
      let summary = try bench.convert("t.csv") { $0.isTable = true }
      try body(summary.entries[0], try File(opening: bench.path("out.h5")))
    }
  }

  @Test("each is the nearest Double")
  func numbers() throws {
    try table(Self.texts) { entry, file in
      #expect(entry.columns.map(\.type) == [.float64])
      let values = try file.dataset("t/x").readAll(as: Double.self)
      try #require(values.count == Self.texts.count)
      for (text, value) in zip(Self.texts, values) {
        #expect(value.bitPattern == strtod(text, nil).bitPattern, "\(text) became \(value)")
      }
    }
  }

  @Test("digits alone are whole numbers")
  func wholes() throws {
    let texts = (1...18).flatMap { count in
      ["", "-", "+"].map { $0 + "987654321098765432".prefix(count) }
    }
    try table(texts) { entry, file in
      #expect(entry.columns.map(\.type) == [.int64])
      let values = try file.dataset("t/x").readAll(as: Int.self)
      #expect(values == texts.compactMap { Int($0) })
    }
  }

  @Test("with any other byte anywhere it is a text")
  func others() throws {
    // Beside the digits in ASCII, and far from them; e is left out where it makes an exponent.
    for text in ["12345678", "1234.5678", "12345678.12345678", "-123456.7"] {
      for place in text.indices where text[place] != "-" {
        for other in ["/", ":", "x", "~", "-"] {
          let changed = text.replacingCharacters(in: place...place, with: other)
          // A sign may stand at the beginning.
          guard Double(changed) == nil else { continue }
          try table(["1.5", changed]) { entry, file in
            #expect(entry.columns.map(\.type) == [.string], "\(changed)")
            let texts = try file.dataset("t/x").readStrings()
            #expect(texts == ["1.5", changed])
          }
        }
      }
    }
  }
}
