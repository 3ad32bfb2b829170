internal import Configuration

// A layer as an option of another one: in a job file `layer: {lstm: {units: 4}}`, in Keras a serialized
// layer.
extension Options {
  /// The layer under `key`, or nil when there is none.
  mutating func wrappedLayer(
    _ key: String, keras: Bool
  ) throws(ConfigurationError) -> (any LayerConfiguration)? {
    guard let value = value(key) else { return nil }
    if keras {
      let named = try LayerRegistry.layer(keras: value, at: keyPath + [key])
      // Keras hands the key on to the layer inside; that one alone is another thing.
      if named.isFrozen, try bool("trainable", default: true) {
        throw error("only the layer inside is frozen: freeze the whole layer", "trainable")
      }
      return named.layer
    }
    let named = try LayerRegistry.layer(value, at: keyPath + [key])
    guard named.name == nil, named.inputs == nil, named.sharing == nil, !named.isFrozen
    else {
      throw error(
        "takes the layer's options only: name, inputs and frozen are the wrapper's", key, value)
    }
    return named.layer
  }
}

extension LayerConfiguration {
  /// The layer as an item of a job file.
  var namedValue: Value {
    Value(.map([.init(Self.name, value)]))
  }

  /// The layer as Keras serializes it.
  func kerasValue(name: String) throws(NetworkError) -> Value {
    let (className, config) = try kerasLayer()
    let common: [Value.Entry] = [
      .init("name", Value(.string(name))), .init("dtype", "float32"),
    ]
    return [
      // Without its module Keras 3 does not find the class of a layer inside another one.
      "module": "keras.layers", "class_name": Value(.string(className)),
      "config": Value(.map(common + config)), "registered_name": Value(.null),
    ]
  }
}
