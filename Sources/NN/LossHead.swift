private import CKernels

/// The end of a network in training: the loss, its gradient, and the last activation where the loss
/// took it over.
struct LossHead {
  let loss: Loss
  /// Whether `values` are logits whose activation is computed here, into `outputs`.
  let isFused: Bool
  /// Rows x columns, as the kernels see them: each position of a row is a row for a categorical loss.
  let rows: Int, columns: Int
  /// The rows of the batch.
  let batchSize: Int
  /// What the last layer writes: the outputs, or the logits when fused.
  let values: UnsafeMutablePointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  let targets: UnsafeMutablePointer<Float>
  let gradient: UnsafeMutablePointer<Float>?

  /// Computes the outputs from the logits, where that was not a layer's work.
  func activate() {
    guard isFused else { return }
    if loss.isCategorical {
      ck_softmax_forward(rows, columns, values, outputs)
    } else {
      ck_activation_forward(Int32(CK_SIGMOID.rawValue), 0, rows * columns, values, outputs)
    }
  }

  /// The sum of the loss over the batch's rows; with `training` also the outputs and the gradient
  /// of the mean.
  func evaluate(training: Bool) -> Double {
    let d = training ? gradient : nil
    let scale = 1 / Float(rows)
    let sum: Double
    switch (loss.function, isFused) {
    case (.sparseCategoricalCrossentropy, true):
      sum = ck_softmax_cross_entropy_sparse(rows, columns, values, targets, scale, outputs, d)
    case (.categoricalCrossentropy, true):
      sum = ck_softmax_cross_entropy(rows, columns, values, targets, scale, outputs, d)
    case (.binaryCrossentropy, true):
      sum = ck_sigmoid_cross_entropy(rows, columns, values, targets, scale, outputs, d)
    case (.sparseCategoricalCrossentropy, false):
      sum = ck_cross_entropy_sparse(rows, columns, values, targets, scale, d)
    case (.categoricalCrossentropy, false):
      sum = ck_cross_entropy(rows, columns, values, targets, scale, d)
    case (.binaryCrossentropy, false):
      sum = ck_binary_cross_entropy(rows, columns, values, targets, scale, d)
    case (.meanSquaredError, _):
      sum = ck_squared_error(rows, columns, values, targets, scale, d)
    case (.meanAbsoluteError, _):
      sum = ck_absolute_error(rows, columns, values, targets, scale, d)
    case (.huber, _):
      sum = ck_huber(rows, columns, values, targets, Float(loss.delta), scale, d)
    }
    return sum * Double(batchSize) / Double(rows)
  }
}
