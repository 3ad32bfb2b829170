internal import Configuration

/// When a search ends.
public struct SearchLimits: Sendable, Equatable {
  /// `trials`: so many trials are started; nil when only time or the sampler ends the search.
  public var trialCount: Int?
  /// `wall_time`: seconds of the whole search.
  public var wallTimeSeconds: Double?
  /// `node_hours`: hours times nodes.
  public var nodeHours: Double?
  /// `target`: a value of the objective that is good enough.
  public var target: Double?
  /// `trial_time`: seconds after which one trial is stopped.
  public var trialTimeSeconds: Double?

  /// The number of trials of a search that gives no limit at all.
  public static let defaultTrialCount = 100

  /// Makes limits; a search without any has `defaultTrialCount` trials.
  public init(
    trialCount: Int? = nil, wallTimeSeconds: Double? = nil, nodeHours: Double? = nil,
    target: Double? = nil, trialTimeSeconds: Double? = nil
  ) {
    self.trialCount = trialCount
    self.wallTimeSeconds = wallTimeSeconds
    self.nodeHours = nodeHours
    self.target = target
    self.trialTimeSeconds = trialTimeSeconds
    if trialCount == nil, wallTimeSeconds == nil, nodeHours == nil {
      self.trialCount = Self.defaultTrialCount
    }
  }

  init(options: inout Options) throws(ConfigurationError) {
    let count = options.value("trials") == nil ? nil : try options.int("trials", in: 1...10_000_000)
    let nodeHours =
      options.value("node_hours") == nil ? nil : try options.number("node_hours", in: 1e-6...1e12)
    self.init(
      trialCount: count, wallTimeSeconds: try options.duration("wall_time", in: 1e-3...1e10),
      nodeHours: nodeHours,
      target: options.value("target") == nil ? nil : try options.number("target"),
      trialTimeSeconds: try options.duration("trial_time", in: 1e-3...1e10))
  }
}
