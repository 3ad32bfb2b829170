private import CKernels

/// Stretches of numbers, each normalized by its own mean and variance, then scaled and shifted channel
/// by channel: layer, RMS and, with the stretches of a group put together, group normalization.
final class RowNormalizationLayer: Layer {
  private let affine: NormalizationAffine
  private let plan: LayerPlan
  /// Stretches, and the numbers of each.
  private let rows: Int, count: Int
  /// Channels.
  private let columns: Int
  private let rootOnly: Int32
  private let normalized: UnsafeMutablePointer<Float>
  private let inverse: UnsafeMutablePointer<Float>
  private var gamma: UnsafeMutablePointer<Float>?
  private var beta: UnsafeMutablePointer<Float>?
  private var gammaGradient: UnsafeMutablePointer<Float>?
  private var betaGradient: UnsafeMutablePointer<Float>?

  init(
    _ affine: NormalizationAffine, _ plan: LayerPlan, rows: Int, count: Int, columns: Int,
    rootOnly: Bool
  ) {
    self.affine = affine
    self.plan = plan
    self.rows = rows
    self.count = count
    self.columns = columns
    self.rootOnly = rootOnly ? 1 : 0
    normalized = plan.arena.allocate(rows * count).baseAddress ?? plan.output
    inverse = plan.arena.allocate(rows).baseAddress ?? plan.output
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    gamma = affine.scale ? parameters : nil
    gammaGradient = affine.scale ? gradient : nil
    let offset = affine.scale ? columns : 0
    beta = affine.center ? parameters + offset : nil
    betaGradient = affine.center ? gradient.map { $0 + offset } : nil
  }

  func forward(_ pass: Pass) {
    ck_row_normalize(rows, count, Float(affine.epsilon), rootOnly, plan.input, normalized, inverse)
    ck_rows_affine(rows * count / columns, columns, normalized, gamma, beta, plan.output)
  }

  func backward(_ pass: Pass) {
    guard let dy = plan.outputGradient else { return }
    ck_rows_affine_backward(
      rows * count / columns, columns, normalized, gamma, dy, gammaGradient, betaGradient)
    guard let dx = plan.inputGradient else { return }
    ck_row_normalize_backward(rows, count, rootOnly, normalized, dy, inverse, dx)
  }
}
