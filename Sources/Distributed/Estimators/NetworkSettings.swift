public import Configuration
public import NN

/// What a ready-made estimator may be told; what is nil it proposes from the rows (docs/estimators.md).
public struct NetworkSettings: Sendable {
  /// The columns behind the stages that the network sees, in this order; empty: all but the label.
  public var features: [String] = []
  /// Columns that the network does not see, such as numbers of rows; taken away before all stages.
  public var dropped: [String] = []
  /// The layers before the last one, which follows from the task.
  public var layers: [any LayerConfiguration]?
  /// How a gradient changes the weights.
  public var optimizer: any Optimizer = Adam()
  /// Rows of one step of one worker; -1: all that it has.
  public var batchSize: Int?
  /// Passes over the rows at most, at least 1.
  public var epochs: Int?
  /// The share of the rows that measures each epoch and is not trained on, below 1; 0: none.
  public var validationFraction: Double?
  /// Whether the training ends when `val_loss` stops getting better, with the weights of the best epoch; only
  /// where rows are held out.
  public var stopsEarly = true
  /// The epochs without an improvement that are waited for.
  public var patience: Int?
  /// What is measured beside the loss, as `training.metrics` of a job file lists it.
  public var metrics: [Value]?
  /// Decides the first weights, the order of the rows and dropout.
  public var seed: UInt64 = 1
  /// How the ranks work together: the section `distribution` of a job file; null: as without one.
  public var distribution: Value = nil
  /// The file that the model is written to, beside which a training that is stopped leaves its checkpoint, so that
  /// the same call resumes it; nil: the model is in memory alone.
  public var modelFile: String?

  /// Everything is proposed.
  public init() {}

  /// What estimators take when they are made.
  init(
    _ features: [String], _ layers: [any LayerConfiguration]?, _ learningRate: Double,
    _ batchSize: Int?, _ epochs: Int?
  ) {
    (self.features, self.layers, self.batchSize, self.epochs) = (
      features, layers, batchSize, epochs
    )
    optimizer = Adam(learningRate: learningRate)
  }

  /// The optimizer's learning rate, above 0; of a schedule its base rate.
  public var learningRate: Double {
    get { optimizer.common.learningRate.base }
    set { optimizer.common.learningRate = LearningRate(newValue) }
  }
}
