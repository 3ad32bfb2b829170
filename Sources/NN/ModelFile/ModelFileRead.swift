import Configuration
public import HDF5

extension ModelFile {
  /// Reads the network and the flat parameter buffer from an open file.
  ///
  /// - Throws: `NetworkError` for a file that is no model file, or a model that is not supported.
  public static func read(from file: borrowing File) throws(NetworkError) -> (Network, [Float]) {
    let path = file.path
    guard isModel(file) else {
      throw NetworkError(
        "\(path): is no model file (it has no attribute 'model_config'): name a file that "
          + "'sounder train' wrote, or Keras' model.save(\"NAME.h5\")")
    }
    let network = try network(in: file)
    do throws(HDF5Error) {
      // Whatever a damaged file says: memory is asked for when all data sets have been seen.
      var storedByteCount = 0
      try forEachWeight(of: network, in: file) { dataset, parameter throws(HDF5Error) in
        guard dataset.shape == parameter.shape else {
          throw HDF5Error(
            .wrongShape, path: path, object: dataset.path,
            "has the shape \(dataset.shape), but the layer's \(parameter.name) has "
              + "\(parameter.shape)")
        }
        try dataset.checkPlausible()
        storedByteCount += dataset.storedByteCount
      }
      try checkPlausible(network, storedByteCount: storedByteCount, path)
      var parameters = [Float](repeating: 0, count: network.parameterCount)
      try forEachWeight(of: network, in: file) { dataset, parameter throws(HDF5Error) in
        parameters.replaceSubrange(parameter.range, with: try dataset.readAll(as: Float.self))
      }
      return (network, parameters)
    } catch { throw NetworkError(error) }
  }

  /// Many data sets that were never written are each small enough to be believed, but not together.
  private static func checkPlausible(
    _ network: Network, storedByteCount: Int, _ path: String
  ) throws(HDF5Error) {
    let claimed = network.parameterCount
    guard claimed > 64 << 20, claimed / 1100 > storedByteCount else { return }
    throw HDF5Error(
      .damaged, path: path, object: "/model_weights",
      "says to hold \(claimed) weights, but stores \(storedByteCount) bytes")
  }

  /// Opens the data sets of all layers, in the order of the flat parameter buffer.
  private static func forEachWeight(
    of network: Network, in file: borrowing File,
    _ body: (borrowing Dataset, ResolvedLayer.Parameter) throws(HDF5Error) -> Void
  ) throws(HDF5Error) {
    for layer in network.layers where layer.sharing == nil && !layer.parameters.isEmpty {
      // What Keras does not open stands in our own group.
      let own = "\(ownGroupName)/model_weights/\(layer.name)"
      let isOwn = try file.root().kind(of: own) == .group
      let group = try file.group(isOwn ? own : "model_weights/\(layer.name)")
      let names = try weightNames(group)
      guard names.count == layer.parameters.count else {
        throw HDF5Error(
          .damaged, path: file.path, object: group.path,
          "has \(names.count) weights, but the layer has \(layer.parameters.count)")
      }
      for (name, parameter) in zip(names, layer.parameters) {
        try body(try group.dataset(name), parameter)
      }
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

  private static func network(in file: borrowing File) throws(NetworkError) -> Network {
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

  /// The names of a layer's weights; Keras cuts a list that is too long into numbered ones.
  private static func weightNames(_ group: borrowing Group) throws(HDF5Error) -> [String] {
    guard !group.hasAttribute("weight_names"), group.hasAttribute("weight_names0") else {
      return try group.stringsAttribute("weight_names")
    }
    var names: [String] = []
    var part = 0
    while group.hasAttribute("weight_names\(part)") {
      names += try group.stringsAttribute("weight_names\(part)")
      part += 1
    }
    return names
  }
}
