import Foundation
import Pipeline
import TestSupport
import Testing

/// Splits by class and in time, against scikit-learn's of `Tests/Reference/splits.py`.
@Suite("Splits of rows")
struct SplitTests {
  private struct Reference: Decodable {
    struct Folds: Decodable {
      let folds: Int
      let held: [[Int]]
    }
    struct Fraction: Decodable {
      let fraction: Double
      let held: [Int]
    }
    struct Time: Decodable {
      let rows, folds, gap: Int
      let parts: [[Int]]
    }
    let labels, classes: [Int]
    let folds: [Folds]
    let fractions: [Fraction]
    let times: [Time]

    static func load() throws -> Reference {
      try JSONDecoder().decode(
        Reference.self, from: try Data(contentsOf: fixture("splits.json")))
    }

    var source: MemorySource { SplitTests.source(labels.map { Float($0) }) }

    /// Rows of each class, the smallest first.
    func counts(_ rows: RowSet) -> [Int] {
      var counts = [Int](repeating: 0, count: classes.count)
      for row in rows.runs.joined() {
        for index in classes.indices where classes[index] == labels[row] { counts[index] += 1 }
      }
      return counts
    }
  }

  static func source(_ targets: [Float], chunk: Int? = nil) -> MemorySource {
    MemorySource(
      features: [Float](repeating: 0, count: targets.count), featureShape: [1], targets: targets,
      targetShape: [], chunk: chunk)
  }

  @Test("stratified folds are all rows, each once, with scikit-learn's number of each class")
  func stratifiedFolds() throws {
    let reference = try Reference.load()
    for expected in reference.folds {
      var held = [Int](repeating: 0, count: reference.labels.count)
      for fold in 0..<expected.folds {
        let split = try Holdout(
          stratifiedFold: fold, foldCount: expected.folds, of: reference.source, seed: 4)
        #expect(reference.counts(split.validation) == expected.held[fold])
        for row in split.validation.runs.joined() { held[row] += 1 }
        let both = (split.training.runs + split.validation.runs)
          .sorted { $0.lowerBound < $1.lowerBound }
        #expect(RowSet(runs: both) == RowSet(rowCount: held.count))
        for count in split.classCounts {
          let index = try #require(reference.classes.firstIndex(of: count.label))
          #expect(count.validation == reference.counts(split.validation)[index])
          #expect(count.training == reference.counts(split.training)[index])
        }
        #expect(split.classCounts.count == reference.classes.count)
      }
      #expect(held.allSatisfy { $0 == 1 })
    }
  }

  @Test(
    "a stratified fraction has scikit-learn's number of each class, and the seed draws the rows")
  func stratifiedFraction() throws {
    let reference = try Reference.load()
    for expected in reference.fractions {
      func split(seed: UInt64) throws -> Holdout {
        try Holdout(stratified: expected.fraction, of: reference.source, seed: seed)
      }
      let one = try split(seed: 1)
      #expect(reference.counts(one.validation) == expected.held)
      #expect(one.training.count + one.validation.count == reference.labels.count)
      #expect(try split(seed: 1) == one)
      let other = try split(seed: 2)
      #expect(other.validation != one.validation)
      #expect(other.classCounts == one.classCounts)
    }
  }

  @Test("rows leave a group by chance, each as often, whatever the order of classes in the file")
  func drawn() throws {
    // Sorted by class: whole groups of one class; mixed: single rows.
    for targets in [(0..<200).map { Float($0 / 100) }, (0..<200).map { Float($0 % 2) }] {
      var held = [Int](repeating: 0, count: 200)
      for seed in 0..<400 {
        let split = try Holdout(stratified: 0.25, of: Self.source(targets), seed: UInt64(seed))
        #expect(split.classCounts.map(\.validation) == [25, 25])
        for row in split.validation.runs.joined() { held[row] += 1 }
      }
      // 400 draws of probability 1/4: 100, with a deviation of 8.7; 200 rows stay within 5 of these.
      #expect(held.allSatisfy { abs($0 - 100) < 44 }, "\(held)")
    }
  }

