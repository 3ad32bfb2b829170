import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// What every kind of stage must do: each kind in the registry runs through `suite`.
@Suite("Stages")
struct StageTests {
  struct Reference: Decodable {
    var rows, labels, standardized, one_hot: [Float]
    var mean, scale: [Double]
    var row_count: Int

    static func load() throws -> Reference {
      try JSONDecoder().decode(
        Reference.self, from: Data(contentsOf: fixture("pipeline.json")))
    }
  }

  /// Stages as a job file has them, at least one for each kind, with rows that they can work with.
  static let cases: [(yaml: String, rows: StageRows)] = [
    ("scale: {factor: 1/255, offset: 2}", .numbers), ("standardize", .numbers),
    ("normalize", .numbers), ("normalize: {p: 1}", .numbers), ("normalize: {p: 3}", .numbers),
    ("one_hot: {classes: 7}", .labels), ("one_hot", .labels),
    ("min_max", .numbers), ("min_max: {range: [-1, 3]}", .numbers), ("max_abs", .numbers),
    ("robust", .numbers), ("robust: {quantiles: [0.1, 0.8], center: false}", .numbers),
    ("robust: {scale: false, sketch: 128}", .numbers),
    ("clip: {low: -1}", .numbers), ("clip: {low: -1, high: 1}", .missing),
    ("impute", .missing), ("impute: {strategy: median, flag: true}", .missing),
    ("impute: {strategy: most_frequent}", .missing),
    ("impute: {strategy: constant, value: -1, flag: true}", .missing),
    ("bucketize: {splits: [-0.5, 0, 100]}", .numbers),
    ("bucketize: {splits: [2], one_hot: true}", .labels),
    ("quantile_bins", .numbers), ("quantile_bins: {count: 3, one_hot: true}", .labels),
    ("polynomial", .numbers),
    ("polynomial: {degree: 3, interaction_only: true, bias: true}", .positive),
    ("log", .positive), ("log: {offset: 10}", .missing), ("power", .skewed),
    ("power: {method: box_cox, standardize: false}", .positive),
    ("pca", .numbers), ("pca: {components: 2, whiten: true}", .skewed),
    ("pca: {components: 0.9}", .skewed),
  ]

  static func stage(_ yaml: String) throws -> any Estimator {
    let value = try Value(yaml: "- \(yaml)", file: "job.yaml")
    guard case .list(let items) = value.kind else { throw PipelineError("no list") }
    return try StageRegistry.estimator(try NamedOptions(items[0], at: ["pipeline", "features"]))
  }

  @Test("the cases cover every kind")
  func complete() throws {
    let names = try Self.cases.map { type(of: try Self.stage($0.yaml)).name }
    #expect(Set(names) == Set(StageRegistry.names))
  }

  @Test("fitted on parts and merged equals fitted on all rows", arguments: cases)
  func merge(yaml: String, rows kind: StageRows) throws {
    let stage = try Self.stage(yaml)
    let (rows, width) = try kind.load()
    let whole = try Self.outputs(stage, parts: [rows], rows, width)
    for sizes in [[97], [0, 97], [1, 96], [40, 0, 57], [33, 32, 32], [20, 20, 19, 19, 19]] {
      var parts: [[Float]] = []
      var start = 0
      for size in sizes {
        parts.append(Array(rows[start * width..<(start + size) * width]))
        start += size
      }
      let merged = try Self.outputs(stage, parts: parts, rows, width)
      #expect(close(merged, whole, 1e-6), "\(sizes)")
    }
  }

