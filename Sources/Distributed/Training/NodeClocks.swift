internal import CMPI

/// How the nodes hear of each other's slowest workers, for a staleness bound that holds over all of them.
///
/// The first workers of the nodes gather the clocks of their nodes' slowest ones, and as soon as that is done they
/// do it again; the worker that computes takes part behind each of its steps, the one that waits all the time.
/// Clocks only go forward, so that what a node knows is never too much: the bound holds to the step, and what is
/// known too late costs waiting.
final class NodeClocks {
  private let clocks: StepClocks
  private let nodes: Communicator
  /// What each node has given, by its number; MPI's while it is under way.
  private let gathered: UnsafeMutableBufferPointer<UInt64>
  private var request = cmpi_request_null()
  private var isUnderWay = false

  /// Nil unless this worker `isFirst` of its node.
  ///
  /// Collective over `workers` and blocking.
  init?(
    _ clocks: StepClocks, isFirst: Bool, of workers: borrowing Communicator
  ) throws(MPIError) {
    guard let part = try workers.split(color: isFirst ? 0 : nil) else { return nil }
    self.clocks = clocks
    nodes = part
    gathered = .allocate(capacity: nodes.size)
    gathered.initialize(repeating: 0)
  }

  /// A part of an epoch begins; all workers have begun to count.
  func begin() throws(MPIError) { try gather() }

  /// Takes what has been gathered, if it is complete.
  ///
  /// Does not block; lets MPI make progress.
  func look() throws(MPIError) {
    guard isUnderWay else { return }
    var done: Int32 = 0
    try MPIError.check(cmpi_test(&request, &done), "look at the clocks of other nodes")
    guard done != 0 else { return }
    isUnderWay = false
    var (others, areAllAway) = (StepClocks.away, true)
    for (node, slowest) in gathered.enumerated() {
      if node != nodes.rank { others = min(others, slowest) }
      areAllAway = areAllAway && slowest == StepClocks.away
    }
    clocks.isElsewhere(at: others)
    // All nodes see the same, so all gather as often.
    if !areAllAway { try gather() }
  }

  /// Takes part until all workers of all nodes have left, as this one has.
  ///
  /// Collective over the first workers of the nodes, and blocking.
  func end() throws(MPIError) {
    var pause = Backoff()
    var turn = WaitTurn()
    while isUnderWay {
      try look()
      try turn.pass(in: .barrier, on: nodes)
      pause.pause()
    }
  }

  /// Frees the communicator; nothing is under way.
  ///
  /// Collective over the first workers of the nodes.
  func free() throws(MPIError) { try nodes.release() }

  /// Source: MPI 3.1, section 5.12.5, `MPI_Iallgather`.
  private func gather() throws(MPIError) {
    gathered[nodes.rank] = clocks.slowestHere
    try MPIError.check(
      cmpi_iallgather_in_place(
        gathered.baseAddress, 1, UInt64.mpiType, nodes.handle, &request),
      "gather the clocks of \(nodes.size) nodes")
    isUnderWay = true
  }

  deinit {
    // Called out of a wait: what the others send may still come.
    if !isUnderWay { gathered.deallocate() }
  }
}
