private import CKernels

/// Puts the input into a larger box of zeros, or takes a smaller box out of it; each is the other's
/// backward pass.
final class BorderLayer: Layer {
  private let plan: LayerPlan
  private let adds: Bool
  private var box: ck_box

  init(before: [Int], adds: Bool, _ plan: LayerPlan) {
    self.plan = plan
    self.adds = adds
    let axes = before.count
    // The kernels know three axes; those that are missing have one place.
    func each(_ lengths: some Sequence<Int>, _ missing: Int) -> (Int, Int, Int) {
      let all = [Int](repeating: missing, count: 3 - axes) + lengths
      return (all[0], all[1], all[2])
    }
    let (small, large) =
      adds ? (plan.inputShape, plan.outputShape) : (plan.outputShape, plan.inputShape)
    box = ck_box(
      batch: plan.batchSize, channels: small[axes], small: each(small.prefix(axes), 1),
      large: each(large.prefix(axes), 1), before: each(before, 0))
  }

  func forward(_ pass: Pass) {
    if adds {
      ck_box_embed(&box, plan.input, plan.output)
    } else {
      ck_box_extract(&box, plan.input, plan.output)
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    if adds { ck_box_extract(&box, dy, dx) } else { ck_box_embed(&box, dy, dx) }
  }
}
