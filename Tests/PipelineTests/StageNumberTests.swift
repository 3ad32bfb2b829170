import Configuration
import HDF5
import Pipeline
import Testing

/// Stages against scikit-learn's numbers of `Tests/Reference/stages.py`.
@Suite("Stages' numbers")
struct StageNumberTests {
  /// The stage fitted to rows in memory, and what it makes of them.
  static func fitted(
    _ yaml: String, _ rows: [Float], width: Int
  ) throws -> (stages: FittedStages, output: [Float]) {
    let source = MemorySource(features: rows, featureShape: [width])
    let pipeline = try PipelineConfiguration(features: [try StageTests.stage(yaml)])
      .fitted(to: source)
    return (
      pipeline.features, try transformed(pipeline.features, rows, rows.count / width)
    )
  }

  // Column 4 has a mean 300 times its spread: a float has 2^-24 of the mean, 2e-5 of the spread. Affine
  // stages run in single precision.
  @Test(
    "stages give scikit-learn's numbers",
    arguments: [
      ("min_max: {range: [-1, 3]}", "rows", "min_max", Float(1e-4)),
      ("max_abs", "rows", "max_abs", 1e-6),
      ("robust: {quantiles: [0.1, 0.8]}", "rows", "robust", 1e-4),
      ("power", "rows", "yeo_johnson", 1e-6),
      ("power: {method: box_cox}", "positive", "box_cox", 1e-6),
      ("power: {method: box_cox, standardize: false}", "positive", "box_cox_plain", 1e-6),
      ("pca: {components: 3}", "rows", "pca", 2e-6),
      ("pca: {components: 3, whiten: true}", "rows", "pca_whiten", 2e-6),
      ("impute", "missing", "mean", 1e-6),
      ("impute: {strategy: median}", "missing", "median", 1e-6),
      ("impute: {strategy: most_frequent}", "missing", "most_frequent", 0),
      ("bucketize: {splits: [-1.5, 0, 2.5, 100]}", "rows", "buckets", 0),
      ("polynomial: {degree: 3}", "positive", "polynomial", 1e-6),
      ("polynomial: {interaction_only: true, bias: true}", "positive", "interactions", 1e-6),
    ])
  func reference(yaml: String, rows: String, output: String, tolerance: Float) throws {
    let reference = try StageReference.load()
    let width = rows == "positive" ? 2 : 6
    let expected = reference.floats(output)
    let found = try Self.fitted(yaml, reference.floats(rows), width: width).output
    #expect(found.count == expected.count && !expected.isEmpty)
    let worst = zip(found, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
    #expect(worst <= tolerance, "off by \(worst)")
  }

  @Test("power finds scikit-learn's lambda")
  func lambda() throws {
    let reference = try StageReference.load()
    for (yaml, rows, width, name) in [
      ("power", "rows", 6, "yeo_johnson_lambda"),
      ("power: {method: box_cox}", "positive", 2, "box_cox_lambda"),
    ] {
      let stages = try Self.fitted(yaml, reference.floats(rows), width: width).stages
      let stage = try #require(stages.stages.first as? PowerTransformation)
      let expected = reference.doubles(name)
      #expect(stage.lambda.count == expected.count)
      for column in expected.indices {
        // Brent's method looks at values only, which are flat at the bottom: it ends 1e-8 from there,
        // and where the spread is a 300th of the mean, the likelihood hardly feels lambda.
        let tolerance = column == 4 ? 1e-4 : 1e-6
        let error = abs(stage.lambda[column] - expected[column])
        #expect(error <= tolerance * max(1, abs(expected[column])), "\(name) \(column): \(error)")
      }
    }
  }

  @Test("pca finds scikit-learn's components and variances, and counts them by their share")
  func components() throws {
    let reference = try StageReference.load()
    let rows = reference.floats("rows")
    let stages = try Self.fitted("pca: {components: 3}", rows, width: 6).stages
    let stage = try #require(stages.stages.first as? PrincipalComponents)
    for (found, expected) in zip(stage.components, reference.doubles("pca_components")) {
      #expect(abs(found - expected) <= 1e-9)
    }
    for (found, expected) in zip(stage.variance, reference.doubles("pca_variance")) {
      #expect(abs(found - expected) <= 1e-9 * expected)
    }
    let shared = try Self.fitted("pca: {components: 0.9995}", rows, width: 6).stages
    #expect(shared.outputShape == [Int(reference.doubles("pca_share_count")[0])])
    // Two columns differ by nothing: of six directions four have a variance.
    let all = try Self.fitted("pca: {whiten: true}", rows, width: 6).output
    #expect(all.indices.allSatisfy { $0 % 6 < 4 || all[$0] == 0 })
    for component in 0..<4 {
      let values = (0..<97).map { Double(all[$0 * 6 + component]) }
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 96 - 1) < 1e-4)
    }
  }

  @Test("quantile_bins gives scikit-learn's bins, as numbers and as places")
  func bins() throws {
    let reference = try StageReference.load()
    let all = reference.floats("rows")
    let rows = all.indices.filter { [0, 1, 2, 4].contains($0 % 6) }.map { all[$0] }
    let expected = reference.floats("bins")
    #expect(try Self.fitted("quantile_bins: {count: 4}", rows, width: 4).output == expected)
    let places = try Self.fitted("quantile_bins: {count: 4, one_hot: true}", rows, width: 4)
    #expect(places.stages.outputShape == [4, 4])
    for (index, bin) in expected.enumerated() {
      for place in 0..<4 {
        #expect(places.output[index * 4 + place] == (place == Int(bin) ? 1 : 0))
      }
    }
    // A constant column has one bin only, and with all columns constant there are no edges at all.
    let flat = try Self.fitted("quantile_bins: {count: 3}", [7, 7, 7], width: 1)
    #expect(flat.output == [0, 0, 0])
    #expect(try transformed(flat.stages, [6, 7, 8], 3) == [0, 0, 0])
  }

  @Test("robust numbers are the median and the quantiles that were asked for")
  func robust() throws {
    let rows: [Float] = [1, 2, 3, 4, 100]
    let output = try Self.fitted("robust", rows, width: 1).output
    #expect(output == [-1, -0.5, 0, 0.5, 48.5])
    let centred = try Self.fitted("robust: {scale: false}", rows, width: 1).output
    #expect(centred == [-2, -1, 0, 1, 97])
    let scaled = try Self.fitted("robust: {center: false}", rows, width: 1).output
    #expect(scaled == [0.5, 1, 1.5, 2, 50])
  }

  @Test("the new affine stages run as one with others, and are undone where targets are")
  func affine() throws {
    let rows: [Float] = [1, 10, 2, 40, 3, 20]
    let source = MemorySource(
      features: rows, featureShape: [2], targets: [5, 9, 7], targetShape: [])
    let pipeline = try PipelineConfiguration(
      features: [MinMax(range: -1...1), MaxAbs(), Robust(), Scale(factor: 2)],
      target: [MinMax()]
    ).fitted(to: source)
    #expect(pipeline.features.stages.allSatisfy { $0.affine != nil })
    #expect(
      close(try transformed(pipeline.features, rows, 3), [-2, -4.0 / 3, 0, 8.0 / 3, 2, 0], 1e-5))
    #expect(pipeline.target.inverse == Affine(scale: [4], offset: [5]))
  }

  @Test("clip, log and polynomial do what their formulas say")
  func formulas() throws {
    let rows: [Float] = [-3, 0.5, 7]
    #expect(try Self.fitted("clip: {low: -1, high: 2}", rows, width: 1).output == [-1, 0.5, 2])
    #expect(try Self.fitted("clip: {high: 2}", rows, width: 1).output == [-3, 0.5, 2])
    #expect(
      close(
        try Self.fitted("log: {offset: 4}", rows, width: 1).output,
        [0, 1.5040774, 2.3978953], 1e-6))
    #expect(
      try Self.fitted("polynomial: {degree: 2, bias: true}", [2, 3, 5], width: 3).output
        == [1, 2, 3, 5, 4, 6, 10, 9, 15, 25])
    #expect(
      try Self.fitted("bucketize: {splits: [0, 7], one_hot: true}", rows, width: 1).output
        == [1, 0, 0, 0, 1, 0, 0, 0, 1])
  }

  @Test("a yeo_johnson of lambda 0 or 2 is a logarithm, and near there it is smooth")
  func limits() throws {
    let rows: [Float] = [0, 1, 3, -1, -3]
    func output(_ lambda: Double) throws -> [Float] {
      let stage = PowerTransformation(
        .yeoJohnson, lambda: [lambda], mean: [0], scale: [1], shape: [1])
      return try transformed(FittedStages(inputShape: [1], stages: [stage]), rows, 5)
    }
    let log2 = Float(0.6931472)
    #expect(close(try output(0), [0, log2, 2 * log2, -1.5, -7.5], 1e-6))
    #expect(close(try output(2), [0, 1.5, 7.5, -log2, -2 * log2], 1e-6))
    #expect(close(try output(1), rows, 1e-6))
    #expect(close(try output(1e-12), try output(0), 1e-6))
    #expect(close(try output(2 - 1e-12), try output(2), 1e-6))
  }

  @Test(
    "wrong options are errors that say what is possible",
    arguments: [
      ("min_max: {range: [1, 1]}", "the smaller one first"),
      ("min_max: {range: [1]}", "the smaller one first"),
      ("robust: {quantiles: [0.5, 1.5]}", "from 0 to 1"),
      ("robust: {center: false, scale: false}", "does nothing"),
      ("robust: {sketch: 3}", "outside 64"),
      ("clip", "give 'low', 'high' or both"), ("clip: {low: 2, high: 1}", "above high"),
      ("impute: {strategy: mode}", "unknown value 'mode'"),
      ("impute: {value: 3}", "only the strategy 'constant'"),
      ("impute: {strategy: mean, sketch: 100}", "only the strategy 'median'"),
      ("bucketize", "splits are"), ("bucketize: {splits: [2, 1]}", "above the one before"),
      ("quantile_bins: {count: 1}", "outside 2"), ("polynomial: {degree: 0}", "outside 1"),
      ("power: {method: boxcox}", "did you mean 'box_cox'"),
      ("pca: {components: 2.5}", "a count from 1"), ("pca: {components: 0}", "a count from 1"),
    ])
  func options(yaml: String, message: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try StageTests.stage(yaml) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    "rows that a stage cannot work with are errors that say what to do",
    arguments: [
      ("log", "has no logarithm"), ("power: {method: box_cox}", "use 'method: yeo_johnson'"),
      ("pca: {components: 3}", "lower 'components'"),
    ])
  func unfit(yaml: String, message: String) throws {
    let error = #expect(throws: PipelineError.self) {
      try Self.fitted(yaml, [1, -1, 2, 0], width: 2)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("without rows, every stage that learns says so")
  func empty() throws {
    for (yaml, _) in StageTests.cases {
      let source = MemorySource(features: [], featureShape: [2])
      do {
        let stage = try StageTests.stage(yaml)
        let learns = stage.statistics(for: [2]) != nil
        _ = try PipelineConfiguration(features: [stage]).fitted(to: source)
        #expect(!learns, "\(yaml)")
      } catch {
        let text = "\(error)"
        #expect(text.contains("no rows") || text.contains("fewer than 2 rows"), "\(yaml): \(text)")
      }
    }
  }

  @Test("rows that would become far too long are refused before any is read")
  func tooLong() throws {
    let source = MemorySource(
      features: [Float](repeating: 0, count: 9000), featureShape: [9000], brokenRow: 0)
    for (stages, message) in [
      ([Polynomial()] as [any Estimator], "lower 'degree'"), ([PCA()], "8192 is the most"),
      ([Standardize(), PCA(.count(10))], "8192 is the most"),
    ] {
      let error = #expect(throws: PipelineError.self) {
        try PipelineConfiguration(features: stages).fitted(to: source)
      }
      #expect(error?.description.contains(message) == true)
    }
    // 45 columns of degree 10 have 29,248,649,430 products.
    #expect(throws: PipelineError.self) {
      try Polynomial(degree: 10).outputShape(for: [45])
    }
    #expect(try Polynomial(degree: 2).outputShape(for: [784]) == [784 + 784 * 785 / 2])
    #expect(
      try Polynomial(degree: 10, interactionOnly: true, bias: true).outputShape(for: [3]) == [8])
  }
}
