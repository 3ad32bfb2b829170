public import Configuration

/// The stopping half of population-based training (Jaderberg et al., 2017, truncation selection).
///
/// After each `interval` steps a member is compared with all members that have reached that step. In
/// the bottom quantile it stops; `PBTSampler` then proposes its replacement. While fewer than
/// 1 / `quantile` members have come that far nothing is stopped. Give it the sampler's options.
public struct PBTPruner: Pruner {
  /// `pbt`.
  public static let name = "pbt"

  private let settings: PBTOptions

  /// Reads `population`, `interval`, `quantile`, `resample` and `fixed`.
  public init(options: inout Options) throws(ConfigurationError) {
    settings = try PBTOptions(options: &options)
  }

  /// Makes the pruner with the defaults.
  public init() { settings = PBTOptions() }

  /// All options.
  public var value: Value { settings.value }

  /// Names the member's place when that is in the bottom quantile.
  public func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? {
    guard let report = trial.reports.last, report.step.isMultiple(of: settings.interval) else {
      return nil
    }
    // At its end a member has nothing left to learn from another one.
    if let lastStep, report.step >= lastStep { return nil }
    let own = (loss(report.value, history), trial.number)
    var members = [own]
    for other in history.trials
    where other.number != trial.number && (other.state == .running || other.state == .complete) {
      if let value = other.reports.value(at: report.step) {
        members.append((loss(value, history), other.number))
      }
    }
    let bottom = settings.share(of: members.count)
    let worse = members.count { $0 > own }
    guard worse < bottom else { return nil }
    let place = members.count - worse
    let last = bottom == 1 ? "the last one is" : "the last \(bottom) are"
    return "at step \(report.step) it is number \(place) of \(members.count) members, "
      + "\(last) replaced"
  }

  private func loss(_ value: Double, _ history: History) -> Double {
    value.isNaN ? .infinity : value * history.sign
  }
}
