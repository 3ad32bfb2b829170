/// Places in one block of memory for buffers of which not all are in use at the same time.
///
/// Each buffer is in use from one moment to another, both included; buffers whose times overlap do not
/// overlap in memory. Largest first, each at the lowest place that is free all its time (Pisarchyk and
/// Lee 2020, "Efficient memory management for deep neural net inference", section 5: greedy by size).
struct MemoryPlan {
  /// A buffer by its number.
  struct Buffer {
    fileprivate let count: Int
    /// What was asked for.
    fileprivate let wanted: Int
    fileprivate var first: Int
    fileprivate var last: Int
    fileprivate(set) var offset = 0
  }

  private(set) var buffers: [Buffer] = []
  /// The floats of the block.
  private(set) var count = 0

  /// Every buffer starts at a multiple of a cache line.
  private static let alignment = 16

  /// Plans a buffer of `count` floats that is in use at `moment`; gives its number.
  mutating func add(_ count: Int, at moment: Int) -> Int {
    let padded = max(1, (count + Self.alignment - 1) / Self.alignment) * Self.alignment
    buffers.append(Buffer(count: padded, wanted: count, first: moment, last: moment))
    return buffers.count - 1
  }

  /// The buffer is in use at this moment, too, and in between.
  mutating func use(_ buffer: Int, at moment: Int) {
    buffers[buffer].first = min(buffers[buffer].first, moment)
    buffers[buffer].last = max(buffers[buffer].last, moment)
  }

  /// The floats of the buffers that are in use at the moment when these are most: no plan needs fewer.
  var peak: Int {
    var changes = [Int](repeating: 0, count: (buffers.map(\.last).max() ?? 0) + 2)
    for buffer in buffers {
      changes[buffer.first] += buffer.wanted
      changes[buffer.last + 1] -= buffer.wanted
    }
    var live = 0
    var most = 0
    for change in changes {
      live += change
      most = max(most, live)
    }
    return most
  }

  /// Chooses the places.
  mutating func place() {
    let order = buffers.indices.sorted { (-buffers[$0].count, $0) < (-buffers[$1].count, $1) }
    var placed: [Int] = []
    for index in order {
      let buffer = buffers[index]
      let others = placed.map { buffers[$0] }
        .filter { $0.first <= buffer.last && buffer.first <= $0.last }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for other in others {
        if offset + buffer.count <= other.offset { break }
        offset = max(offset, other.offset + other.count)
      }
      buffers[index].offset = offset
      placed.append(index)
      count = max(count, offset + buffer.count)
    }
  }
}
