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
    var parameters = [Float](repeating: 0, count: network.parameterCount)
    for layer in network.layers where !layer.parameters.isEmpty {
      do throws(HDF5Error) {
        let group = try file.group("model_weights").group(layer.name)
        let names = try weightNames(group)
        guard names.count == layer.parameters.count else {
          throw HDF5Error(
            .damaged, path: path, object: group.path,
            "has \(names.count) weights, but the layer has \(layer.parameters.count)")
        }
        for (name, parameter) in zip(names, layer.parameters) {
          let dataset = try group.dataset(name)
          guard dataset.shape == parameter.shape else {
            throw HDF5Error(
              .wrongShape, path: path, object: dataset.path,
              "has the shape \(dataset.shape), but the layer's \(parameter.name) has "
                + "\(parameter.shape)")
          }
          parameters.replaceSubrange(parameter.range, with: try dataset.readAll(as: Float.self))
        }
      } catch { throw NetworkError(error) }
    }
    return (network, parameters)
  }

  private static func network(in file: borrowing File) throws(NetworkError) -> Network {
    let path = file.path
    let text: String
    do { text = try file.stringAttribute("model_config") } catch { throw NetworkError(error) }
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
