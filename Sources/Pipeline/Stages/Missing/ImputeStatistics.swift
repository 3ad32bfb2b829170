/// What `impute` learns: the statistics of one of its strategies.
public enum ImputeStatistics: MergeableStatistics {
  /// For `mean`.
  case means(KnownMeans)
  /// For `median`.
  case quantiles(QuantileSketch)
  /// For `most_frequent`.
  case frequencies(FrequencyCounts)

  /// The numbers of the strategy's statistics.
  public var values: [Double] {
    get {
      switch self {
      case .means(let statistics): statistics.values
      case .quantiles(let statistics): statistics.values
      case .frequencies(let statistics): statistics.values
      }
    }
    set {
      switch self {
      case .means(var statistics):
        statistics.values = newValue
        self = .means(statistics)
      case .quantiles(var statistics):
        statistics.values = newValue
        self = .quantiles(statistics)
      case .frequencies(var statistics):
        statistics.values = newValue
        self = .frequencies(statistics)
      }
    }
  }

  /// Takes in rows, in which NaN is a missing value.
  public mutating func add(_ rows: UnsafePointer<Float>, rowCount: Int) {
    // The case is emptied meanwhile: a second reference to its memory would have it copied.
    switch consume self {
    case .means(var statistics):
      statistics.add(rows, rowCount: rowCount)
      self = .means(statistics)
    case .quantiles(var statistics):
      statistics.add(rows, rowCount: rowCount)
      self = .quantiles(statistics)
    case .frequencies(var statistics):
      statistics.add(rows, rowCount: rowCount)
      self = .frequencies(statistics)
    }
  }

  /// Takes in the statistics of other rows, of the same strategy.
  public mutating func merge(_ other: ImputeStatistics) {
    switch (consume self, other) {
    case (.means(var statistics), .means(let other)):
      statistics.merge(other)
      self = .means(statistics)
    case (.quantiles(var statistics), .quantiles(let other)):
      statistics.merge(other)
      self = .quantiles(statistics)
    case (.frequencies(var statistics), .frequencies(let other)):
      statistics.merge(other)
      self = .frequencies(statistics)
    default: preconditionFailure("statistics of two strategies")
    }
  }

  /// What takes the place of a missing value in a column; nil when it has no numbers.
  func fill(column: Int) -> Double? {
    switch self {
    case .means(let statistics): statistics.mean(column: column)
    case .quantiles(let statistics): statistics.quantiles([0.5], column: column)?[0]
    case .frequencies(let statistics): statistics.mostFrequent(column: column)
    }
  }
}
