import Pipeline
import Testing

/// Quantiles and frequencies of columns that are too long to be kept.
@Suite("Sketches")
struct SketchTests {
  /// A sequence without repetitions in an order that no sketch expects.
  static func scrambled(_ count: Int) -> [Float] {
    (0..<count).map { Float($0 * 7919 % count) }
  }

  static func orders(_ count: Int) -> [(name: String, values: [Float])] {
    let ascending = (0..<count).map { Float($0) }
    return [
      ("ascending", ascending), ("descending", ascending.reversed()),
      ("scrambled", scrambled(count)),
      // First the middle, then the ends: what was kept must be thinned in the right places.
      ("outwards", ascending.sorted { abs($0 - Float(count / 2)) < abs($1 - Float(count / 2)) }),
    ]
  }

  static func sketch(_ parts: [[Float]], parameter: Int) -> QuantileSketch {
    var merged = QuantileSketch(width: 1, parameter: parameter)
    for part in parts {
      var own = QuantileSketch(width: 1, parameter: parameter)
      // In pieces, as blocks of a file come.
      for start in stride(from: 0, to: part.count, by: 1000) {
        let piece = Array(part[start..<min(start + 1000, part.count)])
        own.add(piece, rowCount: piece.count)
      }
      var received = QuantileSketch(width: 1, parameter: parameter)
      received.values = own.values
      merged.merge(received)
    }
    return merged
  }

  static func dealt(_ values: [Float], over rankCount: Int) -> [[Float]] {
    let length = (values.count + rankCount - 1) / rankCount
    return stride(from: 0, to: values.count, by: length).map {
      Array(values[$0..<min($0 + length, values.count)])
    }
  }

  @Test("up to k numbers quantiles are exact on any number of ranks", arguments: [1, 2, 3, 5])
  func exact(rankCount: Int) throws {
    let values = Self.scrambled(1001)
    let sketch = Self.sketch(Self.dealt(values, over: rankCount), parameter: 1001)
    #expect(
      sketch.quantiles([0, 0.1, 0.25, 0.5, 0.9995, 1], column: 0)
        == [0, 100, 250, 500, 999.5, 1000])
  }

  @Test(
    "of more numbers quantiles are within the stated error, in every order and on any number of ranks",
    arguments: [1, 2, 3, 5])
  func error(rankCount: Int) throws {
    let count = 100_003
    let shares = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1]
    for parameter in [200, 1000] {
      for (name, values) in Self.orders(count) {
        let sketch = Self.sketch(Self.dealt(values, over: rankCount), parameter: parameter)
        let found = try #require(sketch.quantiles(shares, column: 0))
        // A number is its own rank here.
        for (share, value) in zip(shares, found) {
          let error = abs(value / Double(count - 1) - share)
          #expect(
            error <= QuantileSketch.error(parameter: parameter),
            "k = \(parameter), \(name), \(share): \(error)")
        }
        #expect(found.first == 0 && found.last == Double(count - 1))
        // Bounded: 3 k numbers and a few at each level.
        #expect(sketch.values.count < 3 * parameter + 300)
      }
    }
  }

  @Test("the same rows make the same sketch, and missing values do not count")
  func deterministic() throws {
    let values = Self.scrambled(20_011)
    let once = Self.sketch([values], parameter: 100)
    #expect(once.values == Self.sketch([values], parameter: 100).values)
    var gaps: [Float] = []
    for value in values { gaps += [value, .nan] }
    #expect(once.values == Self.sketch([gaps], parameter: 100).values)
    #expect(QuantileSketch(width: 1).quantiles([0.5], column: 0) == nil)
    #expect(Self.sketch([[.nan, .nan]], parameter: 100).quantiles([0.5], column: 0) == nil)
  }

  @Test("the usual parameter's error is the one that is documented")
  func usual() {
    #expect(abs(QuantileSketch.error(parameter: QuantileSketch.usualParameter) - 0.0007) < 1e-5)
  }

  static func counts(_ parts: [[Float]]) -> FrequencyCounts {
    var merged = FrequencyCounts(width: 1)
    for part in parts {
      var own = FrequencyCounts(width: 1)
      own.add(part, rowCount: part.count)
      var received = FrequencyCounts(width: 1)
      received.values = own.values
      merged.merge(received)
    }
    return merged
  }

  @Test("the most frequent number is exact while different ones are few", arguments: [1, 2, 3, 5])
  func frequent(rankCount: Int) {
    var values = (0..<8000).map { Float($0) } + [17, 17, 4, 4, .nan, .nan, .nan]
    values.shuffle()
    let counts = Self.counts(Self.dealt(values, over: rankCount))
    #expect(counts.mostFrequent(column: 0) == 4)
    #expect(FrequencyCounts(width: 1).mostFrequent(column: 0) == nil)
  }

  @Test("of very many numbers a frequent one is found in bounded memory", arguments: [1, 2, 3, 5])
  func heavy(rankCount: Int) {
    // 100,000 different numbers, and one of them 200 times: far more than a 4097th of all.
    var values = Self.scrambled(100_000)
    for index in 0..<200 { values.insert(777, at: index * 500) }
    let counts = Self.counts(Self.dealt(values, over: rankCount))
    #expect(counts.mostFrequent(column: 0) == 777)
    #expect(counts.values.count <= 1 + 2 * 8192)
  }
}
