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
struct SlotPool {
  /// All slots in order of their ids.
  private(set) var all: [Slot]
  private(set) var free: Set<Slot>

  init(_ slots: [Slot]) {
    all = slots.sorted { $0.id < $1.id }
    free = Set(slots)
  }

  /// Takes a group of `size` slots; of one node unless `spansNodes` or no node has so many.
  ///
  /// Left-over slots of the node, too few for a group of their own, come along up to `most`. The
  /// node with the fewest free slots that suffice is taken, so that large groups find room, too.
  /// With `all`, everything that the node has free up to `most`.
  mutating func take(
    _ size: Int, upTo most: Int, spansNodes: Bool, all takesAll: Bool = false
  ) -> [Slot]? {
    let byNode = Dictionary(grouping: free, by: \.node)
    let fitting = byNode.values.filter { $0.count >= size }
      .min { ($0.count, $0[0].node) < ($1.count, $1[0].node) }
    if let node = fitting {
      // One more group of that size has room: leave it its slots.
      let count =
        node.count >= 2 * size && !takesAll ? size : min(node.count, max(size, most))
      return take(node, count)
    }
    let largestNode = Dictionary(grouping: all, by: \.node).values.map(\.count).max() ?? 0
    guard spansNodes || size > largestNode, free.count >= size else { return nil }
    // Whole nodes first.
    let nodes = byNode.values.sorted { ($1.count, $0[0].node) < ($0.count, $1[0].node) }
    return take(nodes.flatMap { $0.sorted { $0.id < $1.id } }, size, sorted: false)
  }

  /// Gives slots back.
  mutating func release(_ slots: [Slot]) { free.formUnion(slots.filter(all.contains)) }

  /// Forgets slots that are gone for good.
  mutating func remove(_ slots: [Slot]) {
    all.removeAll(where: slots.contains)
    free.subtract(slots)
  }

  /// The slots of the fullest node.
  var largestNodeCount: Int {
    Dictionary(grouping: all, by: \.node).values.map(\.count).max() ?? 0
  }

  private mutating func take(_ slots: [Slot], _ count: Int, sorted: Bool = true) -> [Slot] {
    let taken = Array((sorted ? slots.sorted { $0.id < $1.id } : slots).prefix(count))
    free.subtract(taken)
    return taken
  }
}
