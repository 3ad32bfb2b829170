/// What a mode adds to a worker's forward and backward pass: bytes that it moves for each parameter, and
/// where the lock is.
///
/// Counted from the exchanges' loops: a float that is read, or written, is four bytes.
struct ModeTraffic {
  /// Each step, beside the others.
  var stepBytes = 0.0
  /// Each step, under the lock for reading.
  var readBytes = 0.0
  /// Every `pullInterval` steps, without a lock.
  var pullBytes = 0.0
  var pullInterval = 1
  /// Every `writeInterval` steps, alone under the lock.
  var writeBytes = 0.0
  var writeInterval = 1
  /// Set where the workers meet all at once.
  var collective: Collective?

  /// One `MPI_Allreduce` every `interval` steps.
  struct Collective {
    var interval: Int
    /// Bytes for each parameter before it.
    var bytesBefore: Double
    /// Bytes for each parameter behind it.
    var bytesAfter: Double
    /// Whether it can run beside the backward pass.
    var overlaps: Bool
  }

  /// What `mode` adds; `usesCopy` as in `SimulatedTraining`.
  ///
  /// - Throws: `DistributedError` (70) for a mode that this table lacks.
  init(
    _ mode: any ExchangeMode, stateFloats: Int, workerCount: Int, usesCopy: Bool
  ) throws(DistributedError) {
    let state = 8 * Double(stateFloats)
    // In the backward pass the gradient is in the cache; afterwards it comes from memory.
    let (fused, apart) = (8 + state, 12 + state)
    switch mode {
    case is HogwildMode where usesCopy:
      pullBytes = 8
      stepBytes = apart
    case is HogwildMode: stepBytes = fused
    case is LockedMode:
      readBytes = 8
      writeBytes = apart
    case let mode as DownpourMode:
      let sums = mode.pushInterval > 1 || mode.pullInterval > 1
      stepBytes = (sums ? 12 : 0) + (mode.pullInterval > 1 ? apart : 0)
      (pullBytes, pullInterval) = (8, mode.pullInterval)
      (writeBytes, writeInterval) = (apart, mode.pushInterval)
    case let mode as ElasticMode:
      stepBytes = fused
      (writeBytes, writeInterval) = (16, mode.interval)
    case let mode as ElasticMomentumMode:
      stepBytes = fused + 20
      (writeBytes, writeInterval) = (24, mode.interval)
    case let mode as EnergyMatchingMode:
      stepBytes = fused
      (writeBytes, writeInterval) = (36, mode.interval)
    case let mode as DynamicMode:
      stepBytes = fused
      (writeBytes, writeInterval) = (24, mode.interval)
    case let mode as LocalSGDMode:
      stepBytes = fused
      collective = Collective(
        interval: mode.interval, bytesBefore: 12, bytesAfter: 28, overlaps: false)
    case is SynchronousMode:
      // A worker alone has nothing to weigh.
      let weighing = workerCount > 1 ? 8.0 : 0
      collective = Collective(
        interval: 1, bytesBefore: weighing, bytesAfter: weighing + apart, overlaps: true)
    default:
      throw DistributedError(
        "the simulation does not know the mode '\(type(of: mode).name)'", exitCode: 70)
    }
  }
}
