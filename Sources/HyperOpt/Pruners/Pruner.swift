public import Configuration

/// Decides after a report whether a trial goes on.
public protocol Pruner: Sendable {
  /// The pruner's name in a job file: `asha`.
  static var name: String { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var value: Value { get }
  /// Why `trial` should stop after its latest report; nil when it should go on.
  ///
  /// A function of its arguments; for studies with one objective. `lastStep` is the step at which
  /// the trial would end by itself, nil when that is not known.
  func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String?
  /// The number of a pruned trial that has become worth going on with; it is resumed from its
  /// checkpoint before the sampler is asked.
  func promotion(history: History) -> Int?
}

extension Pruner {
  /// Nothing: most pruners end a trial for good.
  public func promotion(history: History) -> Int? { nil }

  /// The name with the options: what `PrunerRegistry` reads.
  public var namedValue: Value { Value(.map([.init(Self.name, value)])) }
}

/// Lets every trial run to its end.
public struct NoPruner: Pruner {
  /// `none`.
  public static let name = "none"

  /// There are no options.
  public init(options: inout Options) throws(ConfigurationError) {}

  /// Makes the pruner.
  public init() {}

  /// No options.
  public var value: Value { [:] }

  /// Never a reason.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? { nil }
}

/// All pruners by name.
public enum PrunerRegistry {
  /// Every kind of pruner.
  ///
  /// The shared tests run over this list.
  public static let all: [any Pruner.Type] = [
    NoPruner.self, CurvePruner.self, ASHAPruner.self, HyperbandPruner.self, MedianPruner.self,
    PercentilePruner.self, PatiencePruner.self, ThresholdPruner.self, WilcoxonPruner.self,
    PBTPruner.self,
  ]

  /// Reads a name, alone or with options: `median`, `asha: {reduction: 4}`.
  public static func pruner(
    _ value: Value, at keyPath: [String] = ["search", "pruner"]
  ) throws(ConfigurationError) -> any Pruner {
    try NamedOptions(value, at: keyPath).read("pruner", as: all, name: { $0.name }) {
      (type, options) throws(ConfigurationError) in try type.init(options: &options)
    }
  }
}
