package import NN

/// When a training ends before its last epoch: a function of the epochs that are done.
struct EpochEndings {
  private let early: (rule: EarlyStopping, sign: Double)?
  private let target: (rule: TargetFigure, sign: Double)?

  init(_ job: TrainingJob, _ figures: FigureSet) {
    early = job.training.earlyStopping.map { ($0, $0.monitor.sign(among: figures)) }
    target = job.training.target.map { ($0, $0.monitor.sign(among: figures)) }
  }

  /// Why the training is over, in words; nil when it is not.
  func reason(after history: [EpochRecord]) -> String? {
    if let (rule, sign) = target, let last = history.last?[rule.monitor.name],
      rule.isReached(by: last, sign: sign)
    {
      return "\(rule.monitor.name) has reached \(rule.value) (training.target)"
    }
    if let (rule, sign) = early,
      rule.isOver(history.map { $0[rule.monitor.name] }, sign: sign)
    {
      return "\(rule.monitor.name) has not become better for \(max(1, rule.patience)) epoch"
        + (rule.patience > 1 ? "s" : "") + " (training.early_stopping)"
    }
    return nil
  }
}

extension FigureSet {
  /// The names of an epoch's figures, as Keras has them.
  package func names(validates: Bool) -> [String] {
    names + (validates ? names.map { "val_" + $0 } : [])
  }
}

extension TrainingJob {
  /// Throws when something follows a figure that no epoch of this training has.
  package func checkMonitors(
    _ figures: FigureSet, validates: Bool
  ) throws(DistributedError) {
    let names = figures.names(validates: validates)
    let followed: [(String, String?)] = [
      (
        "training.optimizer: its learning_rate",
        training.optimizer.common.learningRate.monitor
      ),
      ("training.early_stopping", training.earlyStopping?.monitor.name),
      ("training.target", training.target?.monitor.name),
      ("output.weights: best", bestWeights?.monitor.name),
    ]
    for (what, monitor) in followed {
      guard let monitor, !names.contains(monitor) else { continue }
      throw DistributedError(
        "\(what) follows '\(monitor)', which is not measured: set monitor to one of "
          + names.joined(separator: ", ") + (validates ? "" : ", or give data.validation"))
    }
  }
}

extension TrainingConfiguration {
  /// Throws when a class has a weight that the network does not tell apart.
  package func checkClassWeights(network: Network) throws(DistributedError) {
    guard let last = classWeights.keys.max() else { return }
    let columns = network.outputShape.last ?? 1
    // A single output is a yes or no.
    let count = loss.isCategorical ? columns : max(2, columns)
    guard last >= count else { return }
    throw DistributedError(
      "training.class_weight weighs class \(last), and the network tells the classes 0 to "
        + "\(count - 1) apart: remove it, or give the last layer more units")
  }
}
