import Distributed
import Testing

@Suite("Staleness")
struct StalenessTests {
  private func staleness(_ counts: StalenessCounts) throws -> Staleness {
    try #require(Staleness(counts: counts.counts, sum: counts.sum, largest: counts.largest))
  }

  @Test("the updates by others since the reading are counted, a worker's own are not")
  func own() {
    let counts = StalenessCounts()
    counts.read(after: 10)
    #expect(counts.wrote(as: 11) == 0)
    // The same reading: its own update lies between, and then two by others.
    #expect(counts.wrote(as: 12) == 0)
    #expect(counts.wrote(as: 15) == 2)
    counts.read(after: 20)
    #expect(counts.wrote(as: 24) == 3)
    #expect(counts.sum == 5 && counts.largest == 3)
    #expect(counts.counts.reduce(0, +) == 4)
  }

  @Test(
    "63 and less have bins of their own, more are doubled bins",
    arguments: [
      (0, 0), (1, 1), (63, 63), (64, 64), (127, 64), (128, 65), (255, 65), (256, 66),
      (1 << 40, 95), (1 << 60, 95),
    ])
  func bins(value: Int, bin: Int) {
    let counts = StalenessCounts()
    counts.read(after: 0)
    counts.wrote(as: value + 1)
    #expect(counts.counts.firstIndex(of: 1) == bin)
    #expect(counts.counts.reduce(0, +) == 1)
    #expect(counts.largest == value)
  }

  @Test("mean, quantiles and the last bin")
  func figures() throws {
    let counts = StalenessCounts()
    // 90 of 0, 6 of 2, 4 of 100.
    for (value, times) in [(0, 90), (2, 6), (100, 4)] {
      for _ in 0..<times {
        counts.read(after: 0)
        counts.wrote(as: value + 1)
      }
    }
    let staleness = try staleness(counts)
    #expect(staleness.updateCount == 100)
    #expect(abs(staleness.mean - 4.12) < 1e-12)
    #expect(staleness.quantile(0) == 0 && staleness.quantile(0.9) == 0)
    #expect(staleness.quantile(0.91) == 2 && staleness.quantile(0.96) == 2)
    // Within 64 to 127, and none was above 100.
    #expect(staleness.quantile(0.97) == 100 && staleness.quantile(1) == 100)
    #expect(staleness.largest == 100)
    #expect(staleness.counts.count == 65 && staleness.counts.last == 4)
  }

  @Test("a histogram has a bar for 0, 1, 2 and 3 each, and then for doubled ranges")
  func bars() {
    var counts = [Int](repeating: 1, count: 66)
    counts[2] = 0
    let bars = StalenessBar.all(counts)
    #expect(
      bars.map(\.label) == [
        "0", "1", "2", "3", "4-7", "8-15", "16-31", "32-63", "64-127", "128-255",
      ])
    #expect(bars.map(\.count) == [1, 1, 0, 1, 4, 8, 16, 32, 1, 1])
    #expect(StalenessBar.all([]).isEmpty)
    // What a damaged file may have.
    #expect(StalenessBar.all([Int](repeating: 1, count: 1000)).map(\.count).reduce(0, +) == 96)
  }

  @Test("without an update there is nothing to tell")
  func none() {
    let counts = StalenessCounts()
    #expect(Staleness(counts: counts.counts, sum: 0, largest: 0) == nil)
  }
}
