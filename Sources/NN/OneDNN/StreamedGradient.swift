private import CKernels

/// The gradient x^T dy of a matrix of weights that never lies whole in memory: each block goes to a
/// step's update as soon as it is computed.
///
/// For one thread of a CPU with AVX2 but without AVX-512, where our own product is as fast as oneDNN's.
final class StreamedGradient {
  private let product: ProductKernel
  private let columnCount: Int
  private let x: UnsafePointer<Float>, dy: UnsafePointer<Float>
  private let xCount: Int, dyCount: Int
  private var weights: UnsafePointer<Float>?
  private var update: BackwardUpdate?

  /// Nil where it would be slower than to compute the gradient first, or take much memory.
  ///
  /// x is the layer's input, `rows` x `inputs`, dy is rows x `outputs`. Rows of weights of one block are
  /// changed by one call; wider ones would need a call for each row.
  init?(rows: Int, inputs: Int, outputs: Int, dy: UnsafePointer<Float>, plan: LayerPlan) {
    let product = ProductKernel(
      ProductKernel.Shape(
        batch: 1, rows: inputs, inner: rows, columns: outputs, transposedA: true,
        transposedB: false, relu: false), arena: nil)
    // Twice the weights' own memory at most, unless it is little.
    let floatCount = product.takenScratchBytes / MemoryLayout<Float>.stride
    guard product.shape.suits, plan.engine.threadCount == 1,
      plan.engine.precision == .float32, outputs <= Int(ck_product_taken_width()),
      floatCount <= max(1 << 18, 2 * inputs * outputs)
    else { return nil }
    self.product = product
    columnCount = outputs
    (x, xCount) = (UnsafePointer(plan.input), rows * inputs)
    (self.dy, dyCount) = (dy, rows * outputs)
    product.bind(0, plan.input)
    product.bind(1, UnsafeMutableRawPointer(mutating: dy))
    plan.scratch.reserve(product.takenScratchBytes) { product.bind(3, $0) }
  }

  /// Sets where the weights lie, inputs x outputs.
  func bind(weights: UnsafePointer<Float>) { self.weights = weights }

  /// Computes the gradient and changes all weights, or none.
  ///
  /// Allocates nothing.
  func execute(into update: BackwardUpdate) {
    guard update.admits(x: x, count: xCount, dy: dy, count: dyCount) else { return }
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
    precondition(column == 0 && columns == columnCount, "a block of a part of the columns")
    update.change(weights + row * columnCount, gradient: block, count: rows * columns)
  }
}
