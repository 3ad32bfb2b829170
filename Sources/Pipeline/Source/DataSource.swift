public import Configuration

/// Which data to read: a file and the names of its data sets, as a job file has them.
public struct DataSource: Sendable, Equatable {
  /// The HDF5 file.
  public var file: String
  /// The data set of features.
  public var features: String
  /// The data set of targets; nil for data to predict on.
  public var target: String?
  /// The most bytes that one row may take; nil for as many as can be counted.
  ///
  /// The job file's `data.memory`, which stands beside this section.
  public var largestRowByteCount: Int?

  /// Names a file and its data sets.
  public init(file: String, features: String, target: String?) {
    self.file = file
    self.features = features
    self.target = target
  }

  /// Takes `file`, `features` and `target`.
  public init(options: inout Options) throws(ConfigurationError) {
    file = try options.string("file")
    features = try options.string("features")
    target = try options.string("target")
  }

  /// The names as the job file has them.
  public var value: Value {
    var entries = [
      Value.Entry("file", Value(.string(file))), Value.Entry("features", Value(.string(features))),
    ]
    if let target { entries.append(Value.Entry("target", Value(.string(target)))) }
    return Value(.map(entries))
  }

  /// Opens the file and checks that one row is not too long, and that the data sets can be used together.
  public func open() throws(PipelineError) -> HDF5Source {
    try HDF5Source(self)
  }
}
