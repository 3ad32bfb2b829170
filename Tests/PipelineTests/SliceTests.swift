import Pipeline
import Testing

@Suite("Dealing of rows")
struct SliceTests {
  static let workerCounts = [1, 2, 3, 5, 16]

  @Test("every row goes to exactly one worker", arguments: workerCounts)
  func complete(workerCount: Int) {
    for rowCount in [0, 1, 2, 3, 4, 5, 7, 16, 97, 1000, 60_000] {
      for blockRowCount in [1, 2, 7, 100, 128, 4096, 100_000] {
        let slices = Slice.deal(
          rowCount: rowCount, blockRowCount: blockRowCount, workerCount: workerCount)
        #expect(slices.count == workerCount)
        var next = 0
        for slice in slices {
          #expect(slice.positions.lowerBound == next)
          next = slice.positions.upperBound
        }
        #expect(next == rowCount)
        let counts = slices.map(\.count)
        let spread = (counts.max() ?? 0) - (counts.min() ?? 0)
        #expect(
          Double(spread) <= max(1, 0.05 * Double(rowCount) / Double(workerCount)),
          "\(rowCount) rows in blocks of \(blockRowCount): \(counts)")
      }
    }
  }

  @Test("slices are cut between chunks when there are many")
  func aligned() {
    for slice in Slice.deal(rowCount: 60_000, blockRowCount: 100, workerCount: 5) {
      #expect(slice.positions.lowerBound % 100 == 0)
    }
  }

  @Test("one chunk is split rather than given to one worker")
  func splits() {
    let slices = Slice.deal(rowCount: 1000, blockRowCount: 1000, workerCount: 3)
    #expect(slices.map(\.count) == [333, 333, 334])
  }

  @Test("fewer rows than workers leave slices empty")
  func few() {
    let slices = Slice.deal(rowCount: 2, blockRowCount: 8, workerCount: 5)
    #expect(slices.map(\.count).reduce(0, +) == 2)
    #expect(slices.allSatisfy { $0.count <= 1 })
  }
}
