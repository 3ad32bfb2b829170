import HDF5

/// What a column of a table holds.
struct CSVColumn: Sendable {
  private(set) var missingCount = 0
  private(set) var areAllNumbers = true
  private(set) var areAllWhole = true
  /// The bytes of the longest text, in UTF-8.
  private(set) var longestByteCount = 1
  /// The bytes of all texts together.
  private(set) var textByteCount = 0

  /// Begins; `isText`: a column of texts, though they may all be numbers.
  init(isText: Bool = false) { if isText { (areAllNumbers, areAllWhole) = (false, false) } }

  /// Makes the column one of the type that holds what `other` has, too: texts rather than numbers, `float64`
  /// rather than `int64`.
  mutating func widen(to other: CSVColumn) {
    areAllNumbers = areAllNumbers && other.areAllNumbers
    areAllWhole = areAllWhole && other.elementType == .int64
  }

  /// Takes a field in.
  mutating func add(_ field: UnsafeBufferPointer<UInt8>) {
    // A number is as long as its text, which it may yet turn out to be.
    var byteCount = field.count
    if areAllNumbers, let words = DecimalWords(field) {
      if words.hasPoint { areAllWhole = false }
    } else if areAllNumbers {
      switch CSVCell(field) {
      case .number(.whole): break
      case .number(.number): areAllWhole = false
      case .missing:
        missingCount += 1
        return
      case .text:
        areAllNumbers = false
        byteCount = CSVText.byteCount(field)
      }
    } else if CSVCell.standsForNothing(field) {
      missingCount += 1
      return
    } else {
      byteCount = CSVText.byteCount(field)
    }
    if byteCount > longestByteCount { longestByteCount = byteCount }
    textByteCount &+= byteCount
  }

  /// Whole numbers with none missing, numbers, or texts; a column of nothing is one of NaN.
  var elementType: ElementType {
    guard areAllNumbers else { return .string }
    return areAllWhole && missingCount == 0 ? .int64 : .float64
  }
}

extension CSVColumn: ImportFinding {
  mutating func merge(_ other: CSVColumn) {
    missingCount += other.missingCount
    areAllNumbers = areAllNumbers && other.areAllNumbers
    areAllWhole = areAllWhole && other.areAllWhole
    longestByteCount = max(longestByteCount, other.longestByteCount)
    textByteCount &+= other.textByteCount
  }

  func write(to message: inout ImportMessage) {
    message.append(missingCount)
    message.append(areAllNumbers)
    message.append(areAllWhole)
    message.append(longestByteCount)
    message.append(textByteCount)
  }

  init(from message: inout ImportMessage.Reader) {
    missingCount = message.number()
    areAllNumbers = message.truth()
    areAllWhole = message.truth()
    longestByteCount = message.number()
    textByteCount = message.number()
  }
}

/// A field as a text of UTF-8 without NUL, as HDF5 stores them.
enum CSVText {
  /// The bytes that `write(_:to:)` writes.
  static func byteCount(_ field: UnsafeBufferPointer<UInt8>) -> Int {
    isPlain(field) ? field.count : repaired(field).utf8.count
  }

  /// Writes the text; what is no UTF-8 becomes the replacement character U+FFFD.
  ///
  /// `bytes` has room for as many as `byteCount(_:)` says.
  static func write(
    _ field: UnsafeBufferPointer<UInt8>, to bytes: UnsafeMutablePointer<UInt8>
  ) {
    if isPlain(field) {
      if let start = field.baseAddress { bytes.update(from: start, count: field.count) }
    } else {
      for (index, byte) in repaired(field).utf8.enumerated() { bytes[index] = byte }
    }
  }

  private static func isPlain(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in field where byte == 0 || byte >= 0x80 { return false }
    return true
  }

  private static func repaired(_ field: UnsafeBufferPointer<UInt8>) -> String {
    String(String(decoding: field, as: UTF8.self).map { $0 == "\0" ? "\u{fffd}" : $0 })
  }
}