  @Test("a fitted stage survives a file", arguments: cases)
  func roundTrip(yaml: String, rows kind: StageRows) throws {
    let (rows, width) = try kind.load()
    let shape = width == 1 ? [] : [width]
    // What only keeps missing values cannot be asked to fit rows that have some.
    let known = rows.map { $0.isNaN && !yaml.hasPrefix("impute") ? 1 : $0 }
    let source = MemorySource(features: known, featureShape: shape)
    let pipeline = try PipelineConfiguration(features: [try Self.stage(yaml)]).fitted(to: source)
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try File.replace(path) { file in
      try pipeline.write(to: file.root().createGroup("sounder/pipeline"))
    }
    let group = try File(opening: path).group("sounder/pipeline")
    let loaded = try FittedPipeline(from: group)
    #expect(loaded.features.outputShape == pipeline.features.outputShape)
    let expected = try transformed(pipeline.features, rows, 97)
    #expect(expected.count == 97 * pipeline.features.outputCount)
    let found = try transformed(loaded.features, rows, 97)
    #expect(zip(found, expected).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(loaded.features.acceptsMissing == pipeline.features.acceptsMissing)
  }

  @Test("options come back as the job file had them", arguments: cases)
  func value(yaml: String, rows: StageRows) throws {
    let stage = try Self.stage(yaml)
    var options = try Options(stage.value)
    let again = try type(of: stage).init(options: &options)
    try options.finish()
    #expect(again.value == stage.value)
  }

  @Test("standardize gives scikit-learn's numbers")
  func standardize() throws {
    let reference = try Reference.load()
    let source = MemorySource(features: reference.rows, featureShape: [6])
    let pipeline = try PipelineConfiguration(features: [Standardize()]).fitted(to: source)
    let stage = try #require(pipeline.features.stages.first as? Standardization)
    #expect(zip(stage.mean, reference.mean).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) + 1e-12 })
    #expect(zip(stage.scale, reference.scale).allSatisfy { abs($0 - $1) <= 1e-6 * $1 })
    // Column 1 has a mean 5000 times its spread: a float has 2^-24 of the mean, 3e-4 of the spread.
    let result = try transformed(pipeline.features, reference.rows, 97)
    for index in result.indices {
      let tolerance: Float = index % 6 == 1 ? 1e-3 : 2e-6
      #expect(abs(result[index] - reference.standardized[index]) <= tolerance)
    }
  }

  @Test(
    "normalize divides each row by its norm and leaves rows of zeros",
    arguments: [
      (1.0, [0.25, -0.75]), (2, [0.316228, -0.948683]), (3, [0.329317, -0.987951]),
      (.infinity, [1.0 / 3, -1]),
    ])
  func normalize(power: Double, expected: [Float]) throws {
    let source = MemorySource(features: [1, -3, 0, 0], featureShape: [2])
    let pipeline = try PipelineConfiguration(features: [Normalize(power: power)])
      .fitted(to: source)
    let result = try transformed(pipeline.features, [1, -3, 0, 0, 2e30, -6e30], 3)
    #expect(close(result, expected + [0, 0] + expected, 1e-6))
    let bad = #expect(throws: ConfigurationError.self) { try Self.stage("normalize: {p: 0.5}") }
    #expect(bad?.description.contains("at least 1, found 0.5") == true)
  }

  @Test("one_hot gives scikit-learn's numbers, for features and for targets")
  func oneHot() throws {
    let reference = try Reference.load()
    let source = MemorySource(
      features: reference.labels, featureShape: [1], targets: reference.labels, targetShape: [])
    let pipeline = try PipelineConfiguration(
      features: [OneHot()], target: [OneHot(classCount: 5)]
    ).fitted(to: source)
    #expect(pipeline.features.outputShape == [5])
    #expect(pipeline.target.outputShape == [5])
    #expect(try transformed(pipeline.features, reference.labels, 97) == reference.one_hot)
    #expect(try transformed(pipeline.target, reference.labels, 97) == reference.one_hot)
  }

