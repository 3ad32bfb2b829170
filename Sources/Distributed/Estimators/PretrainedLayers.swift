internal import Configuration
public import Pipeline

/// The layers of a model file, of Keras or of this project, with their weights, between the stages of a `Pipeline`
/// and the network behind them: a feature extractor, or with all its layers a predictor.
///
/// As `- model: {file: FILE, until: NAME, frozen: true}` in a job file (docs/pretrained.md): they become the first
/// layers of the network, read what the stages make of a row, and are in its model file. The layers of the network
/// come next, `layers: []` for its last one alone. The file is read when the training begins, on every rank.
public struct PretrainedLayers: PipelineStage {
  /// Which of the layers keep their weights; the others are trained further.
  public enum Frozen: Sendable, Equatable {
    /// Those that are so in the file: Keras' `trainable`.
    case asInFile
    /// All of them.
    case all
    /// None: all are trained further.
    case nothing
    /// The layers that lead to the one of this name, and that one.
    case until(String)
  }

  /// The model file: `.h5` or `.keras`.
  public var file: String
  /// The layer whose output the next layers read; nil: the whole model.
  public var until: String?
  /// What keeps its weights.
  public var frozen: Frozen
  /// What stands before the names of the layers, followed by `_`; nil: nothing.
  public var name: String?

  /// Names a model file; errors of it are those of `fit`.
  public init(
    _ file: String, until: String? = nil, frozen: Frozen = .asInFile, name: String? = nil
  ) {
    (self.file, self.until, self.frozen, self.name) = (file, until, frozen, name)
  }

  /// The item of a job file's `network.layers`.
  var item: Value {
    var entries = [Value.Entry("file", Value(.string(file)))]
    if let until { entries.append(.init("until", Value(.string(until)))) }
    switch frozen {
    case .asInFile: break
    case .all: entries.append(.init("frozen", true))
    case .nothing: entries.append(.init("frozen", false))
    case .until(let layer): entries.append(.init("frozen", Value(.string(layer))))
    }
    if let name { entries.append(.init("name", Value(.string(name)))) }
    return ["model": Value(.map(entries))]
  }
}
