internal import NN

/// How workers with parameters of their own add up their numbers where messages between nodes are compressed.
///
/// The workers of a node add up theirs as floats, which never leave it; the first one of each node meets those of
/// the other nodes by messages (`PartedReduction`), and tells its own node. Where all workers are on one node each
/// is taken for a node, so that what a compression does to a training can be tried there.
package final class CompressedReduction {
  private let count: Int
  /// Nil: each worker is a node.
  private let groups: NodeGroups?
  /// nil on workers that are not the first of their node.
  private let messages: PartedReduction?
  private let nodeCount: Int
  /// Whether a sum is under way.
  private var isSumming = false

  /// Sums of `count` numbers over `workers`, by their `groups`, which the caller keeps and frees.
  ///
  /// Collective over `workers` and blocking.
  /// - Throws: `DistributedError` (64) for more numbers than messages can hold.
  package init(
    _ count: Int, _ compression: CompressionConfiguration, by groups: NodeGroups?,
    among workers: borrowing Communicator
  ) throws {
    self.count = count
    self.groups = groups
    guard let groups else {
      nodeCount = workers.size
      messages = try PartedReduction(count, compression, among: workers)
      return
    }
    nodeCount = groups.nodeCount
    messages =
      groups.isFirst ? try PartedReduction(count, compression, among: groups.firsts) : nil
  }

  /// What the workers of `setup` meet by; nil: as floats.
  ///
  /// A worker alone has nobody to send to, but may have what messages of an earlier run have left out.
  ///
  /// Collective over `workers` and blocking.
  static func make(
    _ setup: TrainingSetup, by groups: NodeGroups?, resumed: ParameterSnapshot?,
    among workers: borrowing Communicator
  ) throws -> CompressedReduction? {
    let distribution = setup.job.distribution
    guard !distribution.sharesMemory, distribution.compression.isAny else { return nil }
    guard workers.size > 1 || resumed?.own?.leftOut.isEmpty == false else {
      return nil
    }
    return try CompressedReduction(
      setup.network.trainedCount, distribution.compression, by: groups, among: workers)
  }

  /// Sets `values`, as many as it was made for, to their sums over all workers, equal to the bit on all of them.
  ///
  /// Collective over `workers` and blocking; allocates nothing.
  /// - Throws: `MPIError`, also when this rank is called out; `DistributedError` (70) for a message that is
  ///   damaged or of another job.
  package func sum(
    _ values: UnsafeMutableBufferPointer<Float>, among workers: borrowing Communicator
  ) throws {
    precondition(values.count == count, "\(values.count) values for a sum of \(count)")
    let (start, before) = (Clock.now, messages?.sentByteCount ?? 0)
    var byteCount = 0
    if let groups {
      try groups.sum(values) { values, firsts in
        isSumming = true
        try messages?.sum(values.start, among: firsts)
      }
      if groups.node.size > 1 { byteCount = count * MemoryLayout<Float>.stride }
    } else {
      isSumming = true
      try messages?.sum(values.start, among: workers)
    }
    isSumming = false
    if let messages, nodeCount > 1 {
      // Of floats a reduction counts each once, and sends it 2 (n - 1)/n times at least: the same measure.
      byteCount += (messages.sentByteCount - before) * nodeCount / (2 * (nodeCount - 1))
    }
    workers.traffic.reduced(byteCount: byteCount, seconds: Clock.now - start)
  }

  /// Takes what a checkpoint with `layout` has left out, if any, before the first sum.
  func begin(from snapshot: ParameterSnapshot?, layout: String) {
    guard let own = snapshot?.own, own.layout == layout, own.leftOut.count == count else { return }
    resume(own.leftOut)
  }

  /// Takes what messages have left out before, all workers' together, before the first sum.
  package func resume(_ leftOut: [Float]) { messages?.resume(leftOut) }

  /// What all messages have left out so far, number by number; empty on all workers but the first.
  ///
  /// Collective over `workers`.
  package func leftOut(among workers: borrowing Communicator) throws -> [Float] {
    try ParameterSnapshot.sums(count, among: workers) { messages?.leftOut($0) ?? 0 }
  }

  /// What this worker's messages had left out when its last sum was over, number by number; empty: nothing, or
  /// its node's first worker knows.
  var ownLeftOut: [Float] {
    guard let messages else { return [] }
    return (0..<count).map { isSumming ? messages.leftOutBefore($0) : messages.leftOut($0) }
  }

  /// What a worker keeps for it, in floats for each number that is added up, rounded up: residuals and messages.
  static func ownFloats(_ compression: CompressionConfiguration) -> Int {
    let count = 1 << 16
    func bytes(_ kind: any Compression) -> Double {
      let most = kind.numberLimit(count: count)
      return Double(kind.payloadByteCount(count: count, numberCount: most)) / Double(count)
    }
    // The pushes to others and theirs; of the sum all parts. With few ranks their residual is half the size.
    let messages = (2 * bytes(compression.push) + bytes(compression.pull)) / 4
    let residuals = [compression.push, compression.pull].count { !type(of: $0).isExact }
    // And what both were before a sum.
    return (residuals > 0 ? residuals + 1 : 0) + Int(messages.rounded(.up))
  }
}

@available(*, unavailable)
extension CompressedReduction: Sendable {}
