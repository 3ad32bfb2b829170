private import CKernels

/// The largest number or the mean of each channel; the mean of a masked sequence is that of the time
/// steps that are there, as in Keras.
final class GlobalPoolingLayer: Layer {
  private let plan: LayerPlan
  private let takesLargest: Bool
  private let channels, places: Int
  private let mask: UnsafeMutablePointer<Float>?

  init(takesLargest: Bool, _ plan: LayerPlan) {
    self.plan = plan
    self.takesLargest = takesLargest
    channels = plan.inputShape[plan.inputShape.count - 1]
    places = plan.inputCount / channels
    mask = plan.inputShape.count == 2 ? plan.inputMask : nil
  }

  func forward(_ pass: Pass) {
    if takesLargest {
      ck_global_max_forward(plan.batchSize, places, channels, plan.input, plan.output)
    } else {
      ck_global_average_forward(plan.batchSize, places, channels, mask, plan.input, plan.output)
    }
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    if takesLargest {
      ck_global_max_backward(
        plan.batchSize, places, channels, plan.input, plan.output, dy, dx)
    } else {
      ck_global_average_backward(plan.batchSize, places, channels, mask, dy, dx)
    }
  }
}
