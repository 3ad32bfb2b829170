/// The weights of the best epoch so far.
///
/// Lives on the rank that writes files.
package struct BestTracker {
  /// What a checkpoint remembers of it.
  package struct Kept {
    /// The rule by which the epoch is best.
    let signature: String
    let epoch: Int
    let value: Double
    package let parameters: [Float]
  }

  private let rule: BestWeights
  private let sign: Double
  private(set) var kept: Kept?
  /// Whether a checkpoint had weights that are best by another rule: they are forgotten.
  let hasForgotten: Bool

  /// Goes on with what a checkpoint kept by the same rule.
  ///
  /// `sign` is 1 where less of the figure is better, -1 where more is.
  init(_ rule: BestWeights, sign: Double, kept: Kept?) {
    self.rule = rule
    self.sign = sign
    self.kept = kept?.signature == rule.signature ? kept : nil
    hasForgotten = kept != nil && self.kept == nil
  }

  /// Takes note of an epoch that is over; `parameters` is asked for when it is the best one.
  ///
  /// The first epoch that counts is best until a better one comes, also when its figure is not a
  /// number.
  mutating func observe(_ record: EpochRecord, parameters: () -> [Float]) {
    guard record.epoch > rule.startFromEpoch, let figure = record[rule.monitor.name] else { return }
    if let kept, !kept.value.isNaN {
      guard figure * sign + rule.leastChange < kept.value * sign else { return }
    } else if kept != nil, figure.isNaN {
      return
    }
    kept = Kept(
      signature: rule.signature, epoch: record.epoch, value: figure, parameters: parameters())
  }
}
