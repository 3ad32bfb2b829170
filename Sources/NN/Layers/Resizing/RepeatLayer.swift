private import CKernels

/// Repeats each place along each axis.
final class RepeatLayer: Layer {
  private let plan: LayerPlan
  private var repeats: ck_repeats

  init(_ size: [Int], _ plan: LayerPlan) {
    self.plan = plan
    let axes = size.count
    // The kernels know three axes; those that are missing have one place.
    func each(_ numbers: some Sequence<Int>) -> (Int, Int, Int) {
      let all = [Int](repeating: 1, count: 3 - axes) + numbers
      return (all[0], all[1], all[2])
    }
    repeats = ck_repeats(
      batch: plan.batchSize, channels: plan.inputShape[axes],
      in: each(plan.inputShape.prefix(axes)), size: each(size))
  }

  func forward(_ pass: Pass) { ck_repeat_forward(&repeats, plan.input, plan.output) }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    ck_repeat_backward(&repeats, dy, dx)
  }
}
