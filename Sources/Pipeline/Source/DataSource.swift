public import Configuration

/// Which data to read: a file and the names of its data sets, as a job file has them.
public struct DataSource: Sendable, Equatable {
  /// One of several data sets whose rows stand one after the other in a row.
  public struct Part: Sendable, Equatable {
    /// What it is for: an input or an output of the network.
    public var name: String
    /// The data set.
    public var dataset: String

    /// Names a data set.
    public init(_ name: String, _ dataset: String) {
      self.name = name
      self.dataset = dataset
    }
  }

  /// The HDF5 file.
  public var file: String
  /// The data set of features; of several their names, for messages.
  public var features: String
  /// The data set of targets, or the names of several; nil for data to predict on.
  public var target: String?
  /// The data sets of a network with several inputs, in the order of a row; empty for one input.
  public var featureParts: [Part] = []
  /// The data sets of a network with several outputs, in the order of a row; empty for one output.
  public var targetParts: [Part] = []
  /// The data set of the rows' weights in the loss; nil: all weigh 1.
  public var weights: String?
  /// The most bytes that one row may take; nil for as many as can be counted.
  ///
  /// The job file's `data.memory`, which stands beside this section.
  public var largestRowByteCount: Int?

  /// Names a file and its data sets.
  public init(file: String, features: String, target: String?, weights: String? = nil) {
    self.file = file
    self.features = features
    self.target = target
    self.weights = weights
  }

  /// Takes `file`, `features`, `target` and `weights`; features and target may be maps of a network's
  /// inputs and outputs to data sets.
  public init(options: inout Options) throws(ConfigurationError) {
    file = try options.string("file")
    featureParts = try Self.parts("features", &options)
    features = featureParts.isEmpty ? try options.string("features") : Self.words(featureParts)
    targetParts = try Self.parts("target", &options)
    target = targetParts.isEmpty ? try options.string("target") : Self.words(targetParts)
    weights = options.value("weights") == nil ? nil : try options.string("weights")
  }

  private static func parts(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> [Part] {
    guard let value = options.value(key), case .map(let entries) = value.kind else { return [] }
    var parts: [Part] = []
    for entry in entries {
      guard case .string(let dataset) = entry.value.kind, !dataset.isEmpty else {
        throw options.error(
          "'\(entry.key)': expected the name of a data set, found \(entry.value.summary)", key,
          entry.value)
      }
      parts.append(Part(entry.key, dataset))
    }
    guard !parts.isEmpty else { throw options.error("at least one data set is needed", key, value) }
    return parts
  }

  private static func words(_ parts: [Part]) -> String {
    parts.map(\.dataset).joined(separator: ", ")
  }

  /// The same with the parts in the order of a network's inputs and outputs.
  ///
  /// - Throws: `PipelineError` when the names are not those of the network, each once.
  public func aligned(inputs: [String], outputs: [String]) throws(PipelineError) -> DataSource {
    var copy = self
    copy.featureParts = try Self.sorted(featureParts, inputs, "features", "inputs", file)
    copy.targetParts = try Self.sorted(targetParts, outputs, "target", "outputs", file)
    if !featureParts.isEmpty { copy.features = Self.words(copy.featureParts) }
    if !targetParts.isEmpty { copy.target = Self.words(copy.targetParts) }
    return copy
  }

  private static func sorted(
    _ parts: [Part], _ names: [String], _ key: String, _ what: String, _ file: String
  ) throws(PipelineError) -> [Part] {
    guard !parts.isEmpty else { return [] }
    guard parts.map(\.name).sorted() == names.sorted() else {
      throw PipelineError(
        "\(file): \(key) names the data sets of \(parts.map(\.name).joined(separator: ", ")), but "
          + "the network's \(what) are \(names.joined(separator: ", ")): name one for each")
    }
    return names.compactMap { name in parts.first { $0.name == name } }
  }

  /// The names as the job file has them.
  public var value: Value {
    func names(_ name: String, _ parts: [Part]) -> Value {
      parts.isEmpty
        ? Value(.string(name))
        : Value(.map(parts.map { Value.Entry($0.name, Value(.string($0.dataset))) }))
    }
    var entries = [
      Value.Entry("file", Value(.string(file))),
      Value.Entry("features", names(features, featureParts)),
    ]
    if let target { entries.append(Value.Entry("target", names(target, targetParts))) }
    if let weights { entries.append(Value.Entry("weights", Value(.string(weights)))) }
    return Value(.map(entries))
  }

  /// Opens the file and checks that one row is not too long, and that the data sets can be used together.
  public func open() throws(PipelineError) -> HDF5Source {
    try HDF5Source(self)
  }
}
