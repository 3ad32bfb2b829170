import HDF5

/// The order in which categories are numbered.
public enum CategoryOrder: Sendable, Equatable {
  /// The most frequent first, of equally frequent ones by the alphabet; as Spark's `frequencyDesc`.
  case frequency
  /// By their texts' code points; numbers by size.
  case alphabetical
  /// As given.
  case given([String])

  /// The texts of `counts` in this order.
  func categories(_ counts: TextCounts, areNumbers: Bool) -> TextIndex {
    let order: [Int]
    switch self {
    case .given(let texts): return TextIndex(texts)
    case .frequency: order = counts.byFrequency()
    case .alphabetical:
      let texts = counts.index.texts
      order =
        areNumbers
        ? counts.alphabetical.sorted { (Float(texts.text($0)) ?? 0) < (Float(texts.text($1)) ?? 0) }
        : counts.alphabetical
    }
    var index = TextIndex()
    let texts = counts.index.texts
    for number in order { _ = index.insert(texts.bytes.span, texts.range(number)) }
    return index
  }
}
