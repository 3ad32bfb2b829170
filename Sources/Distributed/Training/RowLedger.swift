/// How far each worker is with its rows, as its last message said: what a checkpoint that rank 0 writes takes
/// for done.
///
/// Workers tell only of rows whose work the checkpoint would have (`Exchange.reached`), and some time after:
/// rows may be trained again, none is left out.
package struct RowLedger {
  private struct Place {
    var epoch = 0
    var rowCount = 0
    var updateCount = 0
  }
  private let firstWorker: Int
  private var places: [Place]

  /// Follows the ranks `firstWorker` to `rankCount - 1`.
  package init(firstWorker: Int, rankCount: Int) {
    self.firstWorker = firstWorker
    places = Array(repeating: Place(), count: max(0, rankCount - firstWorker))
  }

  /// Takes the place that a message of progress, or of a wait, has.
  package mutating func note(_ message: [Double], from rank: Int) {
    guard places.indices.contains(rank - firstWorker) else { return }
    places[rank - firstWorker] = Place(
      epoch: Int(message[4]), rowCount: Int(message[5]), updateCount: Int(message[6]))
  }

  /// The most steps that an optimizer of a worker's own has made.
  package var updateCount: Int { places.map(\.updateCount).max() ?? 0 }

  /// The rows of `plans`, one for each worker, that are done in `epoch`.
  ///
  /// Who is in a later one has done all. With `inStep` all workers make the same steps, and rows that one has
  /// done say how far all are; a step has `stepRowCounts` rows of each worker. Of the workers `lost`, by their
  /// number, nothing that they have done in `epoch` is saved.
  package func visited(
    in epoch: Int, of rowCounts: [Int], stepRowCounts: [Int], inStep: Bool, lost: Set<Int> = []
  ) -> [Int] {
    var visited = zip(places, rowCounts).map { place, count in
      place.epoch > epoch ? count : place.epoch == epoch ? min(place.rowCount, count) : 0
    }
    for index in lost where places[index].epoch == epoch { visited[index] = 0 }
    guard inStep else { return visited }
    let steps = visited.indices.map { index in
      let (rows, step) = (visited[index], stepRowCounts[index])
      return rows == rowCounts[index] ? (rows + step - 1) / step : rows / step
    }
    for index in visited.indices {
      visited[index] = min(rowCounts[index], (steps.max() ?? 0) * stepRowCounts[index])
    }
    return visited
  }
}
