internal import NN

/// Runs a network over batches and turns its outputs into what a prediction tells of each row.
///
/// One for each rank. A batch is known by its number among all of a file's, from which its random numbers
/// follow, so that any number of ranks draws the same.
final class Forecast {
  let fields: [PredictionField]
  /// The numbers of a row of all fields.
  let width: Int
  /// What mean and deviation of the batch that was run last are in; the network's units.
  private(set) var means: [Float]
  private(set) var scales: [Float]
  let reading: OutputReading
  private let request: PredictionRequest
  /// What scales are multiplied by, target by target; nil: intervals are quantiles.
  private let factors: [Double]?
  private var sums: [Double]
  private var squares: [Double]
  private var scratch: [Float]
  private let outputCount: Int
  private let predictionFieldCount: Int

  /// The kind of scale that the request's intervals have.
  static func scale(
    _ request: PredictionRequest, _ reading: OutputReading
  ) -> IntervalCalibration.Scale {
    if request.passCount > 0 { return .sampled(passCount: request.passCount) }
    return reading.distribution == nil ? .absolute : .predicted
  }

  /// - Throws: an error that says what to do when the model cannot answer the request.
  init(_ model: TrainedModel, _ request: PredictionRequest, batchSize: Int) throws {
    let reading = try OutputReading(model)
    self.reading = reading
    self.request = request
    try Self.check(request, reading, model)
    factors = try Self.factors(request, reading, model)
    outputCount = model.network.outputCount
    let count = reading.targetCount
    let zeros = [Float](repeating: 0, count: batchSize * count)
    means = zeros
    scales = zeros
    scratch = zeros
    let sumCount = request.passCount > 0 ? batchSize * count : 0
    sums = [Double](repeating: 0, count: sumCount)
    squares = [Double](repeating: 0, count: sumCount)
    var layout = PredictionField.Layout()
    Self.addPredictions(of: model, reading, to: &layout)
    predictionFieldCount = layout.fields.count
    if request.deviation {
      layout.add("std", shape: reading.shape, count: count, prefixes: ["std"])
    }
    if let level = request.interval {
      for name in ["lower", "upper"] {
        layout.add(name, shape: reading.shape, count: count, prefixes: [name], levels: [level])
      }
    }
    if !request.quantiles.isEmpty {
      layout.add(
        "quantiles", shape: [request.quantiles.count] + reading.shape, count: count,
        prefixes: request.quantiles.map { "quantile_\($0)" }, levels: request.quantiles)
    }
    if request.sampleCount > 0 {
      layout.add(
        "samples", shape: [request.sampleCount] + reading.drawShape, count: reading.drawCount,
        prefixes: (0..<request.sampleCount).map { "sample_\($0)" })
    }
    fields = layout.fields
    width = layout.width
  }

  /// One field, or one for each of several outputs; they stand first in a row.
  private static func addPredictions(
    of model: TrainedModel, _ reading: OutputReading, to layout: inout PredictionField.Layout
  ) {
    let name = model.isPart ? "features" : "predictions"
    guard model.outputs.count > 1 else {
      layout.add(
        name, shape: reading.shape, count: reading.targetCount, prefixes: ["output"],
        classes: model.isClassifier ? .init(dataset: "classes", column: "class") : nil)
      return
    }
    for output in model.outputs {
      layout.add(
        "\(name)/\(output.name)", shape: output.shape, count: output.count,
        prefixes: [output.name],
        classes: output.isClassifier
          ? .init(dataset: "classes/\(output.name)", column: "\(output.name)_class") : nil)
    }
  }

