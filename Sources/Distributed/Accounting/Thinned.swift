/// Records of bounded number that are spread over all that there were: when the room is full, every other
/// block of them is given up, and from there on only every other block is kept.
///
/// A record is kept as often as its neighbours, so what is left shows the end of a long training as well as
/// its beginning. Room is made once; keeping a record allocates nothing.
package struct Thinned<Record> {
  /// What was kept, oldest first.
  package private(set) var records: [Record] = []
  /// Of how many blocks one is kept now.
  package private(set) var stride = 1
  private let capacity: Int
  private let blockCount: Int
  private var seen = 0

  /// Makes room for `capacity` records, rounded up to whole pairs of blocks of `blockCount` neighbours.
  package init(capacity: Int, blockCount: Int = 1) {
    let pair = 2 * max(1, blockCount)
    self.capacity = max(1, (capacity + pair - 1) / pair) * pair
    self.blockCount = max(1, blockCount)
    records.reserveCapacity(self.capacity)
  }

  /// Whether the next record will be kept.
  var keepsNext: Bool { seen / blockCount % stride == 0 }

  /// Keeps the record or passes it by.
  package mutating func append(_ record: Record) {
    defer { seen += 1 }
    guard keepsNext else { return }
    if records.count == capacity {
      halve()
      guard keepsNext else { return }
    }
    records.append(record)
  }

  /// Gives every second block up, in place.
  private mutating func halve() {
    stride *= 2
    var kept = 0
    for index in records.indices where index / blockCount % 2 == 0 {
      records[kept] = records[index]
      kept += 1
    }
    records.removeLast(records.count - kept)
  }
}
