import Configuration
public import HDF5

/// A network with its weights as an HDF5 file that Keras opens with `keras.models.load_model`.
///
/// The layout is Keras' legacy whole-model one, in the dialect that Keras 3 and tf.keras 2 both
/// load: root attributes `model_config` and `training_config` (JSON), and for each layer a group
/// `model_weights/LAYER` whose attribute `weight_names` lists its data sets in order. What else is
/// in the file disturbs neither Keras nor `read`.
///
/// What Keras has no word for stands in our own group `sounder/network`: the attributes `model_config`,
/// the whole network, and `distribution`, whose parameters the outputs are; and `model_weights` of the
/// layers that are not part of what Keras opens (`Network.kerasPart`).
public enum ModelFile {
  /// How the network is trained, for Keras to go on with.
  public struct Training: Sendable {
    /// What is made small.
    public var loss: Loss
    /// The losses of several outputs by their names, in the place of the one; empty for one output.
    public var outputLosses: [(name: String, loss: Loss)] = []
    /// The weights of these losses, in their order; empty when all are 1.
    public var lossWeights: [Double] = []
    /// How.
    public var optimizer: any Optimizer
    /// Whether the accuracy is measured too.
    public var measuresAccuracy: Bool

    /// Describes a training.
    public init(loss: Loss, optimizer: any Optimizer, measuresAccuracy: Bool) {
      self.loss = loss
      self.optimizer = optimizer
      self.measuresAccuracy = measuresAccuracy
    }
  }

  /// The version of Keras whose dialect is written.
  static let kerasVersion = "2.15.0"

  /// Writes the file at `path`, or replaces it: a reader sees the old one or the new one, whole.
  ///
  /// - Parameters:
  ///   - path: the file's name.
  ///   - network: the layers.
  ///   - parameters: the flat parameter buffer.
  ///   - training: lets Keras go on with training, where given.
  ///   - extra: writes more into the same file before it takes its place.
  /// - Throws: `HDF5Error` when the file cannot be written, `NetworkError` for a layer that Keras
  ///   has no word for, and what `extra` throws.
  public static func write(
    _ path: String, network: Network, parameters: UnsafeBufferPointer<Float>, training: Training?,
    extra: (borrowing File) throws -> Void = { _ in }
  ) throws {
    try File.replace(path) { file in
      try write(to: file, network: network, parameters: parameters, training: training)
      try extra(file)
    }
  }

  /// Reads the network and the flat parameter buffer of a file that `write` or Keras wrote: `NAME.h5` or
  /// `NAME.keras`.
  ///
  /// - Throws: `NetworkError` for a file that is no model file, or a model that is not supported.
  public static func read(_ path: String) throws(NetworkError) -> (Network, [Float]) {
    if ZIPArchive.isArchive(path) { return try KerasArchive.read(path) }
    let file: File
    do { file = try File(opening: path) } catch { throw NetworkError(error) }
    return try read(from: file)
  }

  /// Reads the network of such a file, without its weights.
  ///
  /// - Throws: `NetworkError` as `read` does.
  public static func network(at path: String) throws(NetworkError) -> Network {
    if ZIPArchive.isArchive(path) { return try KerasArchive.network(path) }
    let file: File
    do { file = try File(opening: path) } catch { throw NetworkError(error) }
    try requireModel(file)
    return try network(in: file)
  }

  /// Whether the file at `path` is an archive as `NAME.keras` is.
  public static func isArchive(_ path: String) -> Bool { ZIPArchive.isArchive(path) }

  /// Whether `path` is a model file by its first bytes, damaged or not: HDF5, or an archive; a text is none.
  static func isBinary(_ path: String) -> Bool {
    if ZIPArchive.isArchive(path) { return true }
    do throws(HDF5Error) {
      _ = try File(opening: path)
      return true
    } catch { return error.kind == .damaged }
  }

  /// The group of what Keras has no word for.
  static let ownGroupName = "sounder/network"

  /// The distribution whose parameters the outputs of the file's network are; nil when it names none.
  /// - Throws: `NetworkError` for one that is not known.
  public static func distribution(
    in file: borrowing File
  ) throws(NetworkError) -> OutputDistribution? {
    do {
      let root = try file.root()
      guard root.kind(of: ownGroupName) == .group else { return nil }
      let group = try root.group(ownGroupName)
      guard group.hasAttribute("distribution") else { return nil }
      let value = try Value(json: try group.stringAttribute("distribution"))
      return try OutputDistribution(value, at: ["distribution"])
    } catch let error as HDF5Error {
      throw NetworkError(error)
    } catch {
      throw NetworkError("\(file.path): /\(ownGroupName): \(error)")
    }
  }

  /// Whether the file says that it holds a model.
  public static func isModel(_ file: borrowing File) -> Bool {
    file.hasAttribute("model_config")
  }
}

extension NetworkError {
  /// The same error as one of this module.
  init(_ error: HDF5Error) {
    self.init(error.description, exitCode: error.exitCode)
  }
}
