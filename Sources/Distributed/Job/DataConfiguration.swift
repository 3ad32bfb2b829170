public import Configuration
public import Pipeline

/// The `data` section: where the rows are, and how much memory they may take.
public struct DataConfiguration: Sendable {
  /// Where the rows for validation come from.
  public enum Validation: Sendable {
    /// Another file, or other data sets of the same file.
    case source(DataSource)
    /// A part of the training rows, chosen by the seed and never trained on; between 0 and 1.
    ///
    /// Without a seed of its own that of the training.
    case fraction(Double, seed: UInt64? = nil)
    /// One of `count` parts of the training rows; the others are trained on. All folds of one seed
    /// together are all rows, each once.
    case fold(Int, count: Int, seed: UInt64? = nil)
  }

  /// `train`: the rows to train on.
  public var train: DataSource
  /// `validation`: the rows that measure each epoch; nil when there are none.
  public var validation: Validation?
  /// `stratify`, `time`, `gap`: which of the training rows a fraction or a fold holds out.
  public var split: Split
  /// `memory`: bytes of rows that a rank may hold at once, at least 1 MiB.
  public var memoryByteCount: Int
  /// `redeal`: epochs after which the rows are dealt to the workers anew; 0: never.
  public var redealEpochCount: Int
  /// `bad_rows`: what becomes of rows of CSV and LIBSVM files that cannot be used.
  public var badRows: BadRowPolicy
  /// `stage`: the disk of each node to which files are copied before they are read; nil: none.
  public var stage: DataStage?

  /// The HDF5 files that are there to be read.
  public var files: [String] {
    var files = (try? train.paths()) ?? []
    if case .source(let source) = validation { files += (try? source.paths()) ?? [] }
    return files
  }

  /// Reads the section.
  public init(options: inout Options) throws(ConfigurationError) {
    var train = try options.requiredOptions("train")
    self.train = try DataSource(options: &train)
    try train.finish()
    memoryByteCount = try options.byteCount("memory", default: 1 << 30, in: 1 << 20...Int.max)
    self.train.largestRowByteCount = memoryByteCount
    redealEpochCount = try options.int(
      "redeal", default: 0, in: 0...TrainingConfiguration.mostEpochs)
    let policies = BadRowPolicy.allCases.map(\.rawValue)
    badRows =
      BadRowPolicy(
        rawValue: try options.choice("bad_rows", among: policies, default: policies[0])) ?? .stop
    stage = try DataStage(options: &options)
    validation = nil
    split = .spread
    if var validation = try options.options("validation") {
      let isPart = ["fraction", "folds", "fold"].contains { validation.contains($0) }
      if isPart { split = try Split(options: &validation) }
      if validation.contains("fraction") {
        self.validation = .fraction(
          try validation.number("fraction", in: 1e-9...0.999_999),
          seed: try Self.seed(&validation))
      } else if isPart {
        let count = try validation.int("folds", in: 2...10_000)
        self.validation = .fold(
          try validation.int("fold", default: 0, in: 0...count - 1), count: count,
          seed: try Self.seed(&validation))
      } else {
        var source = try DataSource(options: &validation).listed(as: self.train)
        source.largestRowByteCount = memoryByteCount
        self.validation = .source(source)
      }
      try validation.finish()
    }
  }

  private static func seed(_ options: inout Options) throws(ConfigurationError) -> UInt64? {
    guard options.value("seed") != nil else { return nil }
    return UInt64(try options.int("seed", in: 0...Int.max))
  }

  /// The section as a tree.
  public var value: Value {
    let validation: Value =
      switch self.validation {
      case .source(let source): source.value
      case .fraction(let fraction, let seed):
        Value(.map([.init("fraction", Value(.number(fraction)))] + rule(seed)))
      case .fold(let fold, let count, let seed):
        Value(
          .map([.init("fold", Value(.int(fold))), .init("folds", Value(.int(count)))] + rule(seed)))
      case nil: nil
      }
    var entries: [Value.Entry] = [
      .init("train", train.value), .init("validation", validation),
      .init("memory", Value(.int(memoryByteCount))),
    ]
    // Left out where they are not given: jobs of before have no such keys.
    if redealEpochCount > 0 { entries.append(.init("redeal", Value(.int(redealEpochCount)))) }
    if badRows != .stop { entries.append(.init("bad_rows", Value(.string(badRows.rawValue)))) }
    if let stage { entries.append(.init("stage", stage.value)) }
    return Value(.map(entries))
  }

  /// The same with the data sets of some of the network's inputs alone.
  func reading(inputs names: Set<String>) -> DataConfiguration {
    var copy = self
    copy.train = train.reading(inputs: names)
    if case .source(let source) = validation {
      copy.validation = .source(source.reading(inputs: names))
    }
    return copy
  }

  private func rule(_ seed: UInt64?) -> [Value.Entry] {
    [.init("seed", seed.map { Value(.int(Int($0))) } ?? nil)] + split.entries
  }
}
