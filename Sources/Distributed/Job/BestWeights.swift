internal import Configuration

/// Which epoch's weights are kept beside the last ones.
public struct BestWeights: Sendable, Equatable {
  /// The figure that says which epoch is best.
  public var monitor: FigureMonitor
  /// What an epoch must be better by, at least 0.
  public var leastChange: Double
  /// So many epochs at the start do not count.
  public var startFromEpoch: Int

  /// Keeps the weights of the epoch that is best by `monitor`.
  public init(_ monitor: FigureMonitor, leastChange: Double = 0, startFromEpoch: Int = 0) {
    self.monitor = monitor
    self.leastChange = leastChange
    self.startFromEpoch = startFromEpoch
  }

  /// What a checkpoint remembers the rule by: weights kept by another one are not taken for best.
  var signature: String {
    Value(
      .map(
        monitor.entries + [
          .init("min_delta", Value(.number(leastChange))),
          .init("start_from_epoch", Value(.int(startFromEpoch))),
        ])
    ).json
  }
}

extension TrainingJob {
  /// What the model file gets in place of the last weights; nil when it gets these.
  ///
  /// `training.early_stopping.restore_best_weights`, or `output.weights: best`.
  public var bestWeights: BestWeights? {
    let early = training.earlyStopping
    if let early, early.restoresBestWeights {
      return BestWeights(
        early.monitor, leastChange: early.leastChange, startFromEpoch: early.startFromEpoch)
    }
    guard output.weights == .best else { return nil }
    return BestWeights(output.monitor ?? early?.monitor ?? FigureMonitor("val_loss"))
  }

  /// Throws for settings that would ask for two kinds of weights in one file.
  func checkWeights(_ options: Options) throws(ConfigurationError) {
    if training.earlyStopping?.restoresBestWeights == true {
      if output.weights == .last {
        throw options.error(
          "the last weights are asked for, and training.early_stopping has restore_best_weights: "
            + "remove one of them", "weights")
      }
      if let monitor = output.monitor, monitor != training.earlyStopping?.monitor {
        throw options.error(
          "early stopping restores the weights that are best by "
            + "'\(training.earlyStopping?.monitor.name ?? "")': remove output.monitor, or "
            + "restore_best_weights", "monitor")
      }
    } else if output.monitor != nil, output.weights != .best {
      throw options.error(
        "the figure says which epoch's weights the model file gets: add output.weights: best",
        "monitor")
    }
  }
}
