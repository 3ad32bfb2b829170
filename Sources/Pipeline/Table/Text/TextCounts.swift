import HDF5

/// How often each text occurs, in numbers of several kinds that add up.
struct TextCounts: Sendable {
  /// The texts.
  private(set) var index = TextIndex()
  /// For each text `kinds` numbers.
  private(set) var counts: [Int] = []
  /// How many numbers a text has.
  let kinds: Int
  /// The places of numbers whose texts have come.
  var numberPlaces = NumberPlaces()

  /// Counts nothing yet.
  init(kinds: Int = 1) { self.kinds = kinds }

  /// How many different texts there are.
  var count: Int { index.count }

  /// The numbers of a text.
  func counts(_ number: Int) -> ArraySlice<Int> { counts[number * kinds..<(number + 1) * kinds] }

  /// The place of a text, which gets zeros when it is new.
  mutating func place(_ bytes: borrowing Span<UInt8>, _ places: Range<Int>) -> Int {
    let number = index.insert(bytes, places)
    if number * kinds == counts.count {
      for _ in 0..<kinds { counts.append(0) }
    }
    return number
  }

  /// Adds to one of a text's numbers.
  mutating func add(_ count: Int, to number: Int, kind: Int = 0) {
    counts[number * kinds + kind] += count
  }

  /// Counts the cells of some rows; missing ones do not count.
  mutating func count(_ column: CellColumn, rowCount: Int) {
    guard column.isText else {
      var cell = CellText()
      for row in 0..<rowCount {
        guard let place = cell.place(column, row, in: &self) else { continue }
        counts[place * kinds] += 1
      }
      return
    }
    // Once for all rows: a look at the column's texts costs more than counting one.
    let texts = column.texts
    var start = 0
    for row in 0..<rowCount {
      let end = texts.ends[row]
      if end > start { counts[place(texts.bytes.span, start..<end) * kinds] += 1 }
      start = end
    }
  }

  /// Adds other counts.
  mutating func merge(_ other: TextCounts) {
    for number in 0..<other.count {
      let own = place(other.index.texts.bytes.span, other.index.texts.range(number))
      for (kind, count) in other.counts(number).enumerated() { add(count, to: own, kind: kind) }
    }
  }

  /// The texts' numbers in the order of their bytes, which is that of their code points.
  var alphabetical: [Int] {
    let texts = index.texts
    return (0..<count).sorted {
      texts.bytes[texts.range($0)].lexicographicallyPrecedes(texts.bytes[texts.range($1)])
    }
  }

  /// The same, the most frequent first, by one of the numbers.
  func byFrequency(kind: Int = 0) -> [Int] {
    // Sorting is not stable: the place in the alphabet decides between equals.
    let alphabet = alphabetical
    return alphabet.indices.sorted {
      let (a, b) = (counts[alphabet[$0] * kinds + kind], counts[alphabet[$1] * kinds + kind])
      return a != b ? a > b : $0 < $1
    }.map { alphabet[$0] }
  }

  /// How many texts and bytes there are, the lengths, the numbers, and the bytes, 6 in each.
  var values: [Double] {
    let texts = index.texts
    var values = [Double(count), Double(texts.bytes.count)]
    values += (0..<count).map { Double(texts.range($0).count) }
    values += counts.map(Double.init)
    var place = 0
    while place < texts.bytes.count {
      var word: UInt64 = 0
      for byte in texts.bytes[place..<min(place + 6, texts.bytes.count)].reversed() {
        word = word << 8 | UInt64(byte)
      }
      values.append(Double(word))
      place += 6
    }
    return values
  }

  /// Takes in place of all counts those at the beginning of `values`; tells how many of them these were.
  mutating func take(_ values: ArraySlice<Double>) -> Int {
    let first = values.startIndex
    let (count, byteCount) = (Int(values[first]), Int(values[first + 1]))
    let (lengths, numbers) = (first + 2, first + 2 + count)
    let packed = numbers + count * kinds
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for place in stride(from: 0, to: byteCount, by: 6) {
      var word = UInt64(values[packed + place / 6])
      for _ in place..<min(place + 6, byteCount) {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    self = TextCounts(kinds: kinds)
    var start = 0
    for number in 0..<count {
      let end = start + Int(values[lengths + number])
      let own = place(bytes.span, start..<end)
      for kind in 0..<kinds {
        add(Int(values[numbers + number * kinds + kind]), to: own, kind: kind)
      }
      start = end
    }
    return packed + (byteCount + 5) / 6 - first
  }
}
