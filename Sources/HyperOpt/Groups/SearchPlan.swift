/// What a coordinator has to know of a search beside its study: limits, folds, sizes of groups.
public struct SearchPlan: Sendable {
  /// What is optimised; the first one decides about pruning.
  public var objectives: [SearchObjective]
  /// Trials of the study in all; nil: no limit.
  ///
  /// Retried and resumed ones count once.
  public var trialLimit: Int?
  /// Seconds that this run of the search may take.
  public var wallSeconds: Double?
  /// Hours times nodes that all runs of the search may take together.
  public var nodeHours: Double?
  /// The search ends once the first objective is this good.
  public var target: Double?
  /// Seconds that a trial may take; of one with several runs, each run.
  public var trialSeconds: Double?
  /// Ranks of a trial: as few as allowed, so that as many trials as possible run side by side;
  /// left-over ranks join up to the upper bound.
  public var ranksPerTrial: ClosedRange<Int>
  /// The parameter that holds the number of ranks, when that is searched.
  public var ranksParameter: String?
  /// Whether a group may have ranks of several nodes.
  public var groupsSpanNodes: Bool
  /// Parts of the data that validate in turn; 1: no folds.
  public var foldCount: Int
  /// Trainings of a trial that differ in their seed only.
  public var repeatCount: Int
  /// How often a trial is tried again whose ranks were lost.
  public var retryCount: Int
  /// The step at which a trial ends by itself; nil when that is not known.
  public var lastStep: Int?
  /// The same for one trial, where parameters decide about it; nil: as `lastStep`.
  public var lastStepOf: (@Sendable (Assignment) -> Int?)?
  /// Where a trial leaves its checkpoint when it is pruned; nil: nowhere.
  public var checkpointPath: (@Sendable (Int) -> String?)?
  /// Models that are kept, the best first.
  public var topCount: Int
  /// How far outcome constraints are violated by a trial's figures (each <= 0 is met), in order.
  public var violations: @Sendable ([String: Double]) -> [Double]
  /// Whether idle ranks may join a running trial, which costs it a restart from a checkpoint.
  public var regroups: Bool
  /// Seconds that a trial has to have left for a regrouping to be worth it.
  public var regroupSeconds: Double

  /// The shortest step that more ranks make shorter: they meet at its end, which costs them time.
  public var regroupStepSeconds: Double

  /// Makes a plan with the usual settings.
  public init(
    objectives: [SearchObjective], trialLimit: Int? = nil, ranksPerTrial: ClosedRange<Int> = 1...1
  ) {
    self.objectives = objectives
    self.trialLimit = trialLimit
    self.ranksPerTrial = ranksPerTrial
    groupsSpanNodes = false
    foldCount = 1
    repeatCount = 1
    retryCount = 1
    topCount = 1
    violations = { _ in [] }
    regroups = true
    regroupSeconds = 5
    regroupStepSeconds = 0.02
  }

  /// Trainings of one trial.
  public var runCount: Int { foldCount * repeatCount }
}
