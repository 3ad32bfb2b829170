public import Configuration
public import Pipeline

/// Stages of columns, then stages of rows, then a network that learns from what they make of a table; before it
/// there may be layers of a file (`PretrainedLayers`).
///
/// `fit` fits the stages on all ranks together, then trains the network, and gives both as one model.
public struct Pipeline: TableEstimator {
  /// The stages in order; the last one is the network.
  public var stages: [any PipelineStage]

  /// Puts stages together.
  public init(stages: [any PipelineStage]) { self.stages = stages }

  /// The file that the network names.
  public var modelFile: String? { (stages.last as? any NetworkEstimator)?.modelFile }

  /// The network's job behind exactly these stages.
  ///
  /// - Throws: `DistributedError` where the last stage is no network, or a stage of columns stands behind one of
  ///   rows.
  public func job(for table: Table) throws -> Value {
    guard let network = stages.last as? any NetworkEstimator else {
      throw DistributedError(
        "a pipeline ends with a network, and this one does not: put NetworkClassifier, NetworkRegressor or "
          + "NetworkAutoencoder behind its stages", exitCode: ExitCode.usage)
    }
    return try network.job(for: table, stages: try StageLists(stages.dropLast()))
  }

  /// A copy whose network has another setting.
  public func with<T>(_ setting: WritableKeyPath<NetworkSettings, T>, _ value: T) -> Pipeline {
    guard var network = stages.last as? any NetworkEstimator else { return self }
    network.settings[keyPath: setting] = value
    return Pipeline(stages: stages.dropLast() + [network])
  }
}

/// Stages by what they work on.
public struct StageLists: Sendable {
  /// Those of columns, which come first.
  public let table: [any TableStage]
  /// Those of rows.
  public let rows: [any Estimator]
  /// Layers of model files, which come last.
  public let pretrained: [PretrainedLayers]

  /// Sorts stages.
  ///
  /// - Throws: `DistributedError` for a network before the end, for a stage of columns behind one of rows, and for
  ///   one of either behind layers of a file.
  init(_ stages: some Sequence<any PipelineStage>) throws(DistributedError) {
    var table: [any TableStage] = []
    var rows: [any Estimator] = []
    var pretrained: [PretrainedLayers] = []
    for stage in stages {
      switch stage {
      case let stage as PretrainedLayers: pretrained.append(stage)
      case _ where !pretrained.isEmpty && !(stage is any NetworkEstimator):
        throw DistributedError(
          "\(type(of: stage)) stands behind PretrainedLayers, whose output only layers read: put it before, or write "
            + "that output first (`sounder transform --layer`) and fit the stage to that",
          exitCode: ExitCode.usage)
      case let stage as any TableStage:
        guard let first = rows.first else {
          table.append(stage)
          continue
        }
        throw DistributedError(
          "the stage \(type(of: stage).name) works on columns, and behind \(type(of: first).name) there are rows: "
            + "put it before", exitCode: ExitCode.usage)
      case let stage as any Estimator: rows.append(stage)
      default:
        throw DistributedError(
          "\(type(of: stage)) stands before the end of the pipeline: a network is its last stage",
          exitCode: ExitCode.usage)
      }
    }
    (self.table, self.rows, self.pretrained) = (table, rows, pretrained)
  }
}
