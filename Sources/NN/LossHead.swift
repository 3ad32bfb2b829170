private import CKernels

/// The end of a network in training: the loss, its gradient, and the last activation where the loss
/// took it over.
struct LossHead {
  let loss: Loss
  /// Whether `values` are logits whose activation is computed here, into `outputs`.
  let isFused: Bool
  /// Rows x columns: the columns are the last axis.
  let rows: Int, columns: Int
  /// The rows of the batch.
  let batchSize: Int
  /// What the last layer writes: the outputs, or the logits when fused.
  let values: UnsafeMutablePointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  let targets: UnsafeMutablePointer<Float>
  let gradient: UnsafeMutablePointer<Float>?
  /// What the loss is multiplied by in the sum over several outputs.
  let weight: Double
  /// 1 or 0 for each time step of the outputs, batch x steps; nil: all count.
  let mask: UnsafeBufferPointer<Float>?
  /// `rows` floats to combine the mask, sample and class weights in.
  let rowWeights: UnsafeMutablePointer<Float>

  /// One weight for each sample of the batch, or for each row (each position of a sequence); nil:
  /// all weigh 1.
  ///
  /// The memory is the caller's.
  var sampleWeights: UnsafeBufferPointer<Float>?
  /// One weight for each class, which training multiplies into the samples' weights; nil: all
  /// weigh 1.
  ///
  /// The class is the number in a sparse target, the place of the largest of several targets, or a
  /// single target rounded. Classes from the count on weigh 1. The memory is the caller's.
  var classWeights: UnsafeBufferPointer<Float>?

  /// Makes the end of a network whose outputs for one sample have the shape `outputShape`; the
  /// memory for weights comes from `arena`.
  init(
    loss: Loss, weight: Double, isFused: Bool, batchSize: Int, outputShape: [Int],
    values: UnsafeMutablePointer<Float>, outputs: UnsafeMutablePointer<Float>,
    targets: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?,
    mask: UnsafeMutablePointer<Float>?, arena: FloatArena
  ) {
    self.loss = loss
    self.weight = weight
    self.isFused = isFused
    self.batchSize = batchSize
    columns = outputShape.last ?? 1
    rows = batchSize * outputShape.dropLast().reduce(1, *)
    self.values = values
    self.outputs = outputs
    self.targets = targets
    self.gradient = gradient
    self.mask = mask.map { UnsafeBufferPointer(start: $0, count: batchSize * outputShape[0]) }
    rowWeights = arena.allocate(rows).baseAddress ?? outputs
  }

  /// Computes the outputs from the logits, where that was not a layer's work.
  func activate() {
    guard isFused else { return }
    if loss.isCategorical {
      ck_softmax_forward(rows, columns, values, outputs)
    } else {
      ck_activation_forward(Int32(CK_SIGMOID.rawValue), 0, rows * columns, values, outputs)
    }
  }

  /// The sum of the loss over the batch's samples, each the mean over its rows; with `training`
  /// also the outputs, and the gradient of the batch's mean times `weight`.
  ///
  /// As in Keras, sample weights always count, class weights only in training; time steps that are
  /// masked out do not count, and the mean is over the others. Allocates nothing.
  func evaluate(training: Bool) -> Double {
    let sum = loss.sum(
      operands(training: training), takenOver: isFused,
      probabilities: training && isFused ? outputs : nil, gradient: training ? gradient : nil,
      scale: Float(weight) / Float(rows * columns / operandColumns))
    return sum * Double(batchSize) * Double(operandColumns) / Double(rows * columns)
  }

  /// The numbers that make one row for the kernels: a whole sample where that makes no difference,
  /// since long rows are faster.
  private var operandColumns: Int {
    let isWeighted = sampleWeights != nil || classWeights != nil || mask != nil
    return loss.function.isMeanOfNumbers && !isWeighted ? rows * columns / batchSize : columns
  }

  /// The operands with the mask among their weights: masked rows weigh nothing, the others so much more
  /// that their mean is that of all (`apply_mask` in Keras 3).
  private func masked(_ operands: LossOperands) -> LossOperands {
    guard let mask else { return operands }
    var valid: Float = 0
    for value in mask { valid += value }
    let factor = Float(mask.count) / (valid + 1e-7)
    let spread = rows / mask.count
    for row in 0..<rows {
      let own = operands.weights.map { $0[row / operands.weightSpread] } ?? 1
      rowWeights[row] = own * mask[row / spread] * factor
    }
    var weighted = operands
    weighted.weights = UnsafePointer(rowWeights)
    weighted.weightSpread = 1
    return weighted
  }

  private func operands(training: Bool) -> LossOperands {
    let plain = LossOperands(
      rows: rows * columns / operandColumns, columns: operandColumns, values: values,
      targets: targets)
    let operands = masked(plain.weighed(by: sampleWeights))
    guard training, let classWeights else { return operands }
    ck_class_weights(
      rows, loss.targetColumns(columns), loss.isSparse ? 1 : 0, targets, classWeights.count,
      classWeights.baseAddress,
      ck_weights(w: operands.weights, spread: operands.weightSpread), rowWeights)
    var weighted = plain
    weighted.weights = UnsafePointer(rowWeights)
    return weighted
  }
}
