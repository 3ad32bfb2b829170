private import Glibc

// What a metric adds up, and its figure.
extension Metric {
  /// Adds the batch.
  ///
  /// Allocates nothing.
  ///
  /// - Parameters:
  ///   - batch: rows of outputs and targets.
  ///   - sums: the metric's own sums.
  func add(_ batch: MetricBatch, to sums: UnsafeMutablePointer<Double>) {
    switch kind {
    case .binaryAccuracy(let threshold): addHits(batch, threshold, to: sums)
    case .topK(let k):
      for row in 0..<batch.rows {
        let weight = batch.weight(row)
        if let label = batch.label(row), batch.isAmongLargest(row, label, k) { sums[0] += weight }
        sums[1] += weight
      }
    case .mean(let loss, _), .perplexity(let loss): addLoss(loss, batch, to: sums)
    case .rootMeanSquaredError: addLoss(Loss(.meanSquaredError), batch, to: sums)
    case .r2: addSquares(batch, to: sums)
    case .counts(let figure): addCounts(batch, figure, to: sums)
    case .area(_, let classID): addScores(batch, classID, to: sums)
    }
  }

  /// The figure; not a number when it is undefined.
  func result(_ sums: UnsafePointer<Double>, columns: Int) -> Double {
    switch kind {
    case .binaryAccuracy, .topK: sums[0] / sums[1]
    case .mean(_, let sign): sign * sums[0] / sums[1]
    case .rootMeanSquaredError: (sums[0] / sums[1]).squareRoot()
    case .perplexity: exp(sums[0] / sums[1])
    case .r2(let isVarianceWeighted): Self.r2(sums, columns, isVarianceWeighted)
    case .counts(let figure): figure.result(sums, columns: columns)
    case .area(let curve, _): ScoreHistogram(sums).area(curve)
    }
  }

  private func addHits(
    _ batch: MetricBatch, _ threshold: Double, to sums: UnsafeMutablePointer<Double>
  ) {
    let threshold = Float(threshold)
    for row in 0..<batch.rows {
      let weight = batch.weight(row)
      let normalizer = batch.normalizer(row)
      var hits = 0
      for j in 0..<batch.columns {
        let p = batch.probability(row, j, normalizer)
        if p == p && (p > threshold) == batch.isPositive(row, j) { hits += 1 }
      }
      sums[0] += weight * Double(hits)
      sums[1] += weight * Double(batch.columns)
    }
  }

  private func addLoss(
    _ loss: Loss, _ batch: MetricBatch, to sums: UnsafeMutablePointer<Double>
  ) {
    sums[0] += loss.sum(loss.hidesMean ? batch.raw : batch.operands)
    guard batch.operands.weights != nil else {
      sums[1] += Double(batch.rows)
      return
    }
    for row in 0..<batch.rows { sums[1] += batch.weight(row) }
  }

  private func addSquares(_ batch: MetricBatch, to sums: UnsafeMutablePointer<Double>) {
    for row in 0..<batch.rows {
      let weight = batch.weight(row)
      sums[0] += weight
      for j in 0..<batch.columns {
        let y = Double(batch.operands.targets[row * batch.columns + j])
        let error = y - Double(batch.outputs(row)[j])
        sums[1 + 3 * j] += weight * y
        sums[2 + 3 * j] += weight * y * y
        sums[3 + 3 * j] += weight * error * error
      }
    }
  }

  // 1 - (sum of squared errors) / (sum of squares about the mean), for each output; 0 where the
  // targets do not vary but the outputs miss them, as in Keras.
  private static func r2(
    _ sums: UnsafePointer<Double>, _ columns: Int, _ isVarianceWeighted: Bool
  ) -> Double {
    var total = 0.0, weights = 0.0
    for j in 0..<columns {
      let spread = sums[2 + 3 * j] - sums[1 + 3 * j] * sums[1 + 3 * j] / sums[0]
      let raw = 1 - sums[3 + 3 * j] / spread
      let weight = isVarianceWeighted ? spread : 1
      total += weight * (raw.isInfinite ? 0 : raw)
      weights += weight
    }
    return total / weights
  }

  private func addCounts(
    _ batch: MetricBatch, _ figure: CountFigure, to sums: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<batch.rows where batch.isCounted(row) {
      let weight = batch.weight(row)
      let normalizer = batch.normalizer(row)
      // The place of the largest is found once for the whole row.
      let largest = ConfusionMatrix.largest(batch.outputs(row), batch.columns)
      for j in 0..<batch.columns {
        let isChosen =
          switch figure.choice {
          case .above(let threshold): batch.probability(row, j, normalizer) > Float(threshold)
          case .largest(1): j == largest && batch.outputs(row)[j] == batch.outputs(row)[j]
          case .largest(let k): batch.isAmongLargest(row, j, k)
          }
        switch (isChosen, batch.isPositive(row, j)) {
        case (true, true): sums[3 * j] += weight
        case (true, false): sums[3 * j + 1] += weight
        case (false, true): sums[3 * j + 2] += weight
        case (false, false): break
        }
      }
    }
  }

  private func addScores(
    _ batch: MetricBatch, _ classID: Int?, to sums: UnsafeMutablePointer<Double>
  ) {
    let chosen = classID.map { $0..<$0 + 1 } ?? 0..<batch.columns
    for row in 0..<batch.rows where batch.isCounted(row) {
      let weight = batch.weight(row)
      let normalizer = batch.normalizer(row)
      for j in chosen {
        ScoreHistogram.add(
          batch.probability(row, j, normalizer), isPositive: batch.isPositive(row, j),
          weight: weight, to: sums)
      }
    }
  }
}
