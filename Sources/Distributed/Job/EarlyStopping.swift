public import Configuration

/// `training.early_stopping`: a training ends when a figure of its epochs stops getting better.
///
/// Names, defaults and rules are those of Keras' callback `EarlyStopping`
/// (`keras/src/callbacks/early_stopping.py`): an epoch is an improvement when its figure is better
/// than the best one by more than `min_delta`; after `patience` epochs without one the training is
/// over. It is a function of the history alone, so a resumed training stops where the whole one does.
public struct EarlyStopping: Sendable, Equatable {
  /// `monitor` (`val_loss`) and `mode` (`auto`).
  public var monitor: FigureMonitor
  /// `min_delta`: what an improvement must exceed, at least 0 (0).
  public var leastChange: Double
  /// `patience`: epochs without an improvement that are waited for, at least 0 (0).
  public var patience: Int
  /// `baseline`: a value that the figure must beat for waiting to begin anew; nil: none.
  public var baseline: Double?
  /// `start_from_epoch`: so many epochs at the start do not count (0).
  public var startFromEpoch: Int
  /// `restore_best_weights`: whether the model file has the weights of the best epoch (false).
  public var restoresBestWeights: Bool

  /// Follows `monitor`.
  public init(
    monitor: FigureMonitor = FigureMonitor("val_loss"), leastChange: Double = 0, patience: Int = 0,
    baseline: Double? = nil, startFromEpoch: Int = 0, restoresBestWeights: Bool = false
  ) {
    self.monitor = monitor
    self.leastChange = leastChange
    self.patience = patience
    self.baseline = baseline
    self.startFromEpoch = startFromEpoch
    self.restoresBestWeights = restoresBestWeights
  }

  /// Reads the section.
  ///
  /// The caller finishes it.
  init(options: inout Options) throws(ConfigurationError) {
    monitor = try FigureMonitor(options: &options, default: "val_loss")
    leastChange = try options.number("min_delta", default: 0, in: 0...1e300)
    patience = try options.int("patience", default: 0, in: 0...1_000_000)
    baseline = options.value("baseline") == nil ? nil : try options.number("baseline")
    startFromEpoch = try options.int("start_from_epoch", default: 0, in: 0...1_000_000)
    restoresBestWeights = try options.bool("restore_best_weights", default: false)
  }

  /// The section as a tree.
  public var value: Value {
    var entries = monitor.entries
    entries += [
      .init("min_delta", Value(.number(leastChange))), .init("patience", Value(.int(patience))),
      .init("start_from_epoch", Value(.int(startFromEpoch))),
      .init("restore_best_weights", Value(.bool(restoresBestWeights))),
    ]
    if let baseline { entries.append(.init("baseline", Value(.number(baseline)))) }
    return Value(.map(entries))
  }

  /// Whether `figure` is an improvement on `best`, both times the sign that makes less better.
  func isBetter(_ figure: Double, than best: Double) -> Bool { figure + leastChange < best }

  /// Whether a training whose first epochs had these figures is over; less is better times `sign`.
  ///
  /// Epochs without the figure do not count. A figure that is not a number improves nothing.
  func isOver(_ figures: [Double?], sign: Double) -> Bool {
    var best: Double?
    var waited = 0
    for (index, figure) in figures.enumerated() where index >= startFromEpoch {
      guard let figure = figure.map({ $0 * sign }) else { continue }
      waited += 1
      if !figure.isNaN, best.map({ isBetter(figure, than: $0) }) ?? true {
        best = figure
        if baseline.map({ isBetter(figure, than: $0 * sign) }) ?? true { waited = 0 }
        continue
      }
      if waited >= patience, index > 0 { return true }
    }
    return false
  }
}
