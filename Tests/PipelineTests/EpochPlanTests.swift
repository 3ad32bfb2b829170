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

  static func shuffles() -> [Shuffle] {
    sizes.flatMap { rows in
      layouts.map {
        Shuffle(rowCount: rows, blockRowCount: $0.0, windowRowCount: $0.1, seed: UInt64(rows))
      }
    }
  }

  static func visit(_ plan: EpochPlan, _ visits: inout [Int], upTo limit: Int = .max) {
    var done = 0
    for segment in plan.segments {
      let stream = plan.shuffle.stream(
        epoch: plan.epoch, worker: segment.worker, of: segment.workerCount)
      for place in segment.places where done < limit {
        visits[stream.position(at: place)] += 1
        done += 1
      }
    }
  }

  @Test("a whole epoch visits each row once", arguments: [1, 2, 3, 5])
  func whole(workerCount: Int) {
    for shuffle in Self.shuffles() {
      for epoch in 0..<2 {
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
    for shuffle in Self.shuffles() {
      var visits = [Int](repeating: 0, count: shuffle.rowCount)
      var plans = (0..<before).map {
        EpochPlan(shuffle: shuffle, epoch: 1, worker: $0, of: before)
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

  @Test(
    "numbers that are no plan are refused",
    arguments: [
      [], [1, 2], [0, 10, 1, 5, 0, 3], [0, -1, 1, 5, 0], [0, 10, 0, 5, 0], [0, 10, 8, 5, 0],
      [0, 10, 1, 5, 0, 2, 2, 0, 5], [0, 10, 1, 5, 0, 0, 1, 0, 11], [0, 10, 1, 5, 0, 0, 0, 0, 1],
      [0, 10, 1, 5, 0, 0, 1, 5, 2], [0, 10, 1, 5, 0, 0, 1, 0, 5, 0, 1, 4, 6],
      [0, 10, 1, 5, 0, 0, 100_000, 0, 1], [0, Int.max, 1, 5, 0],
      [0, 10, 1, 5, 0, 0, 1, 0, 5, 0, 2, 0, 1],
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
}
