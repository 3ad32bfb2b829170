import Pipeline
import Testing

@Suite("Drawing of batches")
struct DrawTests {
  static func shuffle(
    _ rowCount: Int, window: Int = 1000, steps: Int, batch: Int, dealEpochCount: Int = 0
  ) -> Shuffle {
    Shuffle(
      rowCount: rowCount, blockRowCount: 10, windowRowCount: window, seed: 2,
      dealEpochCount: dealEpochCount, draw: Draw(stepCount: steps, batchRowCount: batch))
  }

  static func rows(_ plan: EpochPlan, upTo limit: Int = .max) -> [Int] {
    var rows: [Int] = []
    plan.forEachStream { stream, places in
      for place in places where rows.count < limit { rows.append(stream.position(at: place)) }
    }
    return rows
  }

  @Test(
    "an epoch has as many batches as were asked for, of rows of the worker's own slice",
    arguments: [1, 2, 3, 5], [0, 1])
  func counts(workerCount: Int, dealEpochCount: Int) {
    for (rowCount, steps, batch) in [
      (1000, 7, 16), (1000, 100, 64), (30, 9, 16), (3, 4, 8), (1000, 3, 1000), (101, 1, 1),
    ] {
      let shuffle = Self.shuffle(
        rowCount, window: 50, steps: steps, batch: batch, dealEpochCount: dealEpochCount)
      for epoch in 1...3 {
        let deal = shuffle.deal(epoch: epoch, workerCount: workerCount)
        for worker in 0..<workerCount {
          let plan = EpochPlan(shuffle: shuffle, epoch: epoch, worker: worker, of: workerCount)
          let own = Set(deal.positions(of: worker).runs.joined())
          let rows = Self.rows(plan)
          let step = min(batch, own.count)
          #expect(rows.count == plan.count && plan.count == steps * step)
          #expect(rows.allSatisfy(own.contains))
          guard step > 0 else { continue }
          #expect(plan.stepRowCount(atMost: batch) == step)
          // Neither a batch nor a lap has a row twice.
          for start in stride(from: 0, to: rows.count, by: step) {
            #expect(Set(rows[start..<start + step]).count == step)
          }
          let lap = own.count / step * step
          #expect(Set(rows.prefix(lap)).count == min(lap, rows.count))
        }
      }
    }
  }

  @Test(
    "over many epochs each row is drawn about equally often, also where the slice is read in parts",
    arguments: [1000, 40])
  func even(window: Int) {
    let shuffle = Self.shuffle(200, window: window, steps: 3, batch: 7)
    var hits = [Int](repeating: 0, count: 200)
    for epoch in 1...20_000 {
      for row in Self.rows(EpochPlan(shuffle: shuffle, epoch: epoch, worker: 0, of: 1)) {
        hits[row] += 1
      }
    }
    // Mean 2100, binomial deviation 43; the largest of 200 is within 6 deviations.
    #expect(hits.allSatisfy { abs($0 - 2100) < 260 }, "\(hits.min() ?? 0), \(hits.max() ?? 0)")
  }

  @Test("epochs, laps and workers draw other rows")
  func different() {
    let shuffle = Self.shuffle(100, steps: 20, batch: 10)
    let rows = Self.rows(EpochPlan(shuffle: shuffle, epoch: 1, worker: 0, of: 1))
    #expect(Array(rows[0..<100]) != Array(rows[100..<200]))
    #expect(rows != Self.rows(EpochPlan(shuffle: shuffle, epoch: 2, worker: 0, of: 1)))
    #expect(rows == Self.rows(EpochPlan(shuffle: shuffle, epoch: 1, worker: 0, of: 1)))
  }

  @Test(
    "an interrupted epoch goes on with the batches that are left, on other numbers of workers too",
    arguments: [1, 2, 3, 5], [1, 2, 3, 5])
  func interrupted(before: Int, after: Int) throws {
    for (rowCount, steps, batch) in [(1000, 30, 16), (97, 11, 8), (97, 5, 97), (4, 9, 1)] {
      let shuffle = Self.shuffle(
        rowCount, window: 60, steps: steps, batch: batch, dealEpochCount: 1)
      let plans = (0..<before).map {
        EpochPlan(shuffle: shuffle, epoch: 2, worker: $0, of: before)
      }
      let whole = plans.map { Self.rows($0) }
      let done = plans.indices.map {
        (($0 * 7 + 3) % steps) * plans[$0].stepRowCount(atMost: batch)
      }
      .enumerated().map { min($1, plans[$0].count) }
      let left = try #require(
        EpochPlan.joined(plans.indices.map { plans[$0].rest(after: done[$0]) }))
      let saved = try #require(EpochPlan(numbers: left.numbers))
      #expect(saved == left)
      #expect(!saved.isPlain)
      #expect(saved.wholeCount == whole.joined().count)
      let shares = (0..<after).map { saved.share(of: $0, among: after) }
      let rests = plans.indices.map { Array(whole[$0].dropFirst(done[$0])) }
      #expect(shares.flatMap { Self.rows($0) } == Array(rests.joined()))
      if before == after { #expect(shares.map { Self.rows($0) } == rests) }
      if rowCount == 1000 {
        #expect(shares.allSatisfy { $0.count % batch == 0 }, "whole batches")
        let counts = shares.map { $0.count / batch }
        if before != after { #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1) }
      }
    }
  }
}
