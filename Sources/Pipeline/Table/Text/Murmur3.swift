/// The hash MurmurHash3 for 32 bits.
///
/// - Source: Austin Appleby, MurmurHash3_x86_32 (public domain), with scikit-learn's seed 0.
enum Murmur3 {
  /// The hash of the bytes at `places` of `bytes`.
  static func hash(_ bytes: borrowing Span<UInt8>, _ places: Range<Int>) -> UInt32 {
    let (first, second): (UInt32, UInt32) = (0xcc9e_2d51, 0x1b87_3593)
    func scrambled(_ word: UInt32) -> UInt32 {
      let product = word &* first
      return (product << 15 | product >> 17) &* second
    }
    var hash: UInt32 = 0
    var place = places.lowerBound
    while place + 4 <= places.upperBound {
      let word =
        UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
        | UInt32(bytes[place + 3]) << 24
      hash ^= scrambled(word)
      hash = (hash << 13 | hash >> 19) &* 5 &+ 0xe654_6b64
      place += 4
    }
    if place < places.upperBound {
      var word: UInt32 = 0
      var shift: UInt32 = 0
      while place < places.upperBound {
        word |= UInt32(bytes[place]) << shift
        shift += 8
        place += 1
      }
      hash ^= scrambled(word)
    }
    hash ^= UInt32(truncatingIfNeeded: places.count)
    hash ^= hash >> 16
    hash = hash &* 0x85eb_ca6b
    hash ^= hash >> 13
    hash = hash &* 0xc2b2_ae35
    return hash ^ hash >> 16
  }
}
