/// What a study knows at one point of its journal: a value, the input of samplers and pruners.
///
/// Two histories of the same journal prefix are equal in every respect that a sampler sees.
public struct History: Sendable {
  /// The parameters.
  public var space: SearchSpace
  /// One direction for each objective.
  public var directions: [Direction]
  /// All trials by number.
  public var trials: [Trial] = []
  /// Numbers of the finished trials in the order in which they finished.
  public var finished: [Int] = []
  /// Results of older studies that this one learns from, one list per study.
  public var older: [[OlderResult]] = []
  /// The number of journal lines that made this state.
  public var prefix = 0

  /// A result of another study, translated to this space.
  public struct OlderResult: Sendable, Equatable {
    /// Its parameters, a valid assignment of this space.
    public var parameters: Assignment
    /// Its values, in this study's objectives.
    public var values: [Double]

    /// Makes a result.
    public init(parameters: Assignment, values: [Double]) {
      self.parameters = parameters
      self.values = values
    }
  }

  /// Makes an empty history.
  public init(space: SearchSpace, directions: [Direction] = [.minimize]) {
    self.space = space
    self.directions = directions
  }

  /// Trials that are running, by number.
  public var running: [Trial] { trials.filter { $0.state == .running } }

  /// Finished trials in the order in which they finished.
  public var finishedTrials: [Trial] { finished.map { trials[$0] } }

  /// Complete trials in the order in which they finished.
  public var complete: [Trial] { finishedTrials.filter { $0.state == .complete } }

  /// The best feasible complete trial of a study with one objective; the earliest of equals.
  public var best: Trial? {
    let sign = directions[0].sign
    return complete.filter { $0.isFeasible && $0.values.first?.isNaN == false }
      .min { ($0.values[0] * sign, $0.number) < ($1.values[0] * sign, $1.number) }
  }
}