  private static func check(
    _ request: PredictionRequest, _ reading: OutputReading, _ model: TrainedModel
  ) throws {
    func refuse(_ words: String) -> DistributedError { DistributedError(words, exitCode: 64) }
    let asksForDistribution =
      !request.quantiles.isEmpty || request.sampleCount > 0
      || request.deviation && request.passCount == 0
    guard reading.distribution != nil || !asksForDistribution else {
      throw refuse(
        "\(model.path) predicts no distribution: train it with the loss negative_log_likelihood"
          + (request.deviation ? ", or ask for --mc-dropout" : ""))
    }
    guard reading.isNumeric || request.quantiles.isEmpty && request.interval == nil else {
      throw refuse("\(model.path) predicts classes, which have no quantiles or intervals")
    }
    guard !model.isClassifier || request.interval == nil else {
      throw refuse("\(model.path) predicts probabilities of classes, which have no intervals")
    }
    guard request.passCount > 0 else { return }
    guard request.quantiles.isEmpty, request.sampleCount == 0 else {
      throw refuse(
        "--mc-dropout tells mean, deviation and intervals: leave quantiles and samples out")
    }
    // A frozen layer runs as in a prediction.
    let layers = model.network.layers.lazy.filter { !$0.isFrozen }
    guard layers.contains(where: { $0.configuration.drawsNoise }) else {
      throw refuse(
        "\(model.path) has no layer with dropout or noise that is not frozen: every pass of --mc-dropout "
          + "would be the same")
    }
  }

  /// What scales are multiplied by for the interval that is asked for.
  private static func factors(
    _ request: PredictionRequest, _ reading: OutputReading, _ model: TrainedModel
  ) throws -> [Double]? {
    guard let level = request.interval else { return nil }
    guard let calibration = request.ignoresCalibration ? nil : model.calibration else {
      guard reading.distribution != nil || request.passCount > 0 else {
        throw DistributedError(
          "\(model.path) predicts no distribution and has no calibration: 'sounder calibrate "
            + "\(model.path)' makes intervals from rows that it was not trained on", exitCode: 64)
      }
      // Of several passes only mean and deviation are known: as of a normal distribution.
      let normal = StandardNormal.quantile((1 + level) / 2)
      return request.passCount > 0
        ? [Double](repeating: normal, count: reading.targetCount) : nil
    }
    let scale = Self.scale(request, reading)
    guard calibration.scale == scale else {
      func words(_ scale: IntervalCalibration.Scale) -> String {
        guard case .sampled(let count) = scale else { return "without --mc-dropout" }
        return "with --mc-dropout \(count)"
      }
      throw DistributedError(
        "\(model.path) was calibrated \(words(calibration.scale)), and intervals are asked for "
          + "\(words(scale)): calibrate it so, or pass --uncalibrated", exitCode: 64)
    }
    guard calibration.targetCount == reading.targetCount else {
      throw DistributedError(
        "\(model.path) is damaged: its calibration has \(calibration.targetCount) targets, its "
          + "predictions \(reading.targetCount)")
    }
    let factors = (0..<reading.targetCount).compactMap { calibration.factor(level, target: $0) }
    guard factors.count == reading.targetCount else {
      throw DistributedError(
        "\(model.path) was calibrated with \(calibration.rowCount) rows, which vouch for intervals of "
          + "at most \(calibration.largestLevel): calibrate it with more, or ask for less",
        exitCode: 64)
    }
    return factors
  }

  /// Runs the network over the features that `executor` holds: `means` and `scales` then have the batch's
  /// predictions.
  func run(_ executor: Executor, batch: Int, rowCount: Int) {
    let count = reading.targetCount
    guard request.passCount > 0 else {
      executor.forward()
      read(executor, rowCount)
      return
    }
    sums.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    squares.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    // The variance of a pass is that of its distribution; over the passes their mean, and the variance of
    // the means, are added.
    for pass in 0..<request.passCount {
      executor.sample(
        seed: request.seed, step: UInt64(batch) &* UInt64(request.passCount) &+ UInt64(pass))
      read(executor, rowCount)
      for i in 0..<rowCount * count {
        let mean = Double(means[i])
        sums[i] += mean
        squares[i] += mean * mean + Double(scales[i]) * Double(scales[i])
      }
    }
    let passes = Double(request.passCount)
    for i in 0..<rowCount * count {
      let mean = sums[i] / passes
      means[i] = Float(mean)
      scales[i] = Float(max(0, squares[i] / passes - mean * mean).squareRoot())
    }
  }

