/// What a line of a LIBSVM or SVMlight file says: `label [qid:n] index:value ... [# comment]`.
///
/// Source: C.-C. Chang and C.-J. Lin, "LIBSVM: A Library for Support Vector Machines", README;
/// T. Joachims, SVMlight, "How to use".
struct LIBSVMRow {
  /// What the line is.
  enum Kind: Equatable {
    /// Blank, or a comment only.
    case blank
    /// A row.
    case row
    /// Neither, for this reason.
    case bad(String)
  }

  /// The number before the pairs.
  private(set) var label = 0.0
  private(set) var hasQuery = false
  /// Indices and values, indices ascending.
  private(set) var pairs: [(index: Int, value: Float)] = []

  /// The digits of an index.
  private static let largestDigitCount = 9
  private static let colon = UInt8(ascii: ":")

  /// Reads `line`; after a bad one the row is of no use.
  mutating func read(_ line: UnsafeBufferPointer<UInt8>) -> Kind {
    pairs.removeAll(keepingCapacity: true)
    hasQuery = false
    var lastIndex = -1
    var position = 0
    guard let first = Self.token(line, &position) else { return .blank }
    guard let number = Decimal(first) else {
      return .bad("'\(Self.text(first))' is no number, as the label must be")
    }
    label = number.value
    while let token = Self.token(line, &position) {
      guard let colon = token.firstIndex(of: Self.colon) else {
        return .bad("'\(Self.text(token))' is no pair of index and value")
      }
      if pairs.isEmpty, !hasQuery, colon == 3, token[0] == UInt8(ascii: "q"),
        token[1] == UInt8(ascii: "i"), token[2] == UInt8(ascii: "d")
      {
        hasQuery = true
        continue
      }
      guard let index = Self.index(token, colon) else {
        return .bad(
          "'\(Self.text(token))' has no index of up to \(Self.largestDigitCount) digits before"
            + " the colon")
      }
      guard index > lastIndex else {
        return .bad("the index \(index) stands behind \(lastIndex): indices must ascend")
      }
      let rest = UnsafeBufferPointer(rebasing: token[(colon + 1)...])
      guard let value = Decimal(rest).map({ Float($0.value) }), value.isFinite else {
        return .bad("'\(Self.text(token))' has no finite number behind the colon")
      }
      pairs.append((index, value))
      lastIndex = index
    }
    return .row
  }

  /// Whether the beginning of a file is of this format.
  static func matches(_ sample: [UInt8], isWhole: Bool) -> Bool {
    var lines = TextLines(sample: isWhole ? sample : withoutLastLine(sample), of: "")
    var row = LIBSVMRow()
    var pairCount = 0
    var rowCount = 0
    while rowCount < 20, (try? lines.next()) == true {
      switch row.read(lines.line) {
      case .blank: continue
      case .bad: return false
      case .row:
        rowCount += 1
        pairCount += row.pairs.count
      }
    }
    return pairCount > 0
  }

  /// A line that the sample cuts may look like anything.
  private static func withoutLastLine(_ sample: [UInt8]) -> [UInt8] {
    guard let end = sample.lastIndex(of: 10) else { return [] }
    return Array(sample[...end])
  }

  /// The next word of a line; nil where a comment begins, and at the end.
  private static func token(
    _ line: UnsafeBufferPointer<UInt8>, _ position: inout Int
  ) -> UnsafeBufferPointer<UInt8>? {
    while position < line.count, line[position] == 32 || line[position] == 9 { position += 1 }
    let start = position
    while position < line.count, line[position] != 32, line[position] != 9,
      line[position] != UInt8(ascii: "#")
    {
      position += 1
    }
    guard position > start else { return nil }
    return UnsafeBufferPointer(rebasing: line[start..<position])
  }

  private static func index(_ token: UnsafeBufferPointer<UInt8>, _ count: Int) -> Int? {
    guard count > 0, count <= largestDigitCount else { return nil }
    var index = 0
    for place in 0..<count {
      let digit = token[place] &- 48
      guard digit < 10 else { return nil }
      index = 10 * index + Int(digit)
    }
    return index
  }

  private static func text(_ token: UnsafeBufferPointer<UInt8>) -> String {
    String(decoding: token.prefix(200), as: UTF8.self).excerpt
  }
}
