internal import Configuration
internal import HDF5
public import NN
public import Pipeline

/// A model file in memory: the network with its parameters, and all that training left beside it.
public struct TrainedModel: Sendable {
  /// The file's name.
  public let path: String
  /// The network.
  public let network: Network
  /// Its parameters, in the network's order.
  public let parameters: [Float]
  /// The fitted pipeline; one without stages when the file was not written by Sounder.
  public let pipeline: FittedPipeline
  /// The job that trained it; nil when the file was not written by Sounder.
  public let job: TrainingJob?

  /// Reads a model file, ours or one that Keras wrote.
  ///
  /// - Throws: an error that says what is missing when the file is no model file.
  public init(reading path: String) throws {
    self.path = path
    let file = try File(opening: path)
    (network, parameters) = try ModelFile.read(from: file)
    if try file.root().contains("sounder") {
      let group = try file.group("sounder")
      pipeline = try FittedPipeline(from: try group.group("pipeline"))
      job = try TrainingJob(value: Value(json: try group.stringAttribute("job")))
      guard pipeline.features.outputShape == network.inputShape else {
        throw DistributedError(
          "\(path) is damaged: its pipeline makes rows of the shape "
            + "\(pipeline.features.outputShape), but its network takes \(network.inputShape)")
      }
    } else {
      pipeline = FittedPipeline(
        features: FittedStages(inputShape: network.inputShape),
        target: FittedStages(inputShape: []))
      job = nil
    }
  }

  /// Whether an output row is a distribution over classes.
  public var isClassifier: Bool {
    guard network.outputShape.count == 1, network.outputCount > 1 else { return false }
    switch job?.training.loss.function {
    case .sparseCategoricalCrossentropy, .categoricalCrossentropy: return true
    case nil: return network.layers.last?.configuration.outputActivation?.function == .softmax
    default: return false
    }
  }
}
