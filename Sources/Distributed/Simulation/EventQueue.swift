/// Events in the order of their times; of equal times, the one that came first.
struct EventQueue<Event> {
  private var items: [Item] = []
  private var count = 0

  private struct Item {
    let time: Double
    let number: Int
    let event: Event

    func precedes(_ other: Item) -> Bool {
      time < other.time || time == other.time && number < other.number
    }
  }

  /// The time of the next event; infinite without one.
  var nextTime: Double { items.first?.time ?? .infinity }

  mutating func add(_ event: Event, at time: Double) {
    count += 1
    items.append(Item(time: time, number: count, event: event))
    var child = items.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard items[child].precedes(items[parent]) else { break }
      items.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the next event out.
  mutating func next() -> (time: Double, event: Event)? {
    guard let first = items.first else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      sink()
    }
    return (first.time, first.event)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in 2 * parent + 1...2 * parent + 2
      where child < items.count && items[child].precedes(items[least]) {
        least = child
      }
      guard least != parent else { return }
      items.swapAt(least, parent)
      parent = least
    }
  }
}
