import Pipeline
import Testing

@Suite("Order of rows")
struct RowStreamTests {
  @Test("a permutation has every place once", arguments: [0, 1, 2, 3, 4, 5, 8, 9, 100, 1023, 4097])
  func permutation(count: Int) {
    let order = Permutation(count: count, key: 42)
    #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
  }

  @Test("a permutation is even: each value comes to each place equally often")
  func even() {
    let count = 10
    let trials = 20_000
    var hits = [Int](repeating: 0, count: count * count)
    for trial in 0..<trials {
      let order = Permutation(count: count, key: Permutation.key(7, UInt64(trial)))
      for place in 0..<count { hits[place * count + order[place]] += 1 }
    }
    // Chi square of 100 cells with 81 degrees of freedom: mean 81, deviation 12.7; 5 deviations.
    let expected = Double(trials) / Double(count)
    let chi = hits.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(chi < 81 + 5 * 12.7)
  }

  @Test("a stream visits every position of its slice once")
  func visits() {
    for slice in [0..<0, 5..<6, 3..<1000, 128..<1024, 100..<5000] {
      for (block, window) in [(1, 1), (7, 50), (100, 100), (64, 640), (10, 100_000)] {
        let stream = RowStream(slice, blockRowCount: block, windowRowCount: window, key: 3)
        #expect(stream.count == slice.count)
        #expect((0..<stream.count).map { stream.position(at: $0) }.sorted() == Array(slice))
        let limit = stream.windows.count == 1 ? 2 * window : window
        #expect(stream.windows.allSatisfy { $0.count <= limit && $0.count > 0 })
      }
    }
  }

  @Test("windows read whole blocks")
  func blocks() {
    let stream = RowStream(128..<10_240, blockRowCount: 128, windowRowCount: 1000, key: 1)
    #expect(stream.windows.count > 10)
    for run in stream.windows.flatMap(\.runs) {
      #expect(run.lowerBound % 128 == 0 && run.upperBound % 128 == 0)
    }
  }

  @Test("the order depends on the seed, the epoch and the worker, and on nothing else")
  func pure() {
    let shuffle = Shuffle(rowCount: 5000, blockRowCount: 50, windowRowCount: 500, seed: 1)
    let other = Shuffle(rowCount: 5000, blockRowCount: 50, windowRowCount: 500, seed: 2)
    let stream = shuffle.stream(epoch: 3, worker: 1, of: 2)
    #expect(stream == shuffle.stream(epoch: 3, worker: 1, of: 2))
    #expect(stream != shuffle.stream(epoch: 4, worker: 1, of: 2))
    #expect(stream != other.stream(epoch: 3, worker: 1, of: 2))
  }

  @Test("a shuffled slice is far from file order")
  func mixes() {
    let stream = RowStream(0..<10_000, blockRowCount: 100, windowRowCount: 2000, key: 9)
    let positions = (0..<stream.count).map { stream.position(at: $0) }
    // The mean distance of two random places is a third of the length; in file order it is 1.
    let jumps = zip(positions, positions.dropFirst()).map { abs($0 - $1) }.reduce(0, +)
    #expect(Double(jumps) / 9999 > 2000)
  }

  @Test("a row set gives the file's rows behind positions")
  func rowSet() {
    let set = RowSet(runs: [2..<5, 5..<7, 10..<10, 20..<22])
    #expect(set.runs == [2..<7, 20..<22])
    #expect(set.count == 7)
    #expect((0..<7).map { set.row(at: $0) } == [2, 3, 4, 5, 6, 20, 21])
    #expect(set.rows(at: 1..<7) == [3..<7, 20..<22])
    #expect(set.rows(at: 5..<6) == [20..<21])
    #expect(set.rows(at: 3..<3).isEmpty)
  }

  @Test("a holdout is the share that was asked for, of whole chunks, spread over the file")
  func holdout() throws {
    for rowCount in [2, 3, 10, 999, 60_000, 1_000_001] {
      for block in [1, 32, 1000] {
        let split = try Holdout(fraction: 0.1, of: rowCount, blockRowCount: block, seed: 5)
        #expect(split.training.count + split.validation.count == rowCount)
        let all = (split.training.runs + split.validation.runs)
          .sorted { $0.lowerBound < $1.lowerBound }
        #expect(RowSet(runs: all) == RowSet(rowCount: rowCount))
        #expect(split.validation.count >= 1 && split.training.count >= 1)
        if rowCount >= 999 {
          #expect(abs(Double(split.validation.count) / Double(rowCount) - 0.1) < 0.005)
          #expect(split.validation.runs.count > 50)
        }
        // Positions of both parts keep the grid: a block of positions lies in one block of rows.
        for run in split.training.runs { #expect(run.lowerBound % split.blockRowCount == 0) }
      }
    }
    let a = try Holdout(fraction: 0.2, of: 1000, blockRowCount: 1, seed: 1)
    #expect(a == (try Holdout(fraction: 0.2, of: 1000, blockRowCount: 1, seed: 1)))
    #expect(a != (try Holdout(fraction: 0.2, of: 1000, blockRowCount: 1, seed: 2)))
    #expect(throws: PipelineError.self) {
      try Holdout(fraction: 0.2, of: 1, blockRowCount: 1, seed: 1)
    }
  }

  @Test("the folds of one seed are all rows, each once, of nearly the same size")
  func folds() throws {
    for (rowCount, foldCount) in [(2, 2), (7, 3), (10, 10), (999, 5), (60_000, 7), (5000, 2500)] {
      for block in [1, 32] {
        let splits = try (0..<foldCount).map {
          try Holdout(
            fold: $0, foldCount: foldCount, of: rowCount, blockRowCount: block, seed: 3)
        }
        var held = [Int](repeating: 0, count: rowCount)
        for split in splits {
          for row in split.validation.runs.joined() { held[row] += 1 }
          #expect(split.training.count + split.validation.count == rowCount)
          #expect(
            Set(split.training.runs.joined()).isDisjoint(with: split.validation.runs.joined()))
          let share = Double(split.validation.count) * Double(foldCount) / Double(rowCount)
          #expect(rowCount < 999 || foldCount > 100 || abs(share - 1) < 0.05, "\(share)")
        }
        #expect(held.allSatisfy { $0 == 1 })
      }
    }
    func fold(seed: UInt64) throws -> Holdout {
      try Holdout(fold: 1, foldCount: 4, of: 1000, blockRowCount: 1, seed: seed)
    }
    #expect(try fold(seed: 1) == fold(seed: 1))
    #expect(try fold(seed: 1) != fold(seed: 2))
    #expect(throws: PipelineError.self) {
      try Holdout(fold: 0, foldCount: 5, of: 4, blockRowCount: 1, seed: 1)
    }
  }
}
