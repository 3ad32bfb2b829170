import CZlib
import Foundation

/// A picture in shades of grey, as a PNG file: https://www.w3.org/TR/png-3/.
struct PNG {
  let width: Int
  let height: Int
  /// width x height shades, row by row from the top; 0 is black, 255 white.
  var pixels: [UInt8]

  /// A picture of one shade.
  init(width: Int, height: Int, shade: UInt8 = 255) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: shade, count: width * height)
  }

  /// The file's bytes.
  func encoded() throws -> Data {
    var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    // 8 bits of grey; the only compression, the only filters, not interlaced.
    Self.append("IHDR", Self.bytes(width) + Self.bytes(height) + [8, 0, 0, 0, 0], to: &file)
    var rows: [UInt8] = []
    rows.reserveCapacity((width + 1) * height)
    for row in 0..<height {
      rows.append(0)  // no filter
      rows += pixels[row * width..<(row + 1) * width]
    }
    var length = compressBound(uLong(rows.count))
    var packed = [UInt8](repeating: 0, count: Int(length))
    guard compress2(&packed, &length, rows, uLong(rows.count), 9) == Z_OK else {
      throw CocoaError(.fileWriteUnknown)
    }
    Self.append("IDAT", Array(packed.prefix(Int(length))), to: &file)
    Self.append("IEND", [], to: &file)
    return file
  }

  /// A chunk: length, kind, content, and the check of kind and content.
  private static func append(_ kind: String, _ content: [UInt8], to file: inout Data) {
    let checked = Array(kind.utf8) + content
    file += bytes(content.count) + checked
    file += bytes(Int(crc32(0, checked, uInt(checked.count))))
  }

  /// Four bytes, the highest first.
  private static func bytes(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
