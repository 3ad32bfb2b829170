public import Configuration

/// All layers by name.
public enum LayerRegistry {
  /// Every kind of layer.
  ///
  /// The shared tests run over this list.
  public static let all: [any LayerConfiguration.Type] =
    [core, convolution, recurrent, normalization, attention].flatMap { $0 }

  private static let core: [any LayerConfiguration.Type] = [
    Dense.self, ActivationConfiguration.self, Dropout.self, Flatten.self, Reshape.self, Add.self,
    Subtract.self, Multiply.self, Average.self, Maximum.self, Minimum.self, Concatenate.self,
    Permute.self, SpatialDropout1D.self, SpatialDropout2D.self, SpatialDropout3D.self,
    GaussianNoise.self, GaussianDropout.self, NormalSampling.self,
  ]

  /// Reads one item of a job file's `layers`: a layer's name, alone or with options, or the name of
  /// an activation.
  ///
  /// The option `name` names this one layer; without it the layer is named after its kind. `inputs`
  /// names what it reads, one name or a list; without it that is the layer before. With `frozen: true` its
  /// weights stay what `network.weights` says. The item
  /// `shared: {layer: NAME}` uses the weights of an earlier layer once more.
  public static func layer(
    _ value: Value, at keyPath: [String]
  ) throws(ConfigurationError) -> NamedLayer {
    var named = try NamedOptions(value, at: keyPath)
    let layer: any LayerConfiguration
    let name = named.options.value("name") == nil ? nil : try named.options.string("name")
    let inputs = try named.options.names("inputs")
    let isFrozen = try named.options.bool("frozen", default: false)
    var sharing: String?
    if named.name == "shared" {
      let other = try named.options.string("layer")
      if named.options.contains("frozen") {
        throw named.options.error("say it of the layer whose weights these are", "frozen")
      }
      try named.options.finish()
      sharing = other
      // What it is says the other layer.
      layer = Flatten()
    } else if let function = Activation.Function(name: named.name) {
      // Keras' layer LeakyReLU has another default than its function leaky_relu.
      let isKerasDefault = function == .leakyRelu && named.options.value("negative_slope") == nil
      layer = ActivationConfiguration(
        isKerasDefault
          ? Activation(.leakyRelu, parameter: 0.3)
          : try Activation(function, options: &named.options))
      try named.options.finish()
    } else {
      let names = all.map { $0.name } + ["shared"] + Activation.Function.allCases.map(\.rawValue)
      layer = try named.read("layer", as: all, name: { $0.name }, telling: names) {
        (type, options) throws(ConfigurationError) in try type.init(options: &options)
      }
    }
    if let name, name.isEmpty || name.contains("/") {
      throw named.options.error("'\(name)' must be a word without '/'", "name")
    }
    return NamedLayer(name, layer, inputs: inputs, sharing: sharing, isFrozen: isFrozen)
  }

  /// Reads one layer of Keras' model configuration.
  package static func layer(keras: Value, at keyPath: [String]) throws(ConfigurationError)
    -> NamedLayer
  {
    guard let (className, config) = keras.kerasObject else {
      throw ConfigurationError("expected a layer, found \(keras.summary)", at: keyPath)
    }
    var options = try Options(config, at: keyPath + [className])
    let layer: any LayerConfiguration
    if let type = all.first(where: { $0.kerasClass == className }) {
      layer = try type.init(keras: &options)
    } else if ActivationConfiguration.kerasClasses.contains(className) {
      layer = try ActivationConfiguration(kerasClass: className, &options)
    } else {
      throw ConfigurationError(
        "the layer class '\(className)' is not supported; there are: "
          + (all.map { $0.kerasClass } + ActivationConfiguration.kerasClasses).joined(
            separator: ", "),
        at: keyPath)
    }
    let isFrozen = try !options.finishKerasLayer()
    return NamedLayer(config["name"]?.text, layer, isFrozen: isFrozen)
  }
}
