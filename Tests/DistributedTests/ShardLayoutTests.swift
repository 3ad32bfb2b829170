import Distributed
import Testing

@Suite("Parts of the servers")
struct ShardLayoutTests {
  @Test("every parameter is in one part, and parts differ by one at most", arguments: [1, 2, 3, 7])
  func parts(_ servers: Int) {
    for count in [servers, 10, 101, 270_000] where count >= servers {
      let layout = ShardLayout(parameterCount: count, serverCount: servers)
      let ranges = (0..<servers).map(layout.range)
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == count)
      for (one, next) in zip(ranges, ranges.dropFirst()) {
        #expect(one.upperBound == next.lowerBound)
      }
      let lengths = ranges.map(\.count)
      #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
    }
  }

  @Test("a window has its part, and the count of pushes behind it at a multiple of 8 bytes")
  func window() {
    let layout = ShardLayout(parameterCount: 7, serverCount: 2)
    #expect((0..<2).map(layout.countPlace) == [4, 4])
    #expect((0..<2).map(layout.windowByteCount) == [24, 24])
  }
}
