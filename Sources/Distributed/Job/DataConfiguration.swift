public import Configuration
public import Pipeline

/// The `data` section: where the rows are, and how much memory they may take.
public struct DataConfiguration: Sendable {
  /// Where the rows for validation come from.
  public enum Validation: Sendable {
    /// Another file, or other data sets of the same file.
    case source(DataSource)
    /// A part of the training rows, chosen by the seed and never trained on; between 0 and 1.
    case fraction(Double)
  }

  /// `train`: the rows to train on.
  public var train: DataSource
  /// `validation`: the rows that measure each epoch; nil when there are none.
  public var validation: Validation?
  /// `memory`: bytes of rows that a rank may hold at once, at least 1 MiB.
  public var memoryByteCount: Int

  /// Reads the section.
  public init(options: inout Options) throws(ConfigurationError) {
    var train = try options.requiredOptions("train")
    self.train = try DataSource(options: &train)
    try train.finish()
    memoryByteCount = try options.byteCount("memory", default: 256 << 20, in: 1 << 20...Int.max)
    self.train.largestRowByteCount = memoryByteCount
    validation = nil
    if var validation = try options.options("validation") {
      if validation.contains("fraction") {
        self.validation = .fraction(
          try validation.number("fraction", in: 1e-9...0.999_999))
      } else {
        var source = try DataSource(options: &validation)
        source.largestRowByteCount = memoryByteCount
        self.validation = .source(source)
      }
      try validation.finish()
    }
  }

  /// The section as a tree.
  public var value: Value {
    let validation: Value =
      switch self.validation {
      case .source(let source): source.value
      case .fraction(let fraction): ["fraction": Value(.number(fraction))]
      case nil: nil
      }
    return ["train": train.value, "validation": validation, "memory": Value(.int(memoryByteCount))]
  }
}
