import Pipeline
import Testing

/// Counts how often each row is visited, whatever the number of workers and wherever an epoch was
/// interrupted.
///
/// The rule is one: each row exactly once.
@Suite("Row visits")
struct EpochPlanTests {
  static let sizes = [0, 1, 2, 3, 4, 5, 17, 128, 1000, 3001]
  static let layouts = [(1, 1), (1, 8), (7, 30), (128, 256), (64, 100_000), (5000, 5000)]

  static func shuffles(dealEpochCount: Int = 0) -> [Shuffle] {
    sizes.flatMap { rows in
      layouts.map {
        Shuffle(
          rowCount: rows, blockRowCount: $0.0, windowRowCount: $0.1, seed: UInt64(rows),
          dealEpochCount: dealEpochCount)
      }
    }
  }

  static func visit(_ plan: EpochPlan, _ visits: inout [Int], upTo limit: Int = .max) {
    var done = 0
    plan.forEachStream { stream, places in
      for place in places where done < limit {
        visits[stream.position(at: place)] += 1
        done += 1
      }
    }
  }

  @Test(
    "a whole epoch visits each row once, however often the rows are dealt anew",
    arguments: [1, 2, 3, 5], [0, 1, 2])
  func whole(workerCount: Int, dealEpochCount: Int) {
    for shuffle in Self.shuffles(dealEpochCount: dealEpochCount) {
      for epoch in 1...3 {
        var visits = [Int](repeating: 0, count: shuffle.rowCount)
        for worker in 0..<workerCount {
          Self.visit(
            EpochPlan(shuffle: shuffle, epoch: epoch, worker: worker, of: workerCount), &visits)
        }
        #expect(visits.allSatisfy { $0 == 1 })
      }
    }
  }

  @Test(
    "an epoch that is interrupted twice and resumed on other numbers of workers too",
    arguments: [1, 2, 3, 5], [1, 2, 3, 5])
  func interrupted(before: Int, after: Int) throws {
    var draws: UInt64 = 0
    for shuffle in Self.shuffles() + Self.shuffles(dealEpochCount: 2) {
      var visits = [Int](repeating: 0, count: shuffle.rowCount)
      var plans = (0..<before).map {
        EpochPlan(shuffle: shuffle, epoch: 3, worker: $0, of: before)
      }
      for workerCount in [after, 2] {
        let rests = plans.map { plan in
          draws += 1
          let draw = Permutation.key(UInt64(before), UInt64(after), draws)
          let done = Int(draw % UInt64(plan.count + 1))
          Self.visit(plan, &visits, upTo: done)
          return plan.rest(after: done)
        }
        let left = try #require(EpochPlan.joined(rests))
        let saved = try #require(EpochPlan(numbers: left.numbers))
        #expect(saved == left)
        plans = (0..<workerCount).map { saved.share(of: $0, among: workerCount) }
        let counts = plans.map(\.count)
        #expect(counts.reduce(0, +) == left.count)
        #expect(left.segments.isEmpty || left.wholeCount == shuffle.rowCount)
      }
      for plan in plans { Self.visit(plan, &visits) }
      #expect(visits.allSatisfy { $0 == 1 }, "\(shuffle) from \(before) to \(after) workers")
    }
  }

  @Test("another number of workers shares what is left evenly")
  func even() {
    let shuffle = Shuffle(rowCount: 1000, blockRowCount: 10, windowRowCount: 100, seed: 1)
    let counts = (0..<3).map {
      EpochPlan.resumed(shuffle: shuffle, epoch: 0, visited: [100, 300], worker: $0, of: 3).count
    }
    #expect(counts == [200, 200, 200])
  }

  @Test("the same number of workers goes on in the order of the uninterrupted epoch")
  func same() {
    let shuffle = Shuffle(rowCount: 1000, blockRowCount: 10, windowRowCount: 100, seed: 1)
    let plan = EpochPlan.resumed(shuffle: shuffle, epoch: 4, visited: [120, 7], worker: 1, of: 2)
    #expect(plan == EpochPlan(shuffle: shuffle, epoch: 4, worker: 1, of: 2).rest(after: 7))
  }

