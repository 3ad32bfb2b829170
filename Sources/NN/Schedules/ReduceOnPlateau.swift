public import Configuration

/// A smaller rate when a figure of the epochs stops getting better: Keras' callback
/// `ReduceLROnPlateau`.
///
/// After `patience` whole epochs without an improvement by more than `min_delta` the rate is
/// multiplied by `factor`, not below `min_lr`; then `cooldown` epochs are not counted. It is a
/// function of the history alone, so a resumed training goes on with the same rate.
public struct ReduceOnPlateau: Schedule {
  /// `reduce_on_plateau`.
  public static let name = "reduce_on_plateau"
  /// The first rate.
  public let baseRate: Double
  private let monitored: String
  private let factor: Double
  private let patience: Int
  private let mode: String
  private let leastChange: Double
  private let cooldown: Int
  private let leastRate: Double
  private var rate: Double

  /// Reads `initial_learning_rate`, `monitor`, `factor`, `patience`, `mode`, `min_delta`, `cooldown`
  /// and `min_lr`.
  ///
  /// The mode `auto` is `max` for figures of which more is better, otherwise `min`; of a figure with a
  /// name of its own that is told by the words in it (`f1_micro`).
  public init(options: inout Options) throws(ConfigurationError) {
    baseRate = try options.initialRate()
    rate = baseRate
    monitored = try options.string("monitor", default: "val_loss")
    factor = try options.number("factor", default: 0.1)
    guard factor > 0, factor < 1 else {
      throw options.error("\(factor) must be greater than 0 and less than 1", "factor")
    }
    patience = try options.int("patience", default: 10, in: 0...1_000_000)
    mode = try options.choice("mode", among: ["auto", "min", "max"], default: "auto")
    leastChange = try options.notNegative("min_delta", default: 1e-4)
    cooldown = try options.int("cooldown", default: 0, in: 0...1_000_000)
    leastRate = try options.notNegative("min_lr", default: 0)
  }

  /// The options.
  public var entries: [Value.Entry] {
    [
      entry("initial_learning_rate", baseRate), .init("monitor", Value(.string(monitored))),
      entry("factor", factor), .init("patience", Value(.int(patience))),
      .init("mode", Value(.string(mode))), entry("min_delta", leastChange),
      .init("cooldown", Value(.int(cooldown))), entry("min_lr", leastRate),
    ]
  }

  /// The rate of all steps until the next figure.
  public func rate(at step: Int, of stepCount: Int) -> Double { rate }

  /// What is followed: `val_loss` unless said otherwise.
  public var monitor: String? { monitored }

  /// The rate behind the epochs with these figures: `on_epoch_end` of
  /// `keras/src/callbacks/reduce_lr_on_plateau.py` for each.
  public mutating func observe(_ history: [Double]) {
    rate = baseRate
    var best: Double?
    var waited = 0
    var cooling = 0
    for figure in history {
      if cooling > 0 {
        cooling -= 1
        waited = 0
      }
      if best.map({ isBetter(figure, than: $0) }) ?? true {
        best = figure
        waited = 0
      } else if cooling == 0 {
        waited += 1
        if waited >= patience, rate > leastRate {
          rate = max(rate * factor, leastRate)
          cooling = cooldown
          waited = 0
        }
      }
    }
  }

  private static let growing = ["acc", "auc", "precision", "recall", "f1", "r2"]

  private func isBetter(_ figure: Double, than best: Double) -> Bool {
    let isMost =
      mode == "max"
      || (mode == "auto"
        && (MetricSet.isMoreBetter(monitored)
          ?? Self.growing.contains { monitored.hasWord(beginningWith: $0) }))
    return isMost ? figure - leastChange > best : figure + leastChange < best
  }
}

extension String {
  /// Whether one of the words between underscores begins with `prefix`.
  fileprivate func hasWord(beginningWith prefix: String) -> Bool {
    split(separator: "_").contains { $0.hasPrefix(prefix) }
  }
}
