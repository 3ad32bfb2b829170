private import CKernels

/// The places that queries may look at: those that are there in the key and in the value, as in Keras'
/// `_compute_attention_mask`.
struct KeyMask {
  /// samples x keys floats of 1 or 0; nil: all are there.
  let mask: UnsafeMutablePointer<Float>?
  /// The masks of key and value where both have one of their own, and their length.
  private let parts: (key: UnsafeMutablePointer<Float>, value: UnsafeMutablePointer<Float>)?
  private let count: Int

  /// Plans the mask; `key` and `value` are the places of both among the inputs of `plan`.
  init(_ plan: LayerPlan, key: Int, value: Int) {
    count = plan.batchSize * plan.inputShapes[key][0]
    let masks = (key: plan.inputMasks[key], value: plan.inputMasks[value])
    guard let own = masks.key, let other = masks.value, own != other else {
      mask = masks.key ?? masks.value
      parts = nil
      return
    }
    mask = plan.arena.allocate(count).baseAddress
    parts = (own, other)
  }

  /// Computes the mask from those of this pass.
  ///
  /// Allocates nothing.
  func run() {
    guard let parts, let mask else { return }
    mask.update(from: parts.key, count: count)
    ck_multiply(count, parts.value, mask)
  }
}
