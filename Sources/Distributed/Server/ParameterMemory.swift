internal import CShared

/// The parameter server's memory, laid out in one block: counters, parameters, optimizer state.
///
/// The block is a shared window of the node, or the heap of a process that trains alone; this type
/// only knows where things are.
///
/// | offset                   | content                                              |
/// |--------------------------|------------------------------------------------------|
/// | 0                        | number of updates applied so far (Adam's step count) |
/// | 8                        | number of the node's exchanges with the master       |
/// | 64                       | the lock of modes that have one                      |
/// | 128                      | parameters, `parameterCount` floats                  |
/// | next multiple of 64      | optimizer state, `slotCount * trainedCount` floats   |
/// | next multiple of 64      | the clocks of `clockCount` workers (`StepClocks`)    |
package struct ParameterMemory {
  /// The number of floats of the network's weights.
  package let parameterCount: Int
  /// The first of them, which the optimizer changes; the others are moving averages.
  package let trainedCount: Int
  /// State floats that the optimizer keeps for each parameter.
  package let slotCount: Int
  /// What this process's exchange with the memory has cost.
  package let traffic = Traffic()
  /// The workers that have a clock, for a bounded staleness; 0 without one.
  package let clockCount: Int
  /// This process's rank in the world, for the lock; nil: it is not told.
  var rank: Int?
  /// How long a wait for the lock may take before it is an error, in seconds.
  package let leaseSeconds: Double
  /// A fault that a test asks for inside of an update; nil: none.
  var trigger: FaultTrigger?
  /// The block's first byte.
  private let base: UnsafeMutableRawPointer

  private static let headerByteCount = 128

  /// The block's length for a network and an optimizer.
  package static func byteCount(
    parameterCount: Int, trainedCount: Int, slotCount: Int, clockCount: Int = 0
  ) -> Int {
    headerByteCount + padded(parameterCount) + padded(trainedCount * slotCount)
      + StepClocks.byteCount(count: clockCount)
  }

  /// Looks at `base`, `byteCount(…)` bytes that the caller keeps alive, aligned to 64 bytes.
  package init(
    base: UnsafeMutableRawPointer, parameterCount: Int, trainedCount: Int, slotCount: Int,
    clockCount: Int = 0, leaseSeconds: Double = 20
  ) {
    self.base = base
    self.leaseSeconds = leaseSeconds
    self.parameterCount = parameterCount
    self.trainedCount = trainedCount
    self.slotCount = slotCount
    self.clockCount = clockCount
  }

  /// The network's parameters.
  package var parameters: UnsafeMutableBufferPointer<Float> {
    let start = (base + Self.headerByteCount).assumingMemoryBound(to: Float.self)
    return UnsafeMutableBufferPointer(start: start, count: parameterCount)
  }

  /// The optimizer's state: slot s of parameter i is `state[s * trainedCount + i]`.
  package var state: UnsafeMutableBufferPointer<Float> {
    let start = (base + Self.headerByteCount + Self.padded(parameterCount))
      .assumingMemoryBound(to: Float.self)
    return UnsafeMutableBufferPointer(start: start, count: trainedCount * slotCount)
  }

  /// The state's first float, for kernels; of an optimizer without state, an address that nobody reads.
  package var stateStart: UnsafeMutablePointer<Float> { state.baseAddress ?? parameters.start }

  /// Adds what a step wants to change in the weights that no gradient changes: `change[trainedCount...]`.
  ///
  /// Atomic number by number: of workers that add at the same time none is lost.
  package func addChange(_ change: UnsafePointer<Float>) {
    cs_add_floats(
      parameterCount - trainedCount, change + trainedCount, parameters.start + trainedCount)
  }

  /// Adds `change`, `parameterCount` floats, to the parameters; atomic number by number.
  func add(_ change: UnsafePointer<Float>) {
    cs_add_floats(parameterCount, change, parameters.start)
  }

  /// How many updates have been applied.
  ///
  /// One atomic word that all workers share.
  package var updateCount: Int {
    get { Int(cs_load(word(0))) }
    nonmutating set { cs_store(word(0), UInt64(newValue)) }
  }

  /// Counts one update and gives its number, from 1.
  ///
  /// Atomic over all workers.
  package func nextUpdate() -> Int {
    defer { trigger?.come(to: .push) }
    return Int(cs_add(word(0), 1))
  }

  /// The exchanges with the master that the node's first worker, which alone counts them, has completed.
  var exchangeCount: Int {
    get { Int(cs_load(word(8))) }
    nonmutating set { cs_store(word(8), UInt64(newValue)) }
  }

  /// The lock of modes that have one.
  package var lock: LeaseLock {
    LeaseLock(
      word: word(64), leaseSeconds: leaseSeconds, rank: rank, traffic: traffic, trigger: trigger)
  }

  /// The same for who would rather go without it than wait long: for `seconds` at most.
  func lock(waitingFor seconds: Double) -> LeaseLock {
    LeaseLock(word: word(64), leaseSeconds: seconds)
  }

  /// The workers' clocks, for the one of them that is `worker`.
  package func clocks(of worker: Int) -> StepClocks {
    let offset =
      Self.headerByteCount + Self.padded(parameterCount) + Self.padded(trainedCount * slotCount)
    return StepClocks(base: base + offset, count: clockCount, worker: worker)
  }

  private func word(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (base + offset).assumingMemoryBound(to: UInt64.self)
  }

  /// Bytes of `count` floats, rounded up to whole cache lines.
  private static func padded(_ count: Int) -> Int { (count * 4 + 63) / 64 * 64 }
}

@available(*, unavailable)
extension ParameterMemory: Sendable {}
