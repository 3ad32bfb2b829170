internal import NN

/// The sum of all workers' gradients, in buckets from the last layers to the first: each is on its way as
/// soon as the backward pass has come past it.
///
/// A worker's gradient is a mean over its rows, so it is sent times its rows, and the sum of these goes with the
/// first bucket. The stop wish goes with the last one, which leaves behind the pass: a step has no other
/// message. All workers send the same buckets in the same order, one without rows sends zeros.
final class GradientBuckets: GradientObserver {
  /// Where they lie in the gradient.
  let places: [Range<Int>]
  private let gradient: Gradient
  private var sums: PendingReductions
  private var rowCount = 0
  private var failure: MPIError?
  /// Whether the buckets that have not started yet have nothing of this worker.
  private var isRefused = false
  /// Whether the workers meet in one blocking call.
  private let isBlocking: Bool
  /// Whether MPI may read and write the gradient.
  private var isMoving = false

  /// `groups`: of the nodes that the workers are on; nil: they meet all at once.
  init(
    _ places: [Range<Int>], of gradient: Gradient, among workers: borrowing Communicator,
    by groups: NodeGroups?
  ) {
    self.places = places
    self.gradient = gradient
    // With one there is nothing to do meanwhile: the blocking call is the faster one.
    isBlocking = places.count == 1 && groups == nil
    sums = PendingReductions(capacity: places.count, on: workers, by: groups)
  }

  /// Buckets of about `byteCount` bytes of a gradient, from its end to its beginning.
  ///
  /// Behind the trained weights' gradient lie the changes of the others, which the forward pass completes: they
  /// go with the first bucket. Equal parts, since a small last one would cost a message for little.
  static func places(
    trainedCount: Int, parameterCount: Int, byteCount: Int
  ) -> [Range<Int>] {
    let size = Double(trainedCount * MemoryLayout<Float>.stride)
    let count = max(1, Int((size / Double(byteCount)).rounded()))
    let width = max(1, (trainedCount + count - 1) / count)
    var places: [Range<Int>] = []
    var end = trainedCount
    while end > 0 {
      // Whole cache lines, as for a gradient in one piece.
      let start = max(0, (end - width) / 16 * 16)
      places.append(start..<(places.isEmpty ? parameterCount : end))
      end = start
    }
    return places.isEmpty ? [0..<parameterCount] : places
  }

  /// A step over `rowCount` rows begins.
  func begin(rowCount: Int) {
    self.rowCount = rowCount
    isRefused = false
  }

  func gradientIsRefused() { isRefused = true }

  func gradientIsComplete(from start: Int) {
    guard failure == nil else { return }
    do throws(MPIError) {
      while sums.startedCount < places.count - 1, places[sums.startedCount].lowerBound >= start {
        try startNext()
      }
      try sums.makeProgress()
    } catch {
      // Thrown where the step may throw.
      failure = error
    }
  }

  /// Starts what the backward pass has not started; a step of which a bucket is on its way has the rows that
  /// it began with.
  func startRest(
    rowCount: Int, wantsToStop: Bool, among workers: borrowing Communicator
  ) throws(MPIError) {
    if let failure { throw failure }
    // Nothing has left yet: what is refused does not count at all.
    if sums.startedCount == 0 { self.rowCount = rowCount }
    gradient.stopWish = wantsToStop ? 1 : 0
    if !isBlocking {
      while sums.startedCount < places.count {
        try startNext()
        try sums.makeProgress()
      }
    } else {
      scale(places[0])
      isMoving = true
      try workers.allReduce(gradient.message(places[0]), .sum, isKept: true)
      isMoving = false
    }
  }

  /// Waits for the sum of the next bucket.
  func waitForNext() throws(MPIError) {
    guard !isBlocking else { return }
    try sums.waitForNext()
    isMoving = sums.startedCount > 0
  }

  private func startNext() throws(MPIError) {
    let place = places[sums.startedCount]
    scale(place)
    isMoving = true
    try sums.start(gradient.message(place))
  }

  private func scale(_ place: Range<Int>) {
    if place.upperBound == gradient.parameterCount { gradient.rowCount = Float(rowCount) }
    // A worker without rows has an old gradient here, whatever it is worth times zero.
    gradient.weigh(place, rowCount: isRefused ? 0 : rowCount)
  }

  deinit {
    // Called out of a wait: what the others have sent may still come, and be added to this memory.
    if isMoving { _ = Unmanaged.passRetained(gradient) }
  }
}
