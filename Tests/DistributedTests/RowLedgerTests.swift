import Distributed
import Testing

/// What rank 0 takes for done when it writes a checkpoint.
@Suite("What rank 0 knows of rows")
struct RowLedgerTests {
  /// Two workers, on ranks 1 and 2, which have told of their places: epoch, rows, updates.
  private func ledger(_ places: [[Double]]) -> RowLedger {
    var ledger = RowLedger(firstWorker: 1, rankCount: 1 + places.count)
    for (index, place) in places.enumerated() {
      ledger.note([1, 0, 0, 0] + place + [0, 0], from: 1 + index)
    }
    return ledger
  }

  @Test("rows of an earlier epoch do not count, and who is in a later one has done all")
  func epochs() {
    let ledger = ledger([[3, 40, 7], [2, 60, 9], [4, 10, 8]])
    let visited = ledger.visited(
      in: 3, of: [100, 100, 90], stepRowCounts: [10, 10, 10], inStep: false)
    #expect(visited == [40, 0, 90])
    #expect(ledger.updateCount == 9)
  }

  @Test("rows whose work is lost are not done, but where a later epoch has them")
  func lost() {
    let ledger = ledger([[3, 40, 7], [3, 60, 9], [4, 10, 8]])
    let visited = ledger.visited(
      in: 3, of: [100, 100, 90], stepRowCounts: [10, 10, 10], inStep: false, lost: [1, 2])
    #expect(visited == [40, 0, 90])
  }

  @Test("who has told of nothing has done nothing; nobody has done more than there is")
  func bounds() {
    let ledger = ledger([[0, 0, 0], [1, 70, 0]])
    #expect(
      ledger.visited(in: 1, of: [50, 60], stepRowCounts: [10, 10], inStep: false) == [0, 60])
  }

  @Test("workers in step are as far as the farthest")
  func inStep() {
    let sizes = [32, 20]
    // Seven whole steps of the first worker; the second one was heard after two.
    #expect(
      ledger([[1, 224, 0], [1, 40, 0]]).visited(
        in: 1, of: [1000, 600], stepRowCounts: sizes, inStep: true) == [224, 140])
    // The second one is at its end after five steps, the last of which was short; the first one too then.
    #expect(
      ledger([[1, 96, 0], [1, 90, 0]]).visited(
        in: 1, of: [1000, 90], stepRowCounts: sizes, inStep: true) == [160, 90])
  }

  @Test("a message of a rank that is no worker changes nothing")
  func foreign() {
    var ledger = ledger([[1, 10, 0]])
    ledger.note([1, 0, 0, 0, 1, 50, 0, 0, 0], from: 0)
    ledger.note([1, 0, 0, 0, 1, 50, 0, 0, 0], from: 2)
    #expect(ledger.visited(in: 1, of: [99], stepRowCounts: [1], inStep: false) == [10])
  }
}
