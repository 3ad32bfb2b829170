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
  /// The data that it was trained on, or its pipeline fitted to; nil when the file was not written by Sounder.
  public let data: DataConfiguration?
  /// Whether this is only the part of a model that leads to one of its layers.
  public let isPart: Bool
  /// The distribution whose parameters the outputs are; nil when they are the predictions themselves.
  public let distribution: OutputDistribution?
  /// What makes calibrated intervals; nil when the model has not been calibrated.
  public let calibration: IntervalCalibration?
  /// What a row of features is made of behind the pipeline: the inputs of the network, or of the whole one whose part
  /// this is.
  let rowInputs: [NetworkInput]

  /// Reads a model file, ours or one that Keras wrote: `NAME.h5` or `NAME.keras`.
  ///
  /// - Throws: an error that says what is missing when the file is no model file.
  public init(reading path: String) throws {
    self.path = path
    isPart = false
    if ModelFile.isArchive(path) {
      (network, parameters) = try ModelFile.read(path)
      (pipeline, job, data) = (Self.pipeline(of: network), nil, nil)
      (distribution, calibration) = (nil, nil)
      rowInputs = network.inputs
      return
    }
    let file = try File(opening: path)
    guard try PipelineRecord(from: file) == nil else {
      throw DistributedError(
        "\(path) holds a pipeline that was fitted alone, and no network: name a model file, or transform data "
          + "with it (sounder transform)", exitCode: 64)
    }
    (network, parameters) = try ModelFile.read(from: file)
    rowInputs = network.inputs
    let stored = try ModelFile.distribution(in: file)
    let calibrationPath = "\(TrainingRecord.groupName)/\(IntervalCalibration.groupName)"
    if try file.root().contains(calibrationPath) {
      calibration = try IntervalCalibration(from: try file.group(calibrationPath))
    } else {
      calibration = nil
    }
    if try file.root().contains("sounder/pipeline") {
      let group = try file.group("sounder")
      try ModelRecord.checkVersion(of: group)
      pipeline = try FittedPipeline(from: try group.group("pipeline"))
      job = try TrainingJob(value: Value(json: try group.stringAttribute("job")))
      guard pipeline.features.outputShape == network.inputShape else {
        throw DistributedError(
          "\(path) is damaged: its pipeline makes rows of the shape "
            + "\(pipeline.features.outputShape), but its network takes \(network.inputShape)")
      }
    } else {
      (pipeline, job) = (Self.pipeline(of: network), nil)
    }
    data = job?.data
    let isSingle = network.outputs.count == 1
    distribution = isSingle ? job?.training.loss.distribution ?? stored : nil
  }

  /// The pipeline of a model that Keras wrote: none.
  private static func pipeline(of network: Network) -> FittedPipeline {
    FittedPipeline(
      features: FittedStages(inputShape: network.inputShape), target: FittedStages(inputShape: []))
  }

  /// The rows of a batch of prediction: as `asked`, otherwise as many, up to 512, as the caches hold.
  func batchSize(asked: Int?) -> Int { asked ?? network.predictionRows(atMost: 512) }

  /// The part of the model that leads to the output of the layer called `layer`: prediction with it
  /// gives that layer's output.
  ///
  /// `NAME` is the layer's first output, `NAME:1` its second. Inputs of the network that it does not need are not read,
  /// unless the pipeline was fitted to whole rows.
  /// - Throws: `NetworkError` for a name that no layer has.
  public func part(endingAt layer: String) throws(NetworkError) -> TrainedModel {
    let part = try network.part(endingAt: layer)
    return TrainedModel(self, (part, network.parameters(of: part, from: parameters)))
  }

  /// The columns of a row of features that the network's inputs are; nil: all, in order.
  var inputColumns: [Range<Int>]? {
    guard rowInputs != network.inputs else { return nil }
    var start = 0
    var columns: [Range<Int>] = []
    for input in rowInputs {
      if network.inputs.contains(input) { columns.append(start..<start + input.count) }
      start += input.count
    }
    return columns
  }

  /// The pipeline of a model file, or one that was fitted alone, without a network: prediction with it gives the
  /// rows of features that a network would see.
  ///
  /// - Throws: an error that says what is missing when the file is neither.
  public init(readingPipeline path: String) throws {
    let record = try ModelFile.isArchive(path) ? nil : PipelineRecord(from: File(opening: path))
    if let record {
      (pipeline, data, job) = (record.pipeline, record.data, nil)
    } else {
      let whole = try TrainedModel(reading: path)
      (pipeline, data, job) = (whole.pipeline, whole.data, whole.job)
    }
    self.path = path
    // A layer that does nothing.
    network = try NetworkConfiguration(layers: [NamedLayer(nil, ActivationConfiguration(.linear))])
      .network(inputShape: pipeline.features.outputShape)
    parameters = []
    rowInputs = network.inputs
    (distribution, calibration) = (nil, nil)
    isPart = true
  }

  private init(_ whole: TrainedModel, _ part: (network: Network, parameters: [Float])) {
    (path, job) = (whole.path, whole.job)
    (network, parameters) = part
    (distribution, calibration) = (nil, nil)
    isPart = true
    let own = whole.pipeline
    guard network.inputs != whole.network.inputs, own.features.stages.isEmpty, own.table == nil,
      own.window == nil
    else {
      (pipeline, data, rowInputs) = (own, whole.data, whole.rowInputs)
      return
    }
    // Rows are as the data have them: those of the other inputs need not be there.
    rowInputs = network.inputs
    pipeline = FittedPipeline(
      features: FittedStages(inputShape: network.inputShape), target: own.target,
      targetClasses: own.targetClasses, targetNames: own.targetNames)
    let names = Set(network.inputs.map(\.name))
    data = whole.data?.reading(inputs: names)
  }

  /// Whether an output row is a distribution over classes.
  public var isClassifier: Bool { outputs.count == 1 && outputs[0].isClassifier }

  /// One of the network's outputs.
  struct Output {
    /// Its name; empty where there is only one.
    let name: String
    /// The shape of a row.
    let shape: [Int]
    /// Whether a row is a distribution over classes.
    let isClassifier: Bool
    /// The numbers of a row.
    var count: Int { shape.reduce(1, *) }
  }

  /// The network's outputs, in the order of a row.
  var outputs: [Output] {
    // A part's outputs are not what the job's losses are about.
    let losses = isPart ? nil : job.flatMap { try? $0.training.losses(for: network) }
    return network.outputs.enumerated().map { index, tensor in
      let shape = network.tensors[tensor].shape
      let activation = network.tensors[tensor].producer.flatMap {
        network.layers[$0].configuration.outputActivation
      }
      let isCategorical =
        distribution.map { $0 == .categorical }
        ?? losses.map { $0[index].isCategorical } ?? (activation?.function == .softmax)
      return Output(
        name: network.outputs.count == 1 ? "" : network.outputNames[index], shape: shape,
        isClassifier: !isPart && shape.count == 1 && shape[0] > 1 && isCategorical)
    }
  }
}
