import CZlib
import Foundation
import HDF5
import NN
import TestSupport
import Testing

@Suite("The sheet of the variational autoencoder")
struct SheetTests {
  /// A chunk of a PNG file.
  private struct Chunk {
    var kind: String
    var content: [UInt8]
    var isIntact: Bool
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  private func chunks(_ file: [UInt8]) -> [Chunk] {
    var chunks: [Chunk] = []
    var place = 8
    while place + 12 <= file.count {
      let length = number(file[place..<place + 4])
      guard place + 12 + length <= file.count else { break }
      let checked = Array(file[place + 4..<place + 8 + length])
      let check = number(file[place + 8 + length..<place + 12 + length])
      chunks.append(
        Chunk(
          kind: String(decoding: checked.prefix(4), as: UTF8.self),
          content: Array(checked.dropFirst(4)),
          isIntact: Int(crc32(0, checked, uInt(checked.count))) == check))
      place += 12 + length
    }
    return chunks
  }

  @Test("is a PNG file of 64 different pictures with bright bars, drawn by the decoder's own file")
  func sheet() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("sheet.png").path
      let run = try Program("08-vae").run([path], ranks: 2, timeoutSeconds: 120)
      #expect(run.status == 0, "\(run.errors)")
      let file = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      let chunks = chunks(file)
      #expect(chunks.map(\.kind) == ["IHDR", "IDAT", "IEND"] && chunks.allSatisfy(\.isIntact))
      let header = chunks[0].content
      #expect(number(header[0..<4]) == 73 && number(header[4..<8]) == 73)
      #expect(Array(header[8...]) == [8, 0, 0, 0, 0])
      var rows = [UInt8](repeating: 7, count: 74 * 73)
      var length = uLong(rows.count)
      #expect(uncompress(&rows, &length, chunks[1].content, uLong(chunks[1].content.count)) == Z_OK)
      #expect(Int(length) == rows.count)
      var pictures = Set<[Bool]>()
      var bars = 0
      for picture in 0..<64 {
        let pixels = (0..<64).map { place in
          let row = picture / 8 * 9 + 1 + place / 8, column = picture % 8 * 9 + 1 + place % 8
          return rows[row * 74 + 1 + column] > 127
        }
        pictures.insert(pixels)
        let isBar = (0..<8).contains { k in
          (0..<8).allSatisfy { pixels[k * 8 + $0] } || (0..<8).allSatisfy { pixels[$0 * 8 + k] }
        }
        if isBar { bars += 1 }
      }
      // The network has seen 16 kinds of bars: most draws are one of them, and several kinds come up.
      #expect(pictures.count >= 4 && bars >= 20, "\(pictures.count) kinds, \(bars) bars")
      let (decoder, _) = try ModelFile.read(path + ".decoder.h5")
      #expect(decoder.inputShape == [4] && decoder.outputShape == [64])
    }
  }
}