  @Test("a plan as the first version of the checkpoint wrote it is read, and written so again")
  func firstFormat() {
    let shuffle = Shuffle(rowCount: 100, blockRowCount: 10, windowRowCount: 30, seed: 7)
    let plan = EpochPlan(
      shuffle: shuffle, epoch: 3,
      segments: [
        .init(worker: 0, workerCount: 2, places: 5..<50),
        .init(worker: 1, workerCount: 2, places: 0..<50),
      ])
    let numbers = [3, 100, 10, 30, 7, 0, 2, 5, 50, 1, 2, 0, 50]
    #expect(EpochPlan(numbers: numbers) == plan)
    #expect(plan.numbers == numbers)
  }

  @Test(
    "numbers that are no plan are refused",
    arguments: [
      [], [1, 2], [0, 10, 1, 5, 0, 3], [0, -1, 1, 5, 0], [0, 10, 0, 5, 0], [0, 10, 8, 5, 0],
      [0, 10, 1, 5, 0, 2, 2, 0, 5], [0, 10, 1, 5, 0, 0, 1, 0, 11], [0, 10, 1, 5, 0, 0, 0, 0, 1],
      [0, 10, 1, 5, 0, 0, 1, 5, 2], [0, 10, 1, 5, 0, 0, 1, 0, 5, 0, 1, 4, 6],
      [0, 10, 1, 5, 0, 0, 100_000, 0, 1], [0, Int.max, 1, 5, 0],
      [0, 10, 1, 5, 0, 0, 1, 0, 5, 0, 2, 0, 1], [-1, 10, 1, 5, 0],
      [-2, 1, 10, 1, 5, 0], [-2, 1, 10, 1, 5, 0, -1, 0, 0], [-2, 1, 10, 1, 5, 0, 0, 3, 0],
      [-2, 1, 10, 1, 5, 0, 0, -3, 4], [-2, 1, 10, 1, 5, 0, 0, -1, 0],
      [-2, 1, 10, 1, 5, 0, 0, 3, 4, 0, 1, 0, 13],
      [-2, 1, 1 << 48, 1, 5, 0, 0, 1 << 20, 1 << 48], [-2, .min, 10, 1, 5, 0, 1, 0, 0],
    ])
  func damaged(numbers: [Int]) {
    #expect(EpochPlan(numbers: numbers) == nil)
  }

  @Test("the positions of a part of a plan are those that are visited then")
  func positions() throws {
    for (block, window) in Self.layouts {
      let shuffle = Shuffle(rowCount: 128, blockRowCount: block, windowRowCount: window, seed: 5)
      let whole = EpochPlan(shuffle: shuffle, epoch: 2, worker: 0, of: 1)
      let plan = try #require(
        EpochPlan.joined([whole.rest(after: 100), whole.share(of: 0, among: 1)]))
      let all = plan.positions(in: 0..<plan.count)
      #expect(all.count == 156 && Array(all[..<28]) == Array(all[128...]))
      #expect(Set(all[28...]).count == 128)
      #expect(plan.positions(in: 20..<40) == Array(all[20..<40]))
      let stream = shuffle.stream(epoch: 2, worker: 0, of: 1)
      #expect(all[0] == stream.position(at: 100))
    }
  }

  @Test("the positions of a draw are known beyond its first lap")
  func drawnPositions() {
    let shuffle = Shuffle(
      rowCount: 10, blockRowCount: 2, windowRowCount: 10, seed: 5,
      draw: Draw(stepCount: 7, batchRowCount: 3))
    let plan = EpochPlan(shuffle: shuffle, epoch: 1, worker: 0, of: 1)
    let positions = plan.positions(in: 0..<21)
    #expect(positions.count == 21)
    #expect(Set(positions[..<9]).count == 9 && Set(positions[9..<18]).count == 9)
    #expect(plan.positions(in: 12..<15) == Array(positions[12..<15]))
  }

  @Test("without shuffling each worker visits its rows in file order, in every epoch")
  func fileOrder() throws {
    for (block, window) in Self.layouts {
      let shuffle = Shuffle(
        rowCount: 128, blockRowCount: block, windowRowCount: window, seed: 5, isRandom: false)
      for epoch in 1...2 {
        var all: [Int] = []
        for worker in 0..<3 {
          let plan = EpochPlan(shuffle: shuffle, epoch: epoch, worker: worker, of: 3)
          #expect(EpochPlan(numbers: plan.numbers) == plan && !plan.isPlain)
          all += plan.positions(in: 0..<plan.count)
        }
        #expect(all == Array(0..<128), "block \(block), window \(window)")
      }
    }
  }
}
