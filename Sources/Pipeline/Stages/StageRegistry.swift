public import Configuration
import HDF5

/// All kinds of stages, by name: what a job file may name and what a model file may hold.
public enum StageRegistry {
  /// The kinds; a new stage is registered by adding its type here.
  public static let estimators: [any Estimator.Type] = [
    Scale.self, Standardize.self, Normalize.self, OneHot.self, MinMax.self, MaxAbs.self,
    Robust.self, Clip.self, Impute.self, Bucketize.self, QuantileBins.self, Polynomial.self,
    Logarithm.self, Power.self, PCA.self,
  ]

  /// The names of all kinds, sorted.
  public static var names: [String] { estimators.map { $0.name }.sorted() }

  /// The stage that one item of a job file's list stands for.
  public static func estimator(_ item: NamedOptions) throws(ConfigurationError) -> any Estimator {
    try item.read("stage", as: estimators, name: { $0.name }, telling: names) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }

  /// The fitted stage of the kind `name` that `group` holds.
  ///
  /// - Throws: `PipelineError` for a kind that this version does not know.
  static func transformer(
    _ name: String, from group: borrowing Group, shape: [Int]
  ) throws(PipelineError) -> any Transformer {
    guard let type = estimators.first(where: { $0.name == name }) else {
      throw PipelineError(
        "\(group.place): this version of sounder has no stage '\(name)' (it has "
          + "\(names.joined(separator: ", "))): use the version that wrote the file, or a newer one"
      )
    }
    return try load(type, from: group, shape: shape)
  }

  private static func load<E: Estimator>(
    _ type: E.Type, from group: borrowing Group, shape: [Int]
  ) throws(PipelineError) -> any Transformer {
    try E.Fitted(from: group, shape: shape)
  }
}
