import Configuration
import Foundation
import HDF5
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Classes of a target that several ranks learn, each from its own stretch of the rows.
@Suite("Classes of a target on ranks")
struct ClassStretchTests {
  private static let texts = [
    ["b", "a", "c", "b", "a", "a", "", "c"], ["d", "d", "d", "d"], ["e", "d", "b"],
  ]

  /// Three files whose rows are `texts`.
  private func withFiles(_ body: (DataSource) throws -> Void) throws {
    try withTemporaryFolder { folder in
      for (index, texts) in Self.texts.enumerated() {
        try File.replace(folder.appendingPathComponent("part-\(index).h5").path) { file in
          let root = try file.root()
          try root.createDataset("x", shape: [texts.count, 1], of: Float.self)
            .write([Float](repeating: 1, count: texts.count))
          try root.createDataset("y", strings: texts)
        }
      }
      let path = folder.appendingPathComponent("part-*.h5").path
      try body(DataSource(file: path, features: "x", target: "y"))
    }
  }

  /// What each of several ranks learns.
  private func learn(
    _ source: DataSource, _ order: CategoryOrder, rankCount: Int
  ) throws -> [[String]] {
    let meeting = RankFitTests.Meeting()
    let results = Mutex<[Int: Result<[String], any Error>]>([:])
    for rank in 0..<rankCount {
      Thread.detachNewThread {
        let reducer = RankFitTests.ThreadReducer(meeting, rank: rank, rankCount: rankCount)
        let result = Result {
          try TextClasses(
            learning: source, order: order, part: rank, of: rankCount, reducer: reducer
          ).names
        }
        results.withLock { $0[rank] = result }
      }
    }
    while results.withLock({ $0.count }) < rankCount { Thread.sleep(forTimeInterval: 0.001) }
    return try results.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
  }

  @Test(
    "are numbered as by one process, whichever rank has seen which", arguments: [1, 2, 3, 5, 20])
  func alike(rankCount: Int) throws {
    try withFiles { source in
      let sorted = try learn(source, .alphabetical, rankCount: rankCount)
      #expect(sorted == Array(repeating: ["a", "b", "c", "d", "e"], count: rankCount))
      #expect(try TextClasses(learning: source, order: .alphabetical).names == sorted[0])
      // d 5 times, a and b 3 times, c twice, e once; equals by the alphabet.
      let frequent = try learn(source, .frequency, rankCount: rankCount)
      #expect(frequent == Array(repeating: ["d", "a", "b", "c", "e"], count: rankCount))
    }
  }

  @Test("come from a rank's own stretch of all files' rows alone")
  func stretches() throws {
    try withFiles { source throws in
      func seen(_ part: Int, of count: Int) throws -> [String] {
        try TextClasses(
          learning: source, order: .alphabetical, part: part, of: count, reducer: InProcessReducer()
        ).names
      }
      // 15 rows in three files of 8, 4 and 3.
      #expect(try seen(0, of: 2) == ["a", "b", "c"])
      #expect(try seen(1, of: 2) == ["b", "d", "e"])
      #expect(try seen(2, of: 5) == ["c", "d"])
      #expect(try seen(4, of: 5) == ["b", "d", "e"])
      #expect(throws: PipelineError.self) { try seen(6, of: 15) }
      // Rows that nobody has.
      #expect(throws: PipelineError.self) { try seen(19, of: 20) }
    }
  }
}
