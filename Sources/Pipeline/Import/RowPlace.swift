/// Where a row of a text file begins.
struct RowPlace: Sendable, Equatable {
  /// The byte of the file, from 0.
  var offset: Int
  /// The line, from 1.
  var line: Int
  /// The count of rows before it that can be used.
  var row: Int

  /// Text between two places: passing over half of it costs little beside a block of rows.
  private static let usualByteCount = 256 << 10
  /// No file has more places than this and one for each process.
  private static let largestCount = 1 << 20

  /// How far apart the places of a file are kept, in bytes.
  static func spacing(fileByteCount: Int) -> Int {
    max(usualByteCount, fileByteCount / largestCount)
  }

  /// The last of `places`, which ascend, that is not behind row `row`.
  static func last(of places: [RowPlace], notBehind row: Int) -> RowPlace {
    places[lastPlace(of: places.count, startingBy: row) { places[$0].row }]
  }
}

extension [RowPlace] {
  /// Appends the places to a message.
  func write(to message: inout ImportMessage) {
    message.append(count)
    for place in self {
      message.append(place.offset)
      message.append(place.line)
      message.append(place.row)
    }
  }

  /// Takes in the places of a part of the file behind `rowCount` rows.
  mutating func merge(_ message: inout ImportMessage.Reader, behind rowCount: Int) {
    for _ in 0..<message.number() {
      append(
        RowPlace(
          offset: message.number(), line: message.number(), row: rowCount + message.number()))
    }
  }
}
