public import Configuration

/// The `output` section: the files that training writes.
public struct OutputConfiguration: Sendable {
  /// `model`: the trained network with its pipeline.
  public var model: String
  /// `checkpoint`: what an interrupted run resumes from; beside the model unless given.
  public var checkpoint: String

  /// Reads the section.
  ///
  /// Both names are relative to the current directory.
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
  }

  /// The section as a tree.
  public var value: Value {
    ["model": Value(.string(model)), "checkpoint": Value(.string(checkpoint))]
  }
}