  private func read(_ executor: Executor, _ rowCount: Int) {
    guard let outputs = executor.outputs.baseAddress else { return }
    let count = reading.targetCount
    means.withUnsafeMutableBufferPointer { means in
      scales.withUnsafeMutableBufferPointer { scales in
        guard let mean = means.baseAddress, let scale = scales.baseAddress else { return }
        for row in 0..<rowCount {
          reading.mean(outputs + row * outputCount, into: mean + row * count)
          reading.deviation(outputs + row * outputCount, into: scale + row * count)
        }
      }
    }
  }

  /// What a residual of the batch's target `index` is divided by.
  func divisor(_ index: Int) -> Float {
    if case .absolute = Self.scale(request, reading) { return 1 }
    return max(scales[index], IntervalCalibration.leastScale)
  }

  /// Runs the network and writes all fields of the batch's rows, row by row.
  func answer(
    _ executor: Executor, batch: Int, rowCount: Int, into result: inout [Float]
  ) {
    run(executor, batch: batch, rowCount: rowCount)
    guard let outputs = executor.outputs.baseAddress else { return }
    let count = reading.targetCount
    var generator = RandomGenerator(seed: RandomGenerator.hash(request.seed, UInt64(batch)))
    for row in 0..<rowCount {
      let start = row * count
      fill(&result, row * width) { j in self.means[start + j] }
      restore(&result, row * width, reading.restore)
      for field in fields[predictionFieldCount...] {
        let place = row * width + field.offset
        switch field.name {
        case "std":
          fill(&result, place) { j in self.scales[start + j] }
          restore(&result, place, reading.restoreScale)
        case "lower": bound(&result, place, start, -1, outputs + row * outputCount)
        case "upper": bound(&result, place, start, 1, outputs + row * outputCount)
        case "quantiles":
          for (index, level) in request.quantiles.enumerated() {
            quantile(&result, place + index * count, level, outputs + row * outputCount)
          }
        default:
          for draw in 0..<request.sampleCount {
            result.withUnsafeMutableBufferPointer { buffer in
              guard let base = buffer.baseAddress else { return }
              reading.sample(
                outputs + row * outputCount, using: &generator,
                into: base + place + draw * reading.drawCount)
            }
          }
        }
      }
    }
  }

  private func fill(_ result: inout [Float], _ place: Int, _ value: (Int) -> Float) {
    for j in 0..<reading.targetCount { result[place + j] = value(j) }
  }

  private func restore(
    _ result: inout [Float], _ place: Int, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) {
    result.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      body(base + place)
    }
  }

  private func quantile(
    _ result: inout [Float], _ place: Int, _ level: Double, _ outputs: UnsafePointer<Float>
  ) {
    result.withUnsafeMutableBufferPointer { buffer in
      scratch.withUnsafeMutableBufferPointer { scratch in
        guard let base = buffer.baseAddress, let spare = scratch.baseAddress else { return }
        reading.quantile(level, outputs, into: base + place, scratch: spare)
      }
    }
  }

  /// One end of the interval of a row; `side` is -1 or 1.
  private func bound(
    _ result: inout [Float], _ place: Int, _ start: Int, _ side: Float,
    _ outputs: UnsafePointer<Float>
  ) {
    guard let factors else {
      let level = request.interval ?? 0
      return quantile(&result, place, side < 0 ? (1 - level) / 2 : (1 + level) / 2, outputs)
    }
    fill(&result, place) { j in
      let direction = self.reading.turns(j) ? -side : side
      return self.means[start + j] + direction * Float(factors[j]) * self.divisor(start + j)
    }
    restore(&result, place, reading.restore)
  }
}
