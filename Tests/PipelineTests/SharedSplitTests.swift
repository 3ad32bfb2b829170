import Pipeline
import Synchronization
import Testing

/// Stratified splits whose targets several processes read together.
@Suite("Stratified splits on ranks")
struct SharedSplitTests {
  /// A source that counts what is read of its targets.
  private struct CountedSource: RowSource, Sendable {
    final class Reads: Sendable {
      let counts: Mutex<[Int: Int]> = Mutex([:])
    }
    var memory: MemorySource
    let reads = Reads()
    var layout: RowLayout { memory.layout }
    var featureName: String { memory.featureName }
    var targetName: String { memory.targetName }

    func readFeatures(
      _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
    ) throws(PipelineError) { try memory.readFeatures(rows, into: buffer) }

    func readFeatures(
      _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
    ) throws(PipelineError) { try memory.readFeatures(rows, into: buffer) }

    func readTargets(
      _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
    ) throws(PipelineError) {
      reads.counts.withLock { for row in rows { $0[row, default: 0] += 1 } }
      try memory.readTargets(rows, into: buffer)
    }
  }

  private static func split(
    _ source: any RowSource & Sendable, size: Int, fold: Int? = nil
  ) -> [Result<Holdout, any Error>] {
    ThreadCrew.each(size: size) { crew in
      if let fold {
        return try Holdout(stratifiedFold: fold, foldCount: 3, of: source, seed: 7, with: crew)
      }
      return try Holdout(stratified: 0.2, of: source, seed: 7, with: crew)
    }
  }

  /// Targets whose classes are sorted, mixed, of very different size, many, and more than have 8 bits.
  private static let targets: [[Float]] = [
    (0..<1000).map { Float($0 / 250) }, (0..<1001).map { Float($0 * 7919 % 13) - 5 },
    (0..<500).map { $0 % 97 == 5 ? 3 : 1 }, (0..<6000).map { Float($0 * 31 % 300) },
    (0..<2).map { Float($0) }, (0..<400).map { _ in 4 },
  ]

  @Test("any number of processes holds out the rows that one does", arguments: targets.indices)
  func alike(index: Int) throws {
    for chunk in [nil, 7] {
      let source = SplitTests.source(Self.targets[index], chunk: chunk)
      let alone = try Holdout(stratified: 0.2, of: source, seed: 7)
      for size in [1, 2, 3, 5] {
        let all = Self.split(source, size: size)
        #expect(all.count == size)
        for split in all { #expect(try split.get() == alone, "\(size) processes") }
        guard source.layout.rowCount > 100 else { continue }
        let fold = try Holdout(stratifiedFold: 1, foldCount: 3, of: source, seed: 7)
        for split in Self.split(source, size: size, fold: 1) {
          #expect(try split.get() == fold, "\(size) processes")
        }
      }
    }
  }

  @Test("the rows of a seed stay the rows that they were, as a resumed training needs them")
  func unchanged() throws {
    // What was held out when each process read all targets, found in the weights of units trained on unit vectors.
    let source = SplitTests.source((0..<101).map { $0 % 3 == 0 ? 2 : 1 }, chunk: 4)
    let split = try Holdout(stratified: 0.2, of: source, seed: 7)
    #expect(
      Array(split.validation.runs.joined()) == [
        7, 16, 23, 25, 27, 30, 36, 42, 44, 45, 46, 50, 59, 61, 70, 71, 72, 79, 82, 87,
      ])
    let fold = try Holdout(stratifiedFold: 1, foldCount: 3, of: source, seed: 9)
    #expect(
      Array(fold.validation.runs.joined()) == [
        0, 3, 5, 9, 10, 11, 20, 24, 26, 29, 33, 34, 35, 36, 38, 46, 50, 52, 53, 60, 64, 70, 74, 76,
        78, 79, 80, 85, 89, 90, 93, 95, 97, 99,
      ])
  }

  @Test("the processes read each target once, and nearly as many each")
  func once() throws {
    for size in [1, 2, 3] {
      let sources = (0..<size).map { _ in
        CountedSource(memory: SplitTests.source((0..<999).map { Float($0 % 4) }, chunk: 10))
      }
      let all = ThreadCrew.each(size: size) { crew in
        try Holdout(stratified: 0.2, of: sources[crew.rank], seed: 7, with: crew)
      }
      for split in all { #expect(try split.get().validation.count == 200) }
      var total: [Int: Int] = [:]
      for source in sources {
        let own = source.reads.counts.withLock { $0 }
        // Whole chunks of 10 rows.
        #expect(abs(own.count - 999 / size) <= 20, "\(own.count) of \(size)")
        total.merge(own) { $0 + $1 }
      }
      #expect(total.count == 999 && total.values.allSatisfy { $0 == 1 })
    }
  }

  @Test("targets that are no classes, on whichever process, are the same error on all")
  func failures() throws {
    for row in [2, 500, 998] {
      var targets = (0..<999).map { Float($0 % 4) }
      targets[row] = 0.25
      let source = SplitTests.source(targets, chunk: 10)
      for size in [1, 3] {
        let all = Self.split(source, size: size)
        #expect(all.count == size)
        for split in all {
          let error = #expect(throws: PipelineError.self) { try split.get() }
          #expect(error?.description.contains("row \(row) is 0.25") == true)
          #expect(error?.exitCode == 65)
        }
      }
    }
    // More classes than there may be, of which no process has seen too many.
    let many = SplitTests.source((0..<70_000).map { Float($0) })
    let all = Self.split(many, size: 2)
    #expect(all.count == 2)
    for split in all {
      let error = #expect(throws: PipelineError.self) { try split.get() }
      #expect(error?.description.contains("more than 65536 different numbers") == true)
    }
  }

  @Test("processes with other rows end with an error, and do not wait for each other")
  func others() throws {
    let all = ThreadCrew.each(size: 3) { crew in
      let targets = [Float](repeating: 1, count: crew.rank == 2 ? 90 : 100)
      return try Holdout(stratified: 0.2, of: SplitTests.source(targets), seed: 7, with: crew)
    }
    #expect(all.count == 3)
    for split in all {
      let error = #expect(throws: PipelineError.self) { try split.get() }
      let words = "rank 0 finds 100 rows, rank 2 90"
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }
}
