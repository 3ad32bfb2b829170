public import Configuration
public import NN
internal import Pipeline

/// Learns to give back its own input through a narrow layer, `bottleneck`, whose output says the same in fewer
/// numbers: `model.transform(table, to: "codes.h5", layer: "bottleneck", on: world)`.
///
/// It sees columns of numbers; texts are left out. Only stages of rows may stand before it, and what they make of
/// a row is what the network gives back. As `sounder train --autoencode --from FILE`.
public struct NetworkAutoencoder: NetworkEstimator {
  /// The numbers of the bottleneck, at least 1; nil: proposed from the columns.
  public var width: Int?
  /// What else the estimator was told; `layers` are all but the last one, one of them the bottleneck.
  public var settings: NetworkSettings

  /// Makes an autoencoder; what is not given is proposed from the rows.
  public init(
    width: Int? = nil, features: [String] = [], layers: [any LayerConfiguration]? = nil,
    learningRate: Double = 0.001, batchSize: Int? = nil, epochs: Int? = nil
  ) {
    precondition(width.map { $0 > 0 } ?? true, "a bottleneck of no numbers")
    self.width = width
    settings = NetworkSettings(features, layers, learningRate, batchSize, epochs)
  }

  /// The job behind these stages.
  ///
  /// - Throws: as `job(for:)`; for stages of columns, for columns of texts that are asked for, and where no column of
  ///   numbers is there.
  public func job(for table: Table, stages: StageLists?) throws -> Value {
    if let stage = stages?.table.first {
      throw DistributedError(
        "an autoencoder gives back what stands in the columns of numbers, and \(type(of: stage).name) makes others "
          + "of them: name the columns (features), and put stages of rows before it",
        exitCode: ExitCode.usage)
    }
    if width != nil, settings.layers != nil {
      throw DistributedError(
        "an autoencoder was given its layers and the width of the bottleneck: leave one of them out",
        exitCode: ExitCode.usage)
    }
    let plan = try NetworkPlan(table, settings, label: nil, stages: stages)
    let names = try plan.numberColumns()
    let count = try plan.rowCount(of: names)
    let bottleneck = width ?? NetworkPlan.powerOfTwo(count / 4, in: 2...64)
    let hidden = plan.firstWidth(inputCount: count, outputCount: count)
    func dense(_ units: Int, _ name: String? = nil) -> Value {
      var entries: [Value.Entry] = [
        .init("units", Value(.int(units))), .init("activation", "relu"),
      ]
      if let name { entries.append(.init("name", Value(.string(name)))) }
      return ["dense": Value(.map(entries))]
    }
    var task = NetworkTask(
      loss: "mean_squared_error", metrics: [], outputCount: count,
      outputLayer: ["dense": ["units": Value(.int(count))]])
    task.hiddenLayers = [
      dense(hidden), ["dense": ["units": Value(.int(bottleneck)), "name": "bottleneck"]],
      dense(hidden),
    ]
    task.mirrored = names
    return try plan.job(task)
  }
}
