internal import CKernels
internal import NN

/// What a worker's update must pass before it reaches the parameters: its loss is finite, and no layer's
/// gradient is without bounds.
struct UpdateDoor {
  /// What looks at the gradients.
  let watch: GradientWatch
  /// Whether a refusal ends the training.
  let isStrict: Bool
  /// The updates that were refused in this run.
  private(set) var refusedCount = 0
  /// Those since the last one that was made.
  private var row = 0

  /// Refusals of a rank that are told of one by one; the others are counted.
  static let toldCount = 5
  /// So many in a row mean that nothing can be learned any more.
  static let longestRow = 100

  init(_ network: Network, limit: Double, isStrict: Bool) {
    watch = GradientWatch(network, limit: limit)
    self.isStrict = isStrict
  }

  /// What is wrong with a step.
  struct Finding {
    /// The layer's place; nil: the loss.
    let layer: Int?
    let value: Double
    let mean: Double
  }

  /// Looks at a step's loss and gradient; nil: the update may be made.
  ///
  /// `isApplied`: it has changed the weights within the backward pass, as far as `watch` let it.
  mutating func finding(
    loss: Double, gradient: UnsafePointer<Float>, isApplied: Bool
  ) -> Finding? {
    var finding: Finding?
    if !loss.isFinite {
      finding = Finding(layer: nil, value: loss, mean: 0)
    } else if let found = watch.inspect(gradient, isApplied: isApplied) {
      finding = Finding(layer: found.layer, value: found.norm, mean: found.mean)
    }
    guard finding == nil else {
      refusedCount += 1
      row += 1
      return finding
    }
    watch.accept()
    row = 0
    return nil
  }

  /// Whether this refusal is told of by itself.
  var tells: Bool { refusedCount <= Self.toldCount }

  /// Why the training cannot go on where a node's pushes are refused, `pushRow` of them in a row; nil: it does.
  func end(pushRow: Int) -> String? {
    if isStrict { return "training diverged" }
    guard pushRow >= Self.longestRow else { return nil }
    return "training diverged: \(pushRow) pushes in a row of this node had to be refused"
  }

  /// Why the training cannot go on behind a refusal, in words; nil: it goes on.
  ///
  /// With `epochSteps` steps in an epoch, a whole epoch without an update is enough.
  func end(epochSteps: Int, parameters: UnsafeMutableBufferPointer<Float>) -> String? {
    if isStrict { return "training diverged" }
    let most = max(1, min(Self.longestRow, epochSteps))
    if row >= most {
      return "training diverged: \(most == 1 ? "the update" : "\(most) updates in a row")"
        + (most < Self.longestRow ? ", all of an epoch," : "") + " of this rank had to be refused"
    }
    let isFinite = ck_sum_of_squares(parameters.count, parameters.start).isFinite
    return isFinite ? nil : "training diverged: the parameters are not finite"
  }
}
