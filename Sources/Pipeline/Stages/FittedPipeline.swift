public import HDF5

/// All that happens to a row between the file and the network, learnt and ready: part of a model.
public struct FittedPipeline: Sendable {
  /// What happens to features.
  public let features: FittedStages
  /// What happens to targets; its shape is that of one target row in the training file.
  public let target: FittedStages

  /// The version of the layout that `write(to:)` writes; files of newer ones are refused.
  public static let formatVersion = 1

  /// Makes a pipeline of fitted stages.
  public init(features: FittedStages, target: FittedStages) {
    self.features = features
    self.target = target
  }

  /// Writes the pipeline as plain HDF5: `features/00_scale`, `target/00_one_hot`.
  public func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeAttribute("format_version", Self.formatVersion)
    try features.write(to: try group.createGroup("features"))
    try target.write(to: try group.createGroup("target"))
  }

  /// Reads what `write(to:)` has written, now or in an earlier version.
  ///
  /// - Throws: `PipelineError` for a newer layout, a stage that is not known, or damage.
  public init(from group: borrowing Group) throws(PipelineError) {
    let version: Int
    do { version = try group.intAttribute("format_version") } catch { throw PipelineError(error) }
    guard version >= 1, version <= Self.formatVersion else {
      throw PipelineError(
        "\(group.place): the pipeline has format version \(version), this program reads up to "
          + "\(Self.formatVersion): use a newer sounder")
    }
    do {
      features = try FittedStages(from: try group.group("features"))
      target = try FittedStages(from: try group.group("target"))
    } catch let error as HDF5Error {
      throw PipelineError(error)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError("\(group.place): \(error)")
    }
  }
}
