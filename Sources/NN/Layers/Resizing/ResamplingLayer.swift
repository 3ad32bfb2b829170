private import CKernels

/// Resamples an image, rows first and columns then: the weights of both axes are independent.
final class ResamplingLayer: Layer {
  private let plan: LayerPlan
  /// The image with its new rows.
  private let middle: UnsafeMutablePointer<Float>
  private let tables: FloatArena
  private var rows, columns: ck_resampling

  init(_ size: [Int], _ interpolation: Interpolation, _ plan: LayerPlan) {
    self.plan = plan
    tables = FloatArena()
    let (height, width, channels) = (plan.inputShape[0], plan.inputShape[1], plan.inputShape[2])
    let count = plan.batchSize * height * size[0] * width * channels
    middle = plan.arena.allocate(count).baseAddress ?? plan.output
    rows = Self.axis(
      lines: plan.batchSize, channels: width * channels, length: height, factor: size[0],
      interpolation, tables)
    columns = Self.axis(
      lines: plan.batchSize * height * size[0], channels: channels, length: width,
      factor: size[1], interpolation, tables)
  }

  private static func axis(
    lines: Int, channels: Int, length: Int, factor: Int, _ interpolation: Interpolation,
    _ arena: FloatArena
  ) -> ck_resampling {
    let table = interpolation.table(length: length, factor: factor)
    let weights = arena.allocate(table.weights.count)
    _ = weights.update(fromContentsOf: table.weights)
    let block = arena.allocate(table.places.count)
    let places = UnsafeMutableRawPointer(block.baseAddress)?.bindMemory(
      to: UInt32.self, capacity: table.places.count)
    for (index, place) in table.places.enumerated() { places?[index] = place }
    return ck_resampling(
      lines: lines, channels: channels, in: length, out: length * factor, taps: table.taps,
      places: places, weights: weights.baseAddress)
  }

  func forward(_ pass: Pass) {
    ck_resample_forward(&rows, plan.input, middle)
    ck_resample_forward(&columns, middle, plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient, let dx = plan.inputGradient else { return }
    ck_resample_backward(&columns, dy, middle)
    ck_resample_backward(&rows, middle, dx)
  }
}