  @Test("a large file is held out in whole groups, but for the rows that the classes ask for")
  func streams() throws {
    let targets = (0..<100_000).map { Float($0 * 7919 / 10 % 13) }
    let source = Self.source(targets, chunk: 50)
    let plain = try Holdout(
      fraction: 0.1, of: 100_000, blockRowCount: source.layout.blockRowCount, seed: 3)
    let split = try Holdout(stratified: 0.1, of: source, seed: 3)
    #expect(split.classCounts.allSatisfy { abs($0.validation - 769) <= 1 })
    let moved = split.validation.runs.count - plain.validation.runs.count
    #expect(moved > 0 && moved < 300, "\(moved)")
    // Behind a row that moved, windows are still made of whole chunks.
    let starts = split.training.blockStarts(fileStarts: [], blockRowCount: 50)
    let stream = RowStream(
      RowSet(rowCount: split.training.count), blockRowCount: 50, windowRowCount: 200,
      fileStarts: starts, key: 1)
    var readCount = 0
    for window in stream.windows {
      let rows = window.runs.flatMap { split.training.rows(at: $0) }
      readCount += Set(rows.flatMap { $0.lowerBound / 50...($0.upperBound - 1) / 50 }).count
    }
    let chunkCount = Set(split.training.runs.joined().map { $0 / 50 }).count
    #expect(readCount - chunkCount <= moved, "\(readCount) reads of \(chunkCount) chunks")
  }

  @Test("targets are classes as whole numbers or as rows of zeros with a one, and nothing else")
  func classes() throws {
    let labels = (0..<60).map { $0 % 3 == 0 ? 2 : 1 }
    let hot = MemorySource(
      features: [Float](repeating: 0, count: 60), featureShape: [1],
      targets: labels.flatMap { label in (0..<3).map { $0 == label ? Float(1) : 0 } },
      targetShape: [3])
    let plain = try Holdout(stratified: 0.5, of: Self.source(labels.map { Float($0) }), seed: 1)
    #expect(try Holdout(stratified: 0.5, of: hot, seed: 1) == plain)
    #expect(plain.classCounts.map(\.label) == [2, 1])
    #expect(plain.classCounts.map(\.validation) == [10, 20])
    for wrong in [Float(0.5), .nan, 0x1p25] {
      let source = Self.source([0, 1, wrong, 1])
      let error = #expect(throws: PipelineError.self) {
        try Holdout(stratified: 0.5, of: source, seed: 1)
      }
      #expect(error?.description.contains("'targets': row 2 is \(wrong)") == true)
    }
    var two = hot
    two.targets[4] = 1
    two.targets[5] = 1
    let error = #expect(throws: PipelineError.self) {
      try Holdout(stratified: 0.5, of: two, seed: 1)
    }
    #expect(error?.description.contains("row 1 is no row of zeros with a one") == true)
    let many = Self.source((0..<70_000).map { Float($0) })
    #expect(throws: PipelineError.self) { try Holdout(stratified: 0.5, of: many, seed: 1) }
    let few = Self.source([0, 0, 0, 1, 1, 1])
    let folds = #expect(throws: PipelineError.self) {
      try Holdout(stratifiedFold: 0, foldCount: 4, of: few, seed: 1)
    }
    #expect(folds?.description.contains("no class has more than 3 rows") == true)
  }

  @Test("folds in time are scikit-learn's")
  func foldsInTime() throws {
    for expected in try Reference.load().times {
      for fold in 0..<expected.folds {
        let split = try Holdout(
          latestFold: fold, foldCount: expected.folds, gap: expected.gap, of: expected.rows,
          blockRowCount: 8)
        let part = expected.parts[fold]
        #expect(split.training.runs == [0..<part[0]])
        #expect(split.validation.runs == [part[1]..<part[2]])
      }
    }
    #expect(throws: PipelineError.self) {
      try Holdout(latestFold: 4, foldCount: 5, gap: 1, of: 6, blockRowCount: 1)
    }
    #expect(throws: PipelineError.self) {
      try Holdout(latestFold: 0, foldCount: 5, gap: 0, of: 5, blockRowCount: 1)
    }
  }

  @Test("a fraction in time is the last rows, behind a gap")
  func fractionInTime() throws {
    for (rows, fraction, gap, training, validation) in [
      (100, 0.2, 0, 0..<80, 80..<100), (100, 0.2, 7, 0..<73, 80..<100),
      (2, 0.1, 0, 0..<1, 1..<2), (10, 0.25, 6, 0..<1, 7..<10),
    ] {
      let split = try Holdout(latest: fraction, gap: gap, of: rows, blockRowCount: 4)
      #expect(split.training.runs == [training])
      #expect(split.validation.runs == [validation])
    }
    let error = #expect(throws: PipelineError.self) {
      try Holdout(latest: 0.25, gap: 7, of: 10, blockRowCount: 4)
    }
    #expect(error?.description.contains("no row to train on is left") == true)
  }
}
