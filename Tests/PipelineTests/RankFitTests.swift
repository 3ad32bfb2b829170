import Foundation
import Pipeline
import Synchronization
import Testing

/// Whole pipelines fitted by several ranks, each of which sees its own rows.
@Suite("Fitting on ranks")
struct RankFitTests {
  /// Numbers that ranks have brought, by round and rank.
  final class Meeting: Sendable {
    private let rounds = Mutex<[Int: [Int: [Double]]]>([:])

    /// Leaves a rank's numbers, and gives those of all ranks when they are there, in rank order.
    func exchange(
      _ values: [Double], round: Int, rank: Int, rankCount: Int
    ) throws -> [[Double]] {
      rounds.withLock { $0[round, default: [:]][rank] = values }
      let deadline = Date().addingTimeInterval(60)
      while Date() < deadline {
        let all = rounds.withLock { $0[round] ?? [:] }
        if all.count == rankCount { return (0..<rankCount).compactMap { all[$0] } }
        Thread.sleep(forTimeInterval: 0.001)
      }
      throw PipelineError("a rank did not come")
    }
  }

  /// A rank of several in one process.
  final class ThreadReducer: Reducer {
    let meeting: Meeting
    let rank, rankCount: Int
    private(set) var roundCount = 0

    init(_ meeting: Meeting, rank: Int, rankCount: Int) {
      (self.meeting, self.rank, self.rankCount) = (meeting, rank, rankCount)
    }

    func merge<S: MergeableFindings>(_ statistics: S) throws -> S {
      let all = try meeting.exchange(
        statistics.values, round: roundCount, rank: rank, rankCount: rankCount)
      roundCount += 1
      var merged = statistics
      merged.values = all[0]
      for values in all.dropFirst() {
        var part = statistics
        part.values = values
        merged.merge(part)
      }
      return merged
    }
  }

  /// What each rank fitted, and in how many rounds.
  static func fit(
    _ configuration: PipelineConfiguration, to source: MemorySource, rankCount: Int
  ) throws -> [(pipeline: FittedPipeline, roundCount: Int)] {
    let meeting = Meeting()
    let results = Mutex<[Int: Result<(FittedPipeline, Int), any Error>]>([:])
    for rank in 0..<rankCount {
      Thread.detachNewThread {
        let result = Result {
          let count = source.layout.rowCount
          let rows = rank * count / rankCount..<(rank + 1) * count / rankCount
          let reducer = ThreadReducer(meeting, rank: rank, rankCount: rankCount)
          let pipeline = try configuration.fitted(
            to: source, rows: RowSet(runs: [rows]), reducer: reducer)
          return (pipeline, reducer.roundCount)
        }
        results.withLock { $0[rank] = result }
      }
    }
    while results.withLock({ $0.count }) < rankCount { Thread.sleep(forTimeInterval: 0.001) }
    return try results.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
  }

  @Test(
    "1, 2, 3 and 5 ranks fit the same pipeline to 1e-6",
    arguments: [
      [Impute(.median(sketch: 4096), flags: true), Power(), Robust()],
      [Standardize(), Polynomial(), PCA(.count(6), whitens: true)],
      [Impute(.mostFrequent), MinMax(), QuantileBins(count: 4), MaxAbs(), Power(.yeoJohnson)],
      [Impute(), Clip(low: -1), Standardize(), PCA(.varianceShare(0.9))],
    ] as [[any Estimator]])
  func ranks(stages: [any Estimator]) throws {
    let fills = stages.contains { $0 is Impute }
    let (rows, width) = try (fills ? StageRows.missing : .skewed).load()
    let source = MemorySource(features: rows, featureShape: [width])
    let configuration = PipelineConfiguration(features: stages)
    let alone = try configuration.fitted(to: source)
    let expected = try transformed(alone.features, rows, 97)
    for rankCount in [1, 2, 3, 5] {
      let all = try Self.fit(configuration, to: source, rankCount: rankCount)
      #expect(all.count == rankCount)
      for (pipeline, _) in all {
        #expect(pipeline.features.outputShape == alone.features.outputShape)
        #expect(close(try transformed(pipeline.features, rows, 97), expected, 2e-6))
      }
      // Every rank has the same numbers to the bit.
      let first = try transformed(all[0].pipeline.features, rows, 97)
      for (pipeline, _) in all.dropFirst() {
        #expect(try transformed(pipeline.features, rows, 97) == first)
      }
    }
  }

  @Test("a pipeline takes one pass for each stage that learns, and power one for each step")
  func passes() throws {
    let (rows, width) = try StageRows.skewed.load()
    let source = MemorySource(features: rows, featureShape: [width])
    func passes(_ stages: [any Estimator]) throws -> Int {
      try Self.fit(PipelineConfiguration(features: stages), to: source, rankCount: 1)[0].roundCount
    }
    #expect(try passes([Scale(factor: 2), Clip(low: 0), Polynomial()]) == 0)
    #expect(try passes([MinMax(), Scale(factor: 2), Robust(), QuantileBins()]) == 3)
    let steps = try passes([Power()])
    #expect((3...15).contains(steps), "\(steps) passes")
    let (numbers, _) = try StageRows.numbers.load()
    let hard = MemorySource(features: numbers, featureShape: [6])
    let most = try Self.fit(PipelineConfiguration(features: [Power()]), to: hard, rankCount: 1)
    #expect(most[0].roundCount <= 20, "\(most[0].roundCount) passes")
  }

  @Test("rows that become long are learnt from in pieces")
  func pieces() throws {
    // 40,000 rows of 16 are some blocks; as 152 products each they are ten times as much.
    var rows: [Float] = []
    for index in 0..<40_000 * 16 { rows.append(Float(index * 7919 % 1009) / 1009) }
    let source = MemorySource(features: rows, featureShape: [16])
    let pipeline = try PipelineConfiguration(features: [Polynomial(), Standardize()])
      .fitted(to: source)
    let stage = try #require(pipeline.features.stages.last as? Standardization)
    #expect(stage.rowCount == 40_000)
    var mean = 0.0
    for row in 0..<40_000 { mean += Double(rows[row * 16] * rows[row * 16 + 1]) }
    // Product 17 is that of columns 0 and 1.
    #expect(abs(stage.mean[17] - mean / 40_000) < 1e-9)
  }
}
