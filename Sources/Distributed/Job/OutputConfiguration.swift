public import Configuration

/// The `output` section: the files that training writes.
public struct OutputConfiguration: Sendable {
  /// Which weights the model file gets.
  public enum Weights: String, Sendable, CaseIterable {
    /// Those behind the last epoch.
    case last
    /// Those of the best epoch.
    case best
  }

  /// `model`: the trained network with its pipeline.
  public var model: String
  /// `checkpoint`: what an interrupted run resumes from; beside the model unless given.
  public var checkpoint: String
  /// `checkpoints`: how many of them are kept, so that one is left when the newest is damaged.
  public var checkpointCount: Int
  /// `checkpoint_seconds`: a validation inside an epoch writes one when the last one is so old, at least 0.
  public var checkpointSeconds: Double
  /// `weights`: which weights the model file gets; nil: the last, unless early stopping restores the
  /// best.
  public var weights: Weights?
  /// `monitor` and `mode`: the figure that says which epoch is best; nil: early stopping's, or
  /// `val_loss`.
  public var monitor: FigureMonitor?
  /// `history_csv`: a table of all epochs, one line for each; nil: none.
  public var historyCSV: String?
  /// `history_json`: the same as a list of objects; nil: none.
  public var historyJSON: String?

  private static let defaultCheckpointSeconds = 60.0

  /// Reads the section.
  ///
  /// The names are relative to the current directory.
  public init(options: inout Options) throws(ConfigurationError) {
    model = try options.string("model")
    guard !model.isEmpty, !model.hasSuffix("/") else {
      throw options.error("expected the name of a file", "model")
    }
    let stem = model.hasSuffix(".h5") ? String(model.dropLast(3)) : model
    checkpoint = try options.string("checkpoint", default: stem + ".checkpoint.h5")
    guard checkpoint != model else {
      throw options.error("the checkpoint and the model need different names", "checkpoint")
    }
    checkpointCount = try options.int(
      "checkpoints", default: 2, in: 1...CheckpointFiles.mostKept)
    checkpointSeconds = try options.number(
      "checkpoint_seconds", default: Self.defaultCheckpointSeconds, in: 0...1e9)
    weights =
      options.value("weights") == nil
      ? nil
      : Weights(
        rawValue: try options.choice("weights", among: Weights.allCases.map(\.rawValue)))
    if options.value("monitor") != nil {
      monitor = try FigureMonitor(options: &options, default: nil)
    } else if options.value("mode") != nil {
      throw options.error("the key 'monitor' is missing: name the figure, too", "mode")
    } else {
      monitor = nil
    }
    historyCSV = try Self.file("history_csv", &options)
    historyJSON = try Self.file("history_json", &options)
  }

  private static func file(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> String? {
    guard options.value(key) != nil else { return nil }
    let name = try options.string(key)
    guard !name.isEmpty, !name.hasSuffix("/") else {
      throw options.error("expected the name of a file", key)
    }
    return name
  }

  /// The files that training writes, each with its key.
  package var files: [(key: String, path: String)] {
    [
      ("output.model", model), ("output.checkpoint", checkpoint),
      ("output.history_csv", historyCSV), ("output.history_json", historyJSON),
    ].compactMap { key, path in path.map { (key, $0) } }
  }

  /// The names of the checkpoints before the newest one.
  package var earlierCheckpoints: [(key: String, path: String)] {
    (1..<max(1, checkpointCount)).map {
      ("output.checkpoints", CheckpointFiles(self).path($0))
    }
  }

  /// The section as a tree.
  public var value: Value {
    var entries: [Value.Entry] = [
      .init("model", Value(.string(model))), .init("checkpoint", Value(.string(checkpoint))),
      .init("checkpoints", Value(.int(checkpointCount))),
    ]
    // Left out where they are not given: jobs of before have no such keys.
    if checkpointSeconds != Self.defaultCheckpointSeconds {
      entries.append(.init("checkpoint_seconds", Value(.number(checkpointSeconds))))
    }
    if let weights { entries.append(.init("weights", Value(.string(weights.rawValue)))) }
    if let monitor { entries += monitor.entries }
    if let historyCSV { entries.append(.init("history_csv", Value(.string(historyCSV)))) }
    if let historyJSON { entries.append(.init("history_json", Value(.string(historyJSON)))) }
    return Value(.map(entries))
  }
}
