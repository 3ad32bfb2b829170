private import CKernels

/// The largest number or the mean of each window.
final class PoolingLayer: Layer {
  private let plan: LayerPlan
  private let takesLargest: Bool
  private let count: Int
  private var window: ck_window
  /// The place of the largest input within each window, for the backward pass.
  private let taps: UnsafeMutablePointer<Int32>?

  init(_ axes: [WindowAxis], takesLargest: Bool, _ plan: LayerPlan) {
    self.plan = plan
    self.takesLargest = takesLargest
    // The kernels know three axes; those that are missing have one place.
    func each(_ value: (WindowAxis) -> Int, _ missing: Int) -> (Int, Int, Int) {
      let all = [Int](repeating: missing, count: 3 - axes.count) + axes.map(value)
      return (all[0], all[1], all[2])
    }
    let channels = plan.inputShape[axes.count]
    let block = max(plan.inputBlock, plan.outputBlock)
    window = ck_window(
      batch: plan.batchSize, blocks: block > 1 ? channels / block : 1,
      channels: block > 1 ? block : channels, in_blocked: plan.inputBlock > 1 ? 1 : 0,
      out_blocked: plan.outputBlock > 1 ? 1 : 0, in: each({ $0.input }, 1),
      out: each({ $0.output }, 1), size: each({ $0.kernel }, 1), stride: each({ $0.stride }, 1),
      before: each({ $0.before }, 0))
    count = plan.batchSize * plan.outputCount
    let count = count
    taps =
      takesLargest && plan.inputGradient != nil
      ? plan.arena.allocate(count).baseAddress.map {
        UnsafeMutableRawPointer($0).bindMemory(to: Int32.self, capacity: count)
      } : nil
  }

  func forward(_ pass: Pass) {
    if takesLargest {
      ck_max_pool_forward(&window, plan.input, plan.output, taps)
    } else {
      ck_average_pool_forward(&window, plan.input, plan.output)
    }
    plan.lateActivation?.forward(rows: 1, columns: count, from: plan.output, to: plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    plan.lateActivation?.backward(
      rows: 1, columns: count, input: plan.output, output: plan.output, from: dy, to: dy)
    if let taps {
      ck_max_pool_backward(&window, taps, dy, dx)
    } else {
      ck_average_pool_backward(&window, dy, dx)
    }
  }
}
