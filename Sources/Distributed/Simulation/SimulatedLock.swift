/// The state of a `LeaseLock` in a simulation: readers together, writers alone, writers first.
struct SimulatedLock {
  private var readersInside = 0
  private var hasWriter = false
  private var writers: [Int] = []
  private var readers: [Int] = []
  /// The first of `writers` that has not been let in.
  private var firstWriter = 0

  /// Who waits.
  var waitingCount: Int { writers.count - firstWriter + readers.count }

  /// Puts a worker into the queue.
  mutating func ask(_ worker: Int, writes: Bool) {
    if writes { writers.append(worker) } else { readers.append(worker) }
  }

  /// One of those inside leaves.
  mutating func leave() {
    if hasWriter { hasWriter = false } else { readersInside -= 1 }
  }

  /// Lets in who may: the first writer alone, or all readers.
  mutating func admit() -> [Int] {
    guard !hasWriter else { return [] }
    if firstWriter < writers.count {
      guard readersInside == 0 else { return [] }
      let writer = writers[firstWriter]
      firstWriter += 1
      if firstWriter == writers.count {
        writers.removeAll(keepingCapacity: true)
        firstWriter = 0
      }
      hasWriter = true
      return [writer]
    }
    let all = readers
    readers.removeAll(keepingCapacity: true)
    readersInside += all.count
    return all
  }
}
