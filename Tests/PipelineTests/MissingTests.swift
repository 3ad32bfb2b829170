import Configuration
import HDF5
import Pipeline
import Testing

/// Rows with missing values, through pipelines that fill them in and others.
@Suite("Missing values")
struct MissingTests {
  static let rows: [Float] = [1, .nan, .nan, 4, 3, 8]

  @Test("flags follow the values of a row, one for each column")
  func flags() throws {
    let (stages, output) = try StageNumberTests.fitted("impute: {flag: true}", Self.rows, width: 2)
    #expect(stages.outputShape == [4])
    #expect(output == [1, 6, 0, 1, 2, 4, 1, 0, 3, 8, 0, 0])
    #expect(
      try StageNumberTests.fitted("impute: {strategy: constant, value: -9}", Self.rows, width: 2)
        .output == [1, -9, -9, 4, 3, 8])
  }

  @Test("stages behind impute learn from rows that are filled in")
  func behind() throws {
    let source = MemorySource(features: Self.rows, featureShape: [2])
    let pipeline = try PipelineConfiguration(features: [
      Scale(factor: 10), Clip(low: 20), Impute(), Standardize(),
    ]).fitted(to: source)
    let last = try #require(pipeline.features.stages.last as? Standardization)
    // Column 0 is 20 (clipped), 25 (filled in), 30, column 1 is 60 (filled in), 40, 80.
    #expect(last.mean == [25, 60])
    #expect(pipeline.features.acceptsMissing)
  }

  @Test("without impute, or where a stage before it needs numbers, rows with NaN are refused")
  func refused() throws {
    let source = MemorySource(features: Self.rows, featureShape: [2])
    for stages in [
      [Standardize()], [Standardize(), Impute()], [Normalize(), Impute(), Standardize()],
      [Clip(low: 0), MinMax()],
    ] as [[any Estimator]] {
      let error = #expect(throws: PipelineError.self) {
        try PipelineConfiguration(features: stages).fitted(to: source)
      }
      #expect(error?.description.contains("row 0, value 1 is NaN") == true)
      #expect(error?.description.contains("'impute'") == true)
    }
    // Infinite values are never missing ones.
    let infinite = MemorySource(features: [1, .nan, .infinity, 4], featureShape: [2])
    let error = #expect(throws: PipelineError.self) {
      try PipelineConfiguration(features: [Impute()]).fitted(to: infinite)
    }
    #expect(error?.description.contains("row 1, value 0 is infinite") == true)
  }

  @Test("a column without any number cannot be filled in but by a constant")
  func empty() throws {
    let source = MemorySource(features: [1, .nan, 2, .nan], featureShape: [2])
    for strategy in ["mean", "median", "most_frequent"] {
      let stage = try StageTests.stage("impute: {strategy: \(strategy)}")
      let error = #expect(throws: PipelineError.self) {
        try PipelineConfiguration(features: [stage]).fitted(to: source)
      }
      #expect(error?.description.contains("column 1 has only missing values") == true)
    }
    let stage = try StageTests.stage("impute: {strategy: constant}")
    let pipeline = try PipelineConfiguration(features: [stage]).fitted(to: source)
    #expect(try transformed(pipeline.features, source.features, 2) == [1, 0, 2, 0])
  }

  @Test("batches of rows with missing values come filled in, where the pipeline does that")
  func batches() throws {
    let source = MemorySource(
      features: Self.rows, featureShape: [2], targets: [.nan, 2, 4], targetShape: [])
    let filling = try PipelineConfiguration(features: [Impute()], target: [Impute()])
      .fitted(to: source)
    func read(_ pipeline: FittedPipeline) throws -> (features: [Float], targets: [Float]) {
      let reader = try BatchReader(
        { source }, pipeline: pipeline, memoryByteCount: 1 << 20, batchRowCount: 3)
      reader.start(positions: 0..<3)
      var features = [Float](repeating: -1, count: 3 * pipeline.features.outputCount)
      var targets = [Float](repeating: -1, count: 3)
      try features.withUnsafeMutableBufferPointer { features in
        try targets.withUnsafeMutableBufferPointer { targets in
          let count = try reader.next(into: features, targets: targets, count: 3)
          #expect(count == 3)
        }
      }
      return (features, targets)
    }
    let batch = try read(filling)
    #expect(batch.features == [1, 6, 2, 4, 3, 8])
    #expect(batch.targets == [3, 2, 4])
    for pipeline in [
      FittedPipeline(
        features: FittedStages(inputShape: [2]), target: FittedStages(inputShape: [])),
      FittedPipeline(features: filling.features, target: FittedStages(inputShape: [])),
    ] {
      let error = #expect(throws: PipelineError.self) { try read(pipeline) }
      #expect(error?.description.contains("is NaN") == true)
    }
  }
}