  @Test("stages behind each other equal stages one by one, whatever is fused")
  func chain() throws {
    let rows: [Float] = (0..<40).map { Float($0 % 4) }
    let source = MemorySource(features: rows, featureShape: [2])
    let configuration = PipelineConfiguration(features: [
      Scale(factor: 2, offset: 0), Scale(factor: 0.5, offset: 0), OneHot(), Scale(factor: 3),
      Standardize(), Scale(factor: 1, offset: 7),
    ])
    let pipeline = try configuration.fitted(to: source)
    #expect(pipeline.features.outputShape == [2, 4])
    var expected = rows
    for stage in pipeline.features.stages {
      var output = [Float](repeating: -1, count: 20 * stage.outputShape.reduce(1, *))
      try output.withUnsafeMutableBufferPointer { buffer in
        try stage.transform(expected, rowCount: 20, into: try #require(buffer.baseAddress))
      }
      expected = output
    }
    #expect(close(try transformed(pipeline.features, rows, 20), expected, 1e-5))
  }

  @Test("stages that learn from stages that learn take one pass each")
  func passes() throws {
    let rows: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    let source = MemorySource(features: rows, featureShape: [1])
    let pipeline = try PipelineConfiguration(features: [
      Standardize(), Scale(factor: 10), Standardize(),
    ]).fitted(to: source)
    let last = try #require(pipeline.features.stages.last as? Standardization)
    #expect(abs(last.mean[0]) < 1e-6 && abs(last.scale[0] - 10) < 1e-5)
  }

  @Test("a stage that the job file misspells is named with the nearest one")
  func unknown() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Self.stage("standardise")
    }
    #expect(error?.description.contains("did you mean 'standardize'") == true)
    #expect(throws: ConfigurationError.self) { try Self.stage("scale: {facto: 3}") }
    #expect(throws: ConfigurationError.self) { try Self.stage("scale: {factor: 0}") }
    #expect(throws: ConfigurationError.self) { try Self.stage("one_hot: {classes: 0}") }
  }

  @Test("data that a stage cannot learn from are refused")
  func unfit() throws {
    let halves = MemorySource(features: [0, 1, 0.5], featureShape: [])
    #expect(throws: PipelineError.self) {
      try PipelineConfiguration(features: [OneHot()]).fitted(to: halves)
    }
    let negative = MemorySource(features: [0, -1], featureShape: [])
    #expect(throws: PipelineError.self) {
      try PipelineConfiguration(features: [OneHot()]).fitted(to: negative)
    }
    let error = #expect(throws: PipelineError.self) {
      try PipelineConfiguration(features: [Standardize()])
        .fitted(to: MemorySource(features: [0, 1, .nan], featureShape: []))
    }
    #expect(error?.description.contains("row 2 is NaN") == true)
  }

  @Test("a newer version, an unknown stage and damage are clear errors")
  func damaged() throws {
    let pipeline = FittedPipeline(
      features: FittedStages(
        inputShape: [2], stages: [Scale(factor: 2).fitted(to: nil, shape: [2])]),
      target: FittedStages(inputShape: []))
    func message(_ change: (borrowing Group) throws -> Void) throws -> String {
      let path = temporaryPath()
      defer { try? FileManager.default.removeItem(atPath: path) }
      try File.replace(path) { file in
        let group = try file.root().createGroup("pipeline")
        try pipeline.write(to: group)
        try change(group)
      }
      do {
        _ = try FittedPipeline(from: try File(opening: path).group("pipeline"))
        return ""
      } catch { return "\(error)" }
    }
    #expect(try message { _ in } == "")
    let newer = FittedPipeline.formatVersion + 1
    #expect(
      try message { try $0.writeAttribute("format_version", newer) }.contains("newer sounder"))
    #expect(
      try message { try $0.group("features/00_scale").writeAttribute("stage", "scael") }
        .contains("no stage 'scael'"))
    #expect(
      try message { try $0.group("features/00_scale").writeAttribute("index", 1) }
        .contains("is missing"))
    #expect(
      try message { try $0.group("features").writeAttribute("input_shape", [1 << 20, 1 << 20]) }
        .contains("not possible"))
  }

  @Test(
    "each number of a stage that is missing, too long, NaN or negative is a clear error",
    arguments: cases)
  func hostile(yaml: String, rows kind: StageRows) throws {
    let (rows, width) = try kind.load()
    let known = rows.map { $0.isNaN && !yaml.hasPrefix("impute") ? 1 : $0 }
    let source = MemorySource(features: known, featureShape: [width])
    let pipeline = try PipelineConfiguration(features: [try Self.stage(yaml)]).fitted(to: source)
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let kindName = type(of: try Self.stage(yaml)).name
    func load(_ change: (borrowing Group) throws -> Void) throws -> String? {
      try File.replace(path) { file in
        let group = try file.root().createGroup("pipeline")
        try pipeline.write(to: group)
        try change(try group.group("features/00_\(kindName)"))
      }
      do {
        _ = try FittedPipeline(from: try File(opening: path).group("pipeline"))
        return nil
      } catch let error as PipelineError { return error.description }
    }
    var datasets: [String] = []
    var attributes: [(name: String, content: Attribute.Content)] = []
    #expect(
      try load { group in
        datasets = group.childNames()
        for name in group.attributeNames() where !["stage", "index"].contains(name) {
          attributes.append((name, try group.attribute(name).content))
        }
      } == nil)
    for name in datasets {
      let gone = try load { try $0.remove(name) }
      #expect(gone?.contains(name) == true, "\(name) is gone: \(gone ?? "accepted")")
      for numbers in [[1, 2, 3, 4, 5], [Double](repeating: .nan, count: width)] {
        let other = try load { group in
          try group.remove(name)
          try group.createDataset(name, shape: [numbers.count], of: Double.self).write(numbers)
        }
        #expect(other?.isEmpty == false, "\(name) = \(numbers) is accepted")
      }
    }
    // Any finite number will do for a factor or an offset, and a count of rows is only told.
    guard !["scale", "standardize"].contains(kindName) else { return }
    for (name, content) in attributes {
      let error =
        switch content {
        case .strings: try load { try $0.writeAttribute(name, "nonsense") }
        case .integers: try load { try $0.writeAttribute(name, -7) }
        default: try load { try $0.writeAttribute(name, Double.nan) }
        }
      #expect(error?.isEmpty == false, "a wrong \(name) is accepted")
    }
  }

  /// The stage's outputs for `rows` when it was fitted to `parts` and merged.
  static func outputs<E: Estimator>(
    _ stage: E, parts: [[Float]], _ rows: [Float], _ width: Int
  ) throws -> [Float] {
    let shape = width == 1 ? [] : [width]
    var merged = stage.statistics(for: shape)
    while let empty = merged {
      var all = empty
      for part in parts {
        var own = empty
        own.add(part, rowCount: part.count / width)
        // What a reducer does: only the numbers travel.
        var received = empty
        received.values = own.values
        all.merge(received)
      }
      merged = all
      guard let next = try stage.statistics(after: all, shape: shape) else { break }
      merged = next
    }
    let fitted = try stage.fitted(to: merged, shape: shape)
    return try transformed(
      FittedStages(inputShape: shape, stages: [fitted]), rows, rows.count / width)
  }
}

func transformed(_ stages: FittedStages, _ rows: [Float], _ rowCount: Int) throws -> [Float] {
  let transform = RowTransform(stages, rowCount: rowCount)
  var output = [Float](repeating: -1, count: rowCount * stages.outputCount)
  try output.withUnsafeMutableBufferPointer { buffer in
    try transform.transform(rows, rowCount: rowCount, into: try #require(buffer.baseAddress))
  }
  return output
}

func close(_ a: [Float], _ b: [Float], _ tolerance: Float) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy {
      abs($0 - $1) <= tolerance * max(1, abs($1)) || $0.isNaN && $1.isNaN
    }
}

func temporaryPath() -> String {
  FileManager.default.temporaryDirectory
    .appendingPathComponent("sounder-pipeline-\(UUID().uuidString).h5").path
}
