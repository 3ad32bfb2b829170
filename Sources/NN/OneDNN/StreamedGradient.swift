private import CKernels

/// The gradient x^T dy of a matrix of weights that never lies whole in memory: each block goes to a
/// step's update as soon as it is computed.
///
/// For one thread of a CPU with AVX2 but without AVX-512, where our own product is as fast as oneDNN's.
final class StreamedGradient {
  private let product: ProductKernel
  private let columnCount: Int
  private var weights: UnsafePointer<Float>?
  private var update: BackwardUpdate?

  /// Nil where it would be slower than to compute the gradient first.
  ///
  /// x is the layer's input, `rows` x `inputs`, dy is rows x `outputs`.
  init?(rows: Int, inputs: Int, outputs: Int, dy: UnsafePointer<Float>, plan: LayerPlan) {
    guard Engine.instructionSet == "avx2", ck_product_runs() != 0, plan.engine.threadCount == 1,
      plan.engine.precision == .float32, inputs >= 16, outputs >= 16
    else { return nil }
    columnCount = outputs
    product = ProductKernel(
      ProductKernel.Shape(
        batch: 1, rows: inputs, inner: rows, columns: outputs, transposedA: true,
        transposedB: false, relu: false))
    product.bind(0, plan.input)
    product.bind(1, UnsafeMutableRawPointer(mutating: dy))
    plan.scratch.reserve(product.takenScratchBytes) { [unowned self] in product.bind(3, $0) }
  }

  /// Sets where the weights lie, inputs x outputs.
  func bind(weights: UnsafePointer<Float>) { self.weights = weights }

  /// Computes the gradient and changes all weights.
  ///
  /// Allocates nothing.
  func execute(into update: BackwardUpdate) {
    self.update = update
    product.execute(context: Unmanaged.passUnretained(self).toOpaque()) {
      context, row, column, rows, columns, block in
      guard let context, let block else { preconditionFailure("a block without a place") }
      Unmanaged<StreamedGradient>.fromOpaque(context).takeUnretainedValue()
        .take(block, row: row, column: column, rows: rows, columns: columns)
    }
    self.update = nil
  }

  private func take(
    _ block: UnsafeMutablePointer<Float>, row: Int, column: Int, rows: Int, columns: Int
  ) {
    guard let weights, let update else { preconditionFailure("weights that are not bound") }
    let start = weights + row * columnCount + column
    guard columns < columnCount else {
      return update.apply(to: start, gradient: block, count: rows * columns)
    }
    for i in 0..<rows {
      update.apply(to: start + i * columnCount, gradient: block + i * columns, count: columns)
    }
  }
}
