import Pipeline
import Testing

@Suite("Dealing of rows anew")
struct DealTests {
  static func deal(
    _ rowCount: Int, block: Int, workers: Int, round: Int, seed: UInt64 = 4
  ) -> Deal {
    Deal(rowCount: rowCount, blockRowCount: block, workerCount: workers, round: round, seed: seed)
  }

  @Test("every row goes to exactly one worker in every round", arguments: [1, 2, 3, 5, 16])
  func complete(workerCount: Int) {
    for rowCount in [0, 1, 2, 5, 16, 97, 1000, 6001] {
      for block in [1, 2, 7, 100, 4096, 100_000] {
        let first = Self.deal(rowCount, block: block, workers: workerCount, round: 0)
        for round in 0..<4 {
          let deal = Self.deal(rowCount, block: block, workers: workerCount, round: round)
          var owners = [Int](repeating: 0, count: rowCount)
          for worker in 0..<workerCount {
            let positions = deal.positions(of: worker)
            #expect(positions.count == deal.rowCount(of: worker))
            for position in positions.runs.joined() { owners[position] += 1 }
          }
          #expect(owners.allSatisfy { $0 == 1 }, "\(rowCount), \(block), round \(round)")
          #expect(deal.rowCounts.sorted() == first.rowCounts.sorted(), "the same lengths")
        }
      }
    }
  }

  @Test("chunks stay whole, and the short one at the file's end meets every worker")
  func chunks() {
    var owners: Set<Int> = []
    for round in 0..<50 {
      let deal = Self.deal(60_050, block: 100, workers: 4, round: round)
      for worker in 0..<4 {
        let runs = deal.positions(of: worker).runs
        for run in runs {
          #expect(run.lowerBound % 100 == 0)
          #expect(run.upperBound % 100 == 0 || run.upperBound == 60_050)
        }
        if runs.last?.upperBound == 60_050 { owners.insert(worker) }
      }
    }
    #expect(owners == [0, 1, 2, 3])
  }

  @Test(
    "over many rounds each row meets each worker about equally often",
    arguments: [(1200, 10), (1200, 1200), (97, 40)])
  func even(rowCount: Int, block: Int) {
    let (workers, rounds) = (3, 3000)
    var hits = [Int](repeating: 0, count: rowCount)
    for round in 1...rounds {
      let deal = Self.deal(rowCount, block: block, workers: workers, round: round)
      for row in deal.positions(of: 1).runs.joined() { hits[row] += 1 }
    }
    // Binomial: mean 1000, deviation 26; the largest of 1200 is within 6 deviations.
    #expect(hits.allSatisfy { abs($0 - rounds / workers) < 155 }, "\(hits.min() ?? 0)")
  }

  @Test("the deal depends on the seed and the round, and round 0 and one worker have file order")
  func pure() {
    let deal = Self.deal(1000, block: 10, workers: 2, round: 1)
    #expect(deal == Self.deal(1000, block: 10, workers: 2, round: 1))
    #expect(
      deal.positions(of: 0) != Self.deal(1000, block: 10, workers: 2, round: 2).positions(of: 0))
    #expect(
      deal.positions(of: 0)
        != Self.deal(1000, block: 10, workers: 2, round: 1, seed: 5).positions(of: 0))
    let first = Self.deal(1000, block: 10, workers: 2, round: 0)
    #expect(first.positions(of: 0).runs == [0..<500] && first.positions(of: 1).runs == [500..<1000])
    for round in 0..<3 {
      let alone = Self.deal(1003, block: 10, workers: 1, round: round)
      #expect(alone.positions(of: 0).runs == [0..<1003])
    }
  }

  @Test("a shuffle deals anew after so many epochs, the first of which is 1")
  func epochs() {
    let shuffle = Shuffle(
      rowCount: 1000, blockRowCount: 10, windowRowCount: 100, seed: 1, dealEpochCount: 3)
    let deals = (1...9).map { shuffle.deal(epoch: $0, workerCount: 2) }
    let plain = Shuffle(rowCount: 1000, blockRowCount: 10, windowRowCount: 100, seed: 1)
    for epoch in 1...9 {
      #expect(deals[epoch - 1] == deals[(epoch - 1) / 3 * 3])
      #expect(plain.deal(epoch: epoch, workerCount: 2) == deals[0])
    }
    #expect(deals[0] != deals[3] && deals[3] != deals[6])
    #expect(shuffle.stream(epoch: 2, worker: 0, of: 2) == plain.stream(epoch: 2, worker: 0, of: 2))
    #expect(shuffle.stream(epoch: 4, worker: 0, of: 2) != plain.stream(epoch: 4, worker: 0, of: 2))
  }
}
