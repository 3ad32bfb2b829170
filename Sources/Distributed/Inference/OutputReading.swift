internal import NN
internal import Pipeline

/// How a network's outputs for a sample become numbers about its targets: their means and standard
/// deviations, and the way back into the units that the training file has them in.
struct OutputReading {
  /// What the outputs are the parameters of; nil where they are the predictions themselves.
  let distribution: OutputDistribution?
  /// The shape of a sample's predictions.
  let shape: [Int]
  /// The predictions of a sample.
  let targetCount: Int
  /// What leads back to the file's units; nil where the outputs have none: probabilities.
  private let units: Affine?
  private let rows: Int
  private let outputColumns: Int, targetColumns: Int

  init(_ model: TrainedModel) throws {
    let outputShape = model.network.outputShape
    let distribution = model.distribution
    outputColumns = outputShape.last ?? 1
    rows = outputShape.dropLast().reduce(1, *)
    self.distribution = distribution
    if let distribution, distribution.hasOrder {
      guard let count = distribution.targetCount(outputs: outputColumns) else {
        throw DistributedError(
          "\(model.path) is damaged: its outputs of the shape \(outputShape) cannot be the parameters "
            + "of the distribution \(distribution.name)")
      }
      targetColumns = count
    } else {
      targetColumns = outputColumns
    }
    shape = outputShape.dropLast() + [targetColumns]
    let targetCount = rows * targetColumns
    self.targetCount = targetCount
    let inverse = model.hasUnits ? model.pipeline.target.inverse : nil
    units = inverse.flatMap {
      $0 == .identity || $0.isPerColumn && $0.scale.count != targetCount ? nil : $0
    }
  }

  /// Whether the predictions are numbers that residuals can be taken from.
  var isNumeric: Bool { distribution?.hasOrder ?? true }

  /// The means of a sample's targets, in the network's units.
  func mean(_ outputs: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    guard let distribution else { return result.update(from: outputs, count: targetCount) }
    for row in 0..<rows {
      distribution.mean(
        outputs + row * outputColumns, columns: outputColumns, into: result + row * targetColumns)
    }
  }

  /// Their standard deviations, in the network's units; 0 where no distribution is predicted.
  func deviation(_ outputs: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    guard let distribution else { return result.update(repeating: 0, count: targetCount) }
    for row in 0..<rows {
      distribution.deviation(
        outputs + row * outputColumns, columns: outputColumns, into: result + row * targetColumns)
    }
  }

  /// The quantiles of a sample's targets at `level` of the file's units.
  ///
  /// Where the way back turns the order round it is the other end of the network's.
  func quantile(
    _ level: Double, _ outputs: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    guard let distribution else { return result.update(repeating: .nan, count: targetCount) }
    for row in 0..<rows {
      let own = outputs + row * outputColumns
      let start = row * targetColumns
      distribution.quantile(level, own, columns: outputColumns, into: result + start)
      guard let units, units.scale.contains(where: { $0 < 0 }) else { continue }
      distribution.quantile(1 - level, own, columns: outputColumns, into: scratch + start)
      for j in start..<start + targetColumns where factor(j) < 0 { result[j] = scratch[j] }
    }
    restore(result)
  }

  /// A draw of a sample's targets in the file's units, or of its classes.
  func sample(
    _ outputs: UnsafePointer<Float>, using generator: inout RandomGenerator,
    into result: UnsafeMutablePointer<Float>
  ) {
    guard let distribution else { return }
    let columns = distribution.hasOrder ? targetColumns : 1
    for row in 0..<rows {
      distribution.sample(
        outputs + row * outputColumns, columns: outputColumns, using: &generator,
        into: result + row * columns)
    }
    if distribution.hasOrder { restore(result) }
  }

  /// The numbers of a draw of one sample, and their shape.
  var drawCount: Int { distribution?.hasOrder == false ? rows : targetCount }
  var drawShape: [Int] { distribution?.hasOrder == false ? shape.dropLast() : shape }

  private func factor(_ j: Int) -> Double {
    guard let units else { return 1 }
    return units.isPerColumn ? units.scale[j] : units.scale[0]
  }

  /// Whether the way back into the file's units turns the order of target `j` round.
  func turns(_ j: Int) -> Bool { factor(j) < 0 }

  /// Turns a sample's predictions from the network's units into the file's.
  func restore(_ values: UnsafeMutablePointer<Float>) {
    guard let units else { return }
    for j in 0..<targetCount {
      let offset = units.isPerColumn ? units.offset[j] : units.offset[0]
      values[j] = Float(Double(values[j]) * factor(j) + offset)
    }
  }

  /// The same for deviations, which have no zero of their own.
  func restoreScale(_ values: UnsafeMutablePointer<Float>) {
    guard units != nil else { return }
    for j in 0..<targetCount { values[j] = Float(Double(values[j]) * abs(factor(j))) }
  }
}

extension TrainedModel {
  /// Whether outputs, or the means of their distributions, are in the units of the targets; others are
  /// probabilities, or scores.
  var hasUnits: Bool {
    if isPart { return false }
    if let distribution { return distribution != .bernoulli && distribution != .categorical }
    switch job?.training.loss.function {
    case .meanSquaredError, .meanAbsoluteError, .meanAbsolutePercentageError,
      .meanSquaredLogarithmicError, .huber, .logCosh, .poisson:
      return true
    default: return false
    }
  }
}
