internal import NN

/// The memory that training works on, owned: a shared window of the node, or this process's heap.
///
/// Rank 0 supplies the window and then sleeps; the workers of the node compute on it directly. Not
/// copyable; freeing is collective, so call `free()` on success.
package struct ParameterServer: ~Copyable {
  private var window: SharedWindow?
  private let heap: FloatArena?
  /// Where parameters, optimizer state and counters are.
  package let memory: ParameterMemory

  /// Allocates a window for all ranks of `node`; without a `trainedCount` all parameters are trained.
  ///
  /// `clockCount` workers of them have a clock; a wait for the lock ends with an error after `leaseSeconds`.
  /// Collective over `node` and blocking.
  package init(
    parameterCount: Int, trainedCount: Int? = nil, slotCount: Int, clockCount: Int = 0,
    leaseSeconds: Double = 20, on node: borrowing Communicator
  ) throws(MPIError) {
    let trained = trainedCount ?? parameterCount
    let byteCount = ParameterMemory.byteCount(
      parameterCount: parameterCount, trainedCount: trained, slotCount: slotCount,
      clockCount: clockCount)
    let window = try SharedWindow(byteCount: byteCount, on: node)
    memory = ParameterMemory(
      base: window.base, parameterCount: parameterCount, trainedCount: trained,
      slotCount: slotCount, clockCount: clockCount, leaseSeconds: leaseSeconds)
    heap = nil
    self.window = consume window
  }

  /// Allocates heap memory for one process that needs no window.
  package init(parameterCount: Int, trainedCount: Int? = nil, slotCount: Int, clockCount: Int = 0) {
    let trained = trainedCount ?? parameterCount
    let byteCount = ParameterMemory.byteCount(
      parameterCount: parameterCount, trainedCount: trained, slotCount: slotCount,
      clockCount: clockCount)
    let heap = FloatArena()
    guard let base = heap.allocate(byteCount / MemoryLayout<Float>.stride).baseAddress else {
      preconditionFailure("an arena gave an empty block")
    }
    memory = ParameterMemory(
      base: base, parameterCount: parameterCount, trainedCount: trained, slotCount: slotCount,
      clockCount: clockCount)
    self.heap = heap
    window = nil
  }

  /// Makes what other ranks stored visible here, and the other way round.
  ///
  /// Not collective.
  package borrowing func sync() throws(MPIError) {
    switch window {
    case .some(let window): try window.sync()
    case .none: break
    }
  }

  /// Gives the memory back.
  ///
  /// Collective when it is a window.
  package consuming func free() throws(MPIError) {
    withExtendedLifetime(heap) {}
    try window.take()?.free()
  }
}
