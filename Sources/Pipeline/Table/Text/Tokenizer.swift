import HDF5

/// Takes texts apart, one after the other, in memory that is used again.
struct Tokenizer {
  /// The text with small letters, and behind it what is made of several tokens.
  private(set) var bytes: [UInt8] = []
  /// Where the tokens of the last text are in `bytes`.
  private(set) var tokens: [Range<Int>] = []
  private let rule: TokenRule
  /// Where the token that is under way begins, and how many characters it has; 0: there is none.
  private var start = 0
  private var length = 0

  /// Prepares to take texts apart.
  init(_ rule: TokenRule) { self.rule = rule }

  /// Takes a text apart; its tokens stand in order, those of several behind the single ones.
  mutating func read(_ texts: TextRows, _ row: Int) {
    bytes.removeAll(keepingCapacity: true)
    tokens.removeAll(keepingCapacity: true)
    length = 0
    var place = texts.range(row).lowerBound
    let last = texts.range(row).upperBound
    while place < last {
      let byte = texts.bytes[place]
      if byte < 0x80 {
        place += 1
        let isCapital = byte >= 0x41 && byte <= 0x5a
        let small = isCapital && rule.lowercases ? byte | 0x20 : byte
        take(belongs(small)) { $0.append(small) }
        continue
      }
      let (scalar, count) = Self.scalar(texts.bytes, place, last)
      place += count
      if rule.lowercases {
        for small in scalar.properties.lowercaseMapping.unicodeScalars {
          take(belongs(small)) { $0.append(contentsOf: Self.bytes(small)) }
        }
      } else {
        take(belongs(scalar)) { $0.append(contentsOf: Self.bytes(scalar)) }
      }
    }
    end()
    joinTokens()
  }

  /// Adds a character, which is part of a token or ends one.
  private mutating func take(_ belongs: Bool, _ add: (inout [UInt8]) -> Void) {
    if !belongs { end() }
    let place = bytes.count
    add(&bytes)
    if rule.unit == .characters {
      tokens.append(place..<bytes.count)
    } else if belongs {
      if length == 0 { start = place }
      length += 1
    }
  }

  /// Ends the token that is under way, if there is one.
  private mutating func end() {
    if length > 0, length >= rule.leastLength { tokens.append(start..<bytes.count) }
    length = 0
  }

  private static func bytes(_ scalar: Unicode.Scalar) -> some Collection<UInt8> {
    UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
  }

  /// Adds what is made of several tokens, with spaces between words.
  private mutating func joinTokens() {
    let single = tokens.count
    for count in max(2, rule.grams.lowerBound)..<max(2, rule.grams.upperBound) + 1
    where rule.grams.contains(count) && count <= single {
      for first in 0...single - count {
        let start = bytes.count
        for index in first..<first + count {
          if index > first, rule.unit != .characters { bytes.append(0x20) }
          for place in tokens[index] { bytes.append(bytes[place]) }
        }
        tokens.append(start..<bytes.count)
      }
    }
    if rule.grams.lowerBound > 1 { tokens.removeFirst(single) }
  }

  /// Whether a character is part of a token, for all but single ones.
  private func belongs(_ byte: UInt8) -> Bool {
    switch rule.unit {
    case .words:
      byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5a || byte >= 0x61 && byte <= 0x7a
        || byte == 0x5f
    case .spaces: byte != 0x20 && !(0x09...0x0d).contains(byte) && !(0x1c...0x1f).contains(byte)
    case .characters: false
    }
  }

  private func belongs(_ scalar: Unicode.Scalar) -> Bool {
    switch rule.unit {
    case .words:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
      default: scalar.properties.numericType != nil || scalar == "_"
      }
    case .spaces: !scalar.properties.isWhitespace
    case .characters: false
    }
  }

  /// The character whose bytes, valid UTF-8, begin at `place`, and how many these are.
  private static func scalar(
    _ bytes: [UInt8], _ place: Int, _ end: Int
  ) -> (Unicode.Scalar, Int) {
    let first = UInt32(bytes[place])
    let count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    guard place + count <= end else { return ("\u{fffd}", end - place) }
    var value = first & (count == 4 ? 0x07 : count == 3 ? 0x0f : 0x1f)
    for next in 1..<count { value = value << 6 | UInt32(bytes[place + next] & 0x3f) }
    return (Unicode.Scalar(value) ?? "\u{fffd}", count)
  }
}
