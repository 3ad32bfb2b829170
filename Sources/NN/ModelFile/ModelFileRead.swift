import Configuration
public import HDF5

extension ModelFile {
  /// Reads the network and the flat parameter buffer from an open file.
  ///
  /// - Throws: `NetworkError` for a file that is no model file, or a model that is not supported.
  public static func read(from file: borrowing File) throws(NetworkError) -> (Network, [Float]) {
    try requireModel(file)
    return try weights(of: try network(in: file), in: file)
  }

  static func requireModel(_ file: borrowing File) throws(NetworkError) {
    let path = file.path
    guard isModel(file) else {
      throw NetworkError(
        "\(path): is no model file (it has no attribute 'model_config'): name a file that "
          + "'sounder train' wrote, or Keras' model.save(\"NAME.h5\"); a file of weights alone "
          + "belongs to a network of a job (network.weights)")
    }
  }

  /// The weights of `network` in a file: the network with those of its frozen layers, and the flat parameter
  /// buffer.
  static func weights(
    of network: Network, in file: borrowing File
  ) throws(NetworkError) -> (Network, [Float]) {
    let path = file.path
    do throws(HDF5Error) {
      // Whatever a damaged file says: memory is asked for when all data sets have been seen.
      var storedByteCount = 0
      try forEachWeight(of: network, in: file) { dataset, parameter, _ throws(HDF5Error) in
        try check(dataset, parameter, path)
        storedByteCount += dataset.storedByteCount
      }
      try checkPlausible(
        weightCount: network.parameterCount + network.frozenCount,
        storedByteCount: storedByteCount, path)
      var parameters = [Float](repeating: 0, count: network.parameterCount)
      var frozen = [Float](repeating: 0, count: network.frozenCount)
      try forEachWeight(of: network, in: file) { dataset, parameter, isFrozen throws(HDF5Error) in
        let values = try dataset.readAll(as: Float.self)
        if isFrozen {
          frozen.replaceSubrange(parameter.range, with: values)
        } else {
          parameters.replaceSubrange(parameter.range, with: values)
        }
      }
      return (network.withFrozen(frozen), parameters)
    } catch { throw NetworkError(error) }
  }

  /// Throws when a data set has another shape than an array of weights, or more numbers than the file has.
  static func check(
    _ dataset: borrowing Dataset, _ parameter: ResolvedLayer.Parameter, _ path: String
  ) throws(HDF5Error) {
    guard dataset.shape == parameter.shape else {
      throw HDF5Error(
        .wrongShape, path: path, object: dataset.path,
        "has the shape \(dataset.shape), but the layer's \(parameter.name) has "
          + "\(parameter.shape)")
    }
    try dataset.checkPlausible()
  }

  /// Many data sets that were never written are each small enough to be believed, but not together.
  static func checkPlausible(
    weightCount: Int, storedByteCount: Int, _ path: String
  ) throws(HDF5Error) {
    guard weightCount > 4 << 20, weightCount / 1100 > storedByteCount else { return }
    throw HDF5Error(
      .damaged, path: path,
      "says to hold \(weightCount) weights, but stores \(storedByteCount) bytes")
  }

  /// Opens the data sets of all layers, in the order of the buffers; the last argument tells those of frozen
  /// layers.
  private static func forEachWeight(
    of network: Network, in file: borrowing File,
    _ body: (borrowing Dataset, ResolvedLayer.Parameter, Bool) throws(HDF5Error) -> Void
  ) throws(HDF5Error) {
    let layers = network.layers.filter { $0.sharing == nil && !$0.storedParameters.isEmpty }
    guard !layers.isEmpty else { return }
    let places = try WeightPlaces(in: file, of: network)
    for layer in layers {
      try forEachWeight(of: layer, called: layer.name, places, in: file, body)
    }
  }

  /// Opens the data sets of one layer, which the file calls `name`.
  static func forEachWeight(
    of layer: ResolvedLayer, called name: String, _ places: WeightPlaces, in file: borrowing File,
    _ body: (borrowing Dataset, ResolvedLayer.Parameter, Bool) throws(HDF5Error) -> Void
  ) throws(HDF5Error) {
    let paths = try places.paths(of: name, in: file)
    guard paths.count == layer.storedParameters.count else {
      throw HDF5Error(
        .damaged, path: file.path, object: name,
        "has \(paths.count) weights, but the layer has \(layer.storedParameters.count)")
    }
    for (path, parameter) in zip(paths, layer.storedParameters) {
      try body(try file.dataset(path), parameter, layer.isFrozen)
    }
  }

  /// The JSON of the whole network: our own, or where that is all of it Keras'.
  public static func configuration(in file: borrowing File) throws(HDF5Error) -> String {
    let root = try file.root()
    if root.kind(of: ownGroupName) == .group {
      let group = try root.group(ownGroupName)
      if group.hasAttribute("model_config") { return try group.stringAttribute("model_config") }
    }
    return try file.stringAttribute("model_config")
  }

  static func network(in file: borrowing File) throws(NetworkError) -> Network {
    let path = file.path
    let text: String
    do { text = try configuration(in: file) } catch { throw NetworkError(error) }
    let value: Value
    do { value = try Value(json: text) } catch {
      throw NetworkError("\(path): attribute 'model_config': \(error.description)")
    }
    do { return try Network(kerasModelConfig: value) } catch {
      throw NetworkError("\(path): \(error.description)", exitCode: error.exitCode)
    }
  }
}
