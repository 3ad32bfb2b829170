public import Configuration
public import Pipeline

/// A network that is learnt from a table: the last stage of a `Pipeline`, or an estimator by itself, which then
/// proposes the stages before it.
///
/// The settings are its own members: `classifier.batchSize = 64`, `classifier.with(\.learningRate, 0.01)`.
@dynamicMemberLookup
public protocol NetworkEstimator: PipelineStage, TableEstimator {
  /// What the estimator was told; what is nil it proposes.
  var settings: NetworkSettings { get set }
  /// The job behind these stages; nil: behind those that the estimator proposes.
  ///
  /// - Throws: as `job(for:)`.
  func job(for table: Table, stages: StageLists?) throws -> Value
}

extension NetworkEstimator {
  /// A setting.
  public subscript<T>(dynamicMember setting: WritableKeyPath<NetworkSettings, T>) -> T {
    get { settings[keyPath: setting] }
    set { settings[keyPath: setting] = newValue }
  }

  /// The file that the settings name.
  public var modelFile: String? {
    get { settings.modelFile }
    set { settings.modelFile = newValue }
  }

  /// The job behind the stages that the estimator proposes.
  public func job(for table: Table) throws -> Value { try job(for: table, stages: nil) }

  /// A copy with another setting, or another property of the estimator.
  public func with<T>(_ property: WritableKeyPath<Self, T>, _ value: T) -> Self {
    var copy = self
    copy[keyPath: property] = value
    return copy
  }
}
