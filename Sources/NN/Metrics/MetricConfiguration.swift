internal import Configuration

// How a metric is written: `accuracy`, `f1_score: {average: micro, name: f1_micro}`.
extension Metric {
  /// Reads a name, alone or with options, for a network that ends in `outputShape`.
  init(
    _ value: Value, at keyPath: [String], loss: Loss, outputShape: [Int]
  ) throws(ConfigurationError) {
    var named = try NamedOptions(value, at: keyPath)
    let columns = outputShape.last ?? 1
    let own: String
    if let name = MetricName(name: named.name) {
      own = name.rawValue
      kind = try Self.kind(name, &named, loss, columns)
    } else if let function = Loss.Function(name: named.name) {
      own = function.rawValue
      let measured = try Loss(function, options: &named.options, fromLogits: loss.fromLogits)
      try Self.require(
        measured.distribution == nil || measured == loss, named,
        "looks at parameters of a distribution: the loss must be the same likelihood")
      try Self.require(measured.isSparse == loss.isSparse, named, Self.targets(named.name, loss))
      kind = .mean(measured, sign: function == .cosineSimilarity ? -1 : 1)
    } else {
      throw named.unknown("metric", among: MetricSet.metricNamesWithAliases)
    }
    name = try named.options.string("name", default: own)
    kindName = own
    guard !name.isEmpty, !name.contains("/") else {
      throw named.options.error("'\(name)' must be a word without '/'", "name")
    }
    try named.options.finish()
  }

  private static func kind(
    _ name: MetricName, _ named: inout NamedOptions, _ loss: Loss, _ columns: Int
  ) throws(ConfigurationError) -> Kind {
    let needsClasses = "needs classes, and the loss \(loss.function.rawValue) has none"
    let isBinary = !loss.isCategorical && (loss.isBinary || columns == 1)
    switch name {
    case .accuracy: return isBinary ? .binaryAccuracy(threshold: 0.5) : .topK(1)
    case .binaryAccuracy:
      try require(!loss.isSparse, named, targets(named.name, loss))
      return .binaryAccuracy(
        threshold: try named.options.number("threshold", default: 0.5, in: 0...1))
    case .categoricalAccuracy, .sparseCategoricalAccuracy:
      try require(
        loss.isSparse == (name == .sparseCategoricalAccuracy), named, targets(named.name, loss))
      return .topK(1)
    case .topKAccuracy:
      let k = try named.options.int("k", default: min(5, columns), in: 1...max(1, columns))
      try require(loss.isCategorical, named, needsClasses)
      return .topK(k)
    case .perplexity:
      try require(loss.isCategorical, named, needsClasses)
      return .perplexity(
        Loss(
          loss.isSparse ? .sparseCategoricalCrossentropy : .categoricalCrossentropy,
          fromLogits: loss.fromLogits))
    case .rootMeanSquaredError:
      try require(!loss.isSparse, named, targets(named.name, loss))
      return .rootMeanSquaredError
    case .r2Score:
      try require(!loss.isSparse, named, targets(named.name, loss))
      let aggregation = try named.options.choice(
        "class_aggregation", among: ["uniform_average", "variance_weighted_average"],
        default: "uniform_average")
      return .r2(isVarianceWeighted: aggregation == "variance_weighted_average")
    case .precision, .recall, .f1Score:
      return .counts(try CountFigure(name, &named.options, columns: columns, isBinary: isBinary))
    case .rocAUC, .prAUC:
      return .area(
        name == .rocAUC ? .receiverOperating : .precisionRecall,
        classID: try named.options.classID(columns: columns))
    }
  }

  private static func require(
    _ condition: Bool, _ named: NamedOptions, _ message: String
  ) throws(ConfigurationError) {
    guard !condition else { return }
    throw ConfigurationError(
      message, at: Array(named.options.keyPath.dropLast()), origin: named.origin)
  }

  private static func targets(_ name: String, _ loss: Loss) -> String {
    loss.isSparse
      ? "\(name) cannot compare outputs with class numbers: use accuracy"
      : "\(name) needs class numbers, and the loss \(loss.function.rawValue) has a target for "
        + "each output"
  }

  /// The metric as a job file names it.
  var value: Value {
    var entries: [Value.Entry] = []
    switch kind {
    case .binaryAccuracy(let threshold) where threshold != 0.5:
      entries = [.init("threshold", Value(.number(threshold)))]
    case .topK(let k) where kindName == MetricName.topKAccuracy.rawValue:
      entries = [.init("k", Value(.int(k)))]
    case .mean(let loss, _):
      if case .map(let items) = loss.value[loss.function.rawValue]?.kind { entries = items }
    case .r2(true): entries = [.init("class_aggregation", "variance_weighted_average")]
    case .counts(let figure): entries = figure.entries
    case .area(_, let classID?): entries = [.init("class_id", Value(.int(classID)))]
    default: break
    }
    if name != kindName { entries.append(.init("name", Value(.string(name)))) }
    return entries.isEmpty
      ? Value(.string(kindName)) : Value(.map([.init(kindName, Value(.map(entries)))]))
  }
}

extension Options {
  /// The class that a figure is about; nil for all.
  mutating func classID(columns: Int) throws(ConfigurationError) -> Int? {
    guard value("class_id") != nil else { return nil }
    return try int("class_id", in: 0...max(0, columns - 1))
  }
}
