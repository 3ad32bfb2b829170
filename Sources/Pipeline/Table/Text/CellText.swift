import HDF5

/// A cell as a text, whatever its column holds: `12`, `0.5`, or the text itself.
///
/// A number's text is written into memory of its own, used again for the next.
struct CellText {
  private var digits: [UInt8] = []

  /// Makes empty memory.
  init() { digits.reserveCapacity(32) }

  /// Whether a cell of a column of texts or single numbers is missing.
  static func isMissing(_ column: CellColumn, _ row: Int) -> Bool {
    column.isText ? column.texts.range(row).isEmpty : column.numbers[row].isNaN
  }

  /// The number of the cell's text in `index`; nil for a missing cell and for a text that is not there.
  mutating func number(_ column: CellColumn, _ row: Int, in index: TextIndex) -> Int? {
    if column.isText {
      let (bytes, places) = (column.texts.bytes, column.texts.range(row))
      return places.isEmpty ? nil : index.number(bytes.span, places)
    }
    guard write(column.numbers[row]) else { return nil }
    return index.number(digits.span, 0..<digits.count)
  }

  /// The place of the cell's text among `counts`, where it is put when it is new; nil for a missing cell.
  mutating func place(_ column: CellColumn, _ row: Int, in counts: inout TextCounts) -> Int? {
    if column.isText {
      let (bytes, places) = (column.texts.bytes, column.texts.range(row))
      return places.isEmpty ? nil : counts.place(bytes.span, places)
    }
    let number = column.numbers[row]
    if let place = counts.numberPlaces.place(of: number) { return place }
    guard write(number) else { return nil }
    let place = counts.place(digits.span, 0..<digits.count)
    counts.numberPlaces.insert(number, place)
    return place
  }

  /// The cell's text, for messages and for `cast`.
  static func text(_ column: CellColumn, _ row: Int) -> String {
    if column.isText { return column.texts.text(row) }
    var cell = CellText()
    return cell.write(column.numbers[row]) ? String(decoding: cell.digits, as: UTF8.self) : ""
  }

  /// Adds the cell's text to `texts`.
  mutating func append(_ column: CellColumn, _ row: Int, to texts: inout TextRows) {
    if column.isText {
      texts.append(row, of: column.texts)
    } else {
      texts.append(write(column.numbers[row]) ? digits[...] : [])
    }
  }

  /// Writes a number's digits, whole ones without a point; false for NaN.
  private mutating func write(_ number: Float) -> Bool {
    guard !number.isNaN else { return false }
    digits.removeAll(keepingCapacity: true)
    guard let whole = Int(exactly: number) else {
      digits.append(contentsOf: number.description.utf8)
      return true
    }
    var rest = whole.magnitude
    repeat {
      digits.append(UInt8(rest % 10) + 0x30)
      rest /= 10
    } while rest > 0
    if whole < 0 { digits.append(0x2d) }
    digits.reverse()
    return true
  }
}
