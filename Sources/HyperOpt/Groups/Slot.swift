/// A place that one rank of a trial can run on.
public struct Slot: Sendable, Hashable {
  /// A number, unique in the search: the rank in the world, or a counted place of the allocation.
  public var id: Int
  /// The node that it is on.
  public var node: String

  /// Makes a slot.
  public init(id: Int, node: String) {
    self.id = id
    self.node = node
  }
}

/// The slots of a search: which are free, and which of them make a good group.
///
/// With thousands of groups a search takes and releases slots thousands of times a second: nothing
/// here looks at all of them.
struct SlotPool {
  /// All slots in order of their ids.
  private(set) var all: [Slot]
  /// How many are free.
  private(set) var freeCount = 0
  /// The slots of the fullest node.
  private(set) var largestNodeCount = 0
  /// The place of each node's name among the names in order.
  private var places: [String: Int] = [:]
  /// Free slots of each node, ascending ids.
  private var nodes: [[Slot]] = []
  private var ids: Set<Int> = []

  init(_ slots: [Slot]) {
    all = []
    reset(slots, free: slots)
  }

  /// All that are free.
  var free: [Slot] { nodes.flatMap { $0 } }

  /// Whether `take` would find a group.
  func hasRoom(for size: Int, spansNodes: Bool) -> Bool {
    fittingNode(size) != nil || maySpan(size, spansNodes)
  }

  /// Takes a group of `size` slots; of one node unless `spansNodes` or no node has so many.
  ///
  /// Left-over slots of the node, too few for a group of their own, come along up to `most`. The
  /// node with the fewest free slots that suffice is taken, so that large groups find room, too.
  /// With `all`, everything that the node has free up to `most`.
  mutating func take(
    _ size: Int, upTo most: Int, spansNodes: Bool, all takesAll: Bool = false
  ) -> [Slot]? {
    if let node = fittingNode(size) {
      let count = nodes[node].count
      // One more group of that size has room: leave it its slots.
      return take(node, count >= 2 * size && !takesAll ? size : min(count, max(size, most)))
    }
    guard maySpan(size, spansNodes) else { return nil }
    // Whole nodes first.
    var taken: [Slot] = []
    for node in nodes.indices.sorted(by: { (nodes[$1].count, $0) < (nodes[$0].count, $1) })
    where taken.count < size {
      taken += take(node, min(nodes[node].count, size - taken.count))
    }
    return taken
  }

  /// Gives slots back.
  mutating func release(_ slots: [Slot]) {
    for slot in slots where ids.contains(slot.id) {
      guard let node = places[slot.node] else { continue }
      let place = nodes[node].firstIndex { $0.id >= slot.id } ?? nodes[node].count
      guard place == nodes[node].count || nodes[node][place].id != slot.id else { continue }
      nodes[node].insert(slot, at: place)
      freeCount += 1
    }
  }

  /// Forgets slots that are gone for good.
  mutating func remove(_ slots: [Slot]) {
    let gone = Set(slots)
    reset(all.filter { !gone.contains($0) }, free: free.filter { !gone.contains($0) })
  }

  private mutating func reset(_ slots: [Slot], free: [Slot]) {
    all = slots.sorted { $0.id < $1.id }
    ids = Set(all.map(\.id))
    let names = Dictionary(grouping: all, by: \.node)
    largestNodeCount = names.values.map(\.count).max() ?? 0
    places = [:]
    for name in names.keys.sorted() { places[name] = places.count }
    nodes = [[Slot]](repeating: [], count: places.count)
    freeCount = 0
    release(free)
  }

  /// The node with the fewest free slots that suffice, the first of equals.
  private func fittingNode(_ size: Int) -> Int? {
    var best: Int?
    for node in nodes.indices
    where nodes[node].count >= size && nodes[node].count < best.map({ nodes[$0].count }) ?? Int.max
    {
      best = node
    }
    return best
  }

  private func maySpan(_ size: Int, _ spansNodes: Bool) -> Bool {
    freeCount >= size && (spansNodes || size > largestNodeCount)
  }

  private mutating func take(_ node: Int, _ count: Int) -> [Slot] {
    let taken = Array(nodes[node].prefix(count))
    nodes[node].removeFirst(count)
    freeCount -= count
    return taken
  }
}
