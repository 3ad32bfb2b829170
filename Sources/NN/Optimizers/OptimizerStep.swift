private import CKernels

extension Optimizer {
  /// Changes `count` parameters and their state in place.
  ///
  /// `step` is the number of this update, from 1; with gradient accumulation it counts gradients.
  /// Learning rate, bias correction and accumulation follow from it alone, so a resumed training
  /// goes on where it was. `gradient` may be changed: clipping is in place. `rateFactor` is multiplied into
  /// this update's learning rate. Nothing is allocated.
  ///
  /// Source of the order: `keras/src/optimizers/base_optimizer.py`, `_backend_apply_gradients`.
  public func update(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    state: UnsafeMutablePointer<Float>, count: Int, step: Int, rateFactor: Double = 1
  ) {
    let common = common
    precondition(
      common.arrays.last.map { $0.upperBound == count } ?? true,
      "\(count) parameters for arrays up to \(common.arrays.last?.upperBound ?? 0)")
    let index = max(1, step) - 1
    let portion = common.accumulationStepCount
    var slot = state + ruleSlotCount * count
    if portion > 1 {
      if (index + 1) % portion == 0 {
        ck_take_accumulated(count, 1 / Float(portion), gradient, slot)
      } else {
        ck_accumulate(count, gradient, slot)
      }
      slot += count
    }
    if (index + 1) % portion == 0 {
      common.clipping?.clip(gradient, count: count, arrays: common.arrays)
      let (rate, decay) = common.rates(at: index)
      apply(
        OptimizerUpdate(
          parameters: parameters, gradient: gradient, state: state, count: count,
          slotStride: count, step: (index + 1) / portion, rate: rate * rateFactor,
          decay: decay * rateFactor, arrays: common.arrays))
    }
    common.average?.follow(
      parameters, average: slot, count: count, iteration: index / portion)
  }

  /// Puts the average of the weights in their place, as Keras does at the end of training.
  ///
  /// Nothing happens without `use_ema`, or before the first step.
  public func finalize(
    parameters: UnsafeMutablePointer<Float>, state: UnsafePointer<Float>, count: Int, step: Int
  ) {
    guard common.average != nil, step > 0 else { return }
    parameters.update(from: state + (slotCount - 1) * count, count: count)
  }
}
