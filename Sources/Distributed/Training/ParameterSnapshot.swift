internal import NN

/// A copy of what a training has learned: what is written while it goes on.
package struct ParameterSnapshot {
  /// The weights that are validated and saved.
  package let parameters: [Float]
  /// The optimizer's state.
  package let state: [Float]
  /// The optimizer's steps so far: with them its schedule and its corrections go on.
  package let updateCount: Int
  /// What the workers have for themselves; nil: nothing.
  package let own: OwnState?

  /// What an exchange keeps beside parameters and state.
  package struct OwnState {
    /// What the numbers mean: exchanges with equal words can go on with each other's.
    let layout: String
    /// One block behind the other.
    package let numbers: [Float]
    /// Where the workers are within their intervals.
    let counters: [Int]
    /// What compressed messages have left out so far, all workers' together; empty: nothing.
    var leftOut: [Float] = []
  }

  init(parameters: [Float], state: [Float], updateCount: Int, own: OwnState? = nil) {
    self.parameters = parameters
    self.state = state
    self.updateCount = updateCount
    self.own = own
  }

  /// All of `memory`.
  init(_ memory: ParameterMemory) {
    self.init(
      parameters: Array(memory.parameters), state: Array(memory.state),
      updateCount: memory.updateCount)
  }

  /// The weights of the model file: those of training, or their average where one is kept.
  func finalized(by optimizer: any Optimizer) -> [Float] {
    guard optimizer.slotCount > 0, !state.isEmpty else { return parameters }
    var weights = parameters
    weights.withUnsafeMutableBufferPointer { weights in
      state.withUnsafeBufferPointer { state in
        guard let base = state.baseAddress else { return }
        optimizer.finalize(
          parameters: weights.start, state: base, count: state.count / optimizer.slotCount,
          step: updateCount)
      }
    }
    return weights
  }
}

extension ParameterSnapshot {
  /// Fills `blocks` with what an exchange of the same layout kept, and gives its counters.
  ///
  /// Nil when another exchange wrote the checkpoint, or nothing was kept: then nothing is changed.
  func restore(
    _ blocks: [UnsafeMutableBufferPointer<Float>], layout: String, counterCount: Int
  ) -> [Int]? {
    guard let own, own.layout == layout, own.counters.count == counterCount,
      own.numbers.count == blocks.reduce(0, { $0 + $1.count })
    else { return nil }
    var start = 0
    for block in blocks {
      _ = block.update(fromContentsOf: own.numbers[start..<start + block.count])
      start += block.count
    }
    return own.counters
  }

  /// The mean over all workers, number by number; empty on all but the first.
  ///
  /// A mean can be taken up by any number of workers; one worker alone gets back what it had, to the bit.
  /// Collective over `workers`.
  static func mean(
    of block: UnsafeMutableBufferPointer<Float>, among workers: borrowing Communicator
  ) throws -> [Float] {
    if workers.size == 1 { return Array(block) }
    var means = try sums(block.count, among: workers) { block[$0] }
    for index in means.indices { means[index] /= Float(workers.size) }
    return means
  }

  /// The sums over all workers of `count` numbers, of which `number` gives this worker's; empty on all but the
  /// first.
  ///
  /// Collective over `workers`.
  static func sums(
    _ count: Int, among workers: borrowing Communicator, _ number: (Int) -> Float
  ) throws -> [Float] {
    // In pieces: a copy of all numbers on every worker would double what it keeps.
    let length = 1 << 16
    var piece = [Float](repeating: 0, count: min(length, count))
    var all: [Float] = []
    if workers.rank == 0 { all.reserveCapacity(count) }
    for start in stride(from: 0, to: count, by: length) {
      piece.removeLast(piece.count - min(length, count - start))
      for index in piece.indices { piece[index] = number(start + index) }
      try workers.allReduce(&piece, .sum)
      if workers.rank == 0 { all += piece }
    }
    return all
  }

  /// The same of counters, rounded up: what only some workers have begun is begun.
  static func mean(
    of counters: [Int], among workers: borrowing Communicator
  ) throws -> [Int] {
    var sums = counters
    if workers.size > 1, !sums.isEmpty { try workers.allReduce(&sums, .sum) }
    return sums.map { ($0 + workers.size - 1) / workers.size }
  }

  /// What all workers have for themselves, as means, and what the messages of their sums have left out.
  ///
  /// Collective over `workers`.
  static func own(
    _ blocks: [UnsafeMutableBufferPointer<Float>], counters: [Int] = [], layout: String,
    reduction: CompressedReduction? = nil, among workers: borrowing Communicator
  ) throws -> OwnState {
    let means = try blocks.map { block in try mean(of: block, among: workers) }
    return OwnState(
      layout: layout, numbers: Array(means.joined()),
      counters: try mean(of: counters, among: workers),
      leftOut: try reduction?.leftOut(among: workers) ?? [])
  }
}
