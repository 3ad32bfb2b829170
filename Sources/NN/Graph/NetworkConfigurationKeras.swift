internal import Configuration
private import Foundation

/// `network.keras`: a network as Keras writes it down.
extension NetworkConfiguration {
  /// The configuration that says what `network` is.
  init(_ network: Network) {
    func name(_ tensor: Int) -> String {
      guard let producer = network.tensors[tensor].producer else {
        return network.inputs[tensor].name
      }
      let layer = network.layers[producer]
      let place = tensor - layer.outputs[0]
      return place == 0 ? layer.name : "\(layer.name):\(place)"
    }
    self.init(
      name: network.name, inputs: network.inputs,
      layers: network.layers.map { layer in
        NamedLayer(
          layer.name, layer.configuration, inputs: layer.inputs.map(name),
          sharing: layer.sharing.map { network.layers[$0].name }, isFrozen: layer.isFrozen)
      }, outputs: network.outputs.map(name))
  }

  /// Reads `keras`: the name of a file with the text of Keras' `model.to_json()`, or what that text says; or the
  /// name of a whole model of Keras, whose weights the training begins with.
  ///
  /// The job's record has the layers, so that it needs the file no more.
  static func keras(
    _ value: Value, _ options: inout Options
  ) throws(ConfigurationError) -> NetworkConfiguration {
    let place = options.keyPath + ["keras"]
    func failure(_ reason: String) -> ConfigurationError {
      ConfigurationError(reason, at: place, origin: value.origin)
    }
    for key in ["layers", "inputs", "outputs"] where options.contains(key) {
      throw options.error("the network is Keras' already: leave out this or 'keras'", key)
    }
    var model = value
    let weights = try Self.weights(&options)
    if case .string(let path) = value.kind, ModelFile.isBinary(path) {
      let network: Network
      do throws(NetworkError) { network = try ModelFile.network(at: path) } catch {
        throw failure(error.description)
      }
      var configuration = NetworkConfiguration(network)
      configuration.name = try options.string("name", default: configuration.name)
      configuration.weights = weights.isEmpty ? [PretrainedWeights(file: path)] : weights
      return configuration
    }
    if case .string(let path) = value.kind {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw failure(
          (FileManager.default.fileExists(atPath: path)
            ? "\(path) cannot be read" : "there is no \(path)")
            + ": name a file with the text of Keras' model.to_json(), or a model.save(\"NAME.h5\")")
      }
      do throws(ConfigurationError) {
        model = try Value(json: String(decoding: data, as: UTF8.self))
      } catch { throw failure("\(path): \(error.description)") }
    }
    var configuration: NetworkConfiguration
    do throws(NetworkError) {
      configuration = NetworkConfiguration(try Network(kerasModelConfig: model))
    } catch { throw failure("as a model of Keras: \(error.description)") }
    configuration.name = try options.string("name", default: configuration.name)
    configuration.weights = weights
    return configuration
  }
}
