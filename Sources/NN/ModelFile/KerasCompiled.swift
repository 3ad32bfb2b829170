public import Configuration
internal import HDF5

// What Keras was told by `model.compile`.
extension ModelFile {
  /// The loss and the metrics with which Keras compiled the model of a file, as a job file has them.
  ///
  /// Of several `outputs` the loss is a map of them to theirs, and there are no metrics. Metrics that have no name of
  /// their own, and such as are not known, are passed over.
  /// - Returns: nil for a model that was not compiled, and for one with a loss that is not known.
  /// - Throws: `NetworkError` for a file that cannot be read.
  public static func compiled(
    _ path: String, outputs: [String]
  ) throws(NetworkError) -> (loss: Value, metrics: [Value])? {
    guard let config = try compileConfig(path), let value = config["loss"] else { return nil }
    guard outputs.count > 1 else {
      guard let loss = Loss(kerasConfig: only(value)) else { return nil }
      var metrics: [Value] = []
      if case .list(let items)? = config["metrics"]?.kind {
        metrics = items.map(only).filter {
          if case .string = $0.kind { true } else { false }
        }
      }
      return (loss.value, metrics)
    }
    var entries: [Value.Entry] = []
    for (index, output) in outputs.enumerated() {
      let own: Value?
      if case .list(let items) = value.kind {
        own = items.count == outputs.count ? items[index] : nil
      } else {
        own = value["class_name"] == nil ? value[output] : nil
      }
      guard let own, let loss = Loss(kerasConfig: own) else { return nil }
      entries.append(.init(output, loss.value))
    }
    return (Value(.map(entries)), [])
  }

  /// The one that a list, or a map of the only output's name, holds; other values as they are.
  private static func only(_ value: Value) -> Value {
    switch value.kind {
    case .list(let items) where items.count == 1: items[0]
    case .map(let entries) where entries.count == 1: entries[0].value
    default: value
    }
  }

  private static func compileConfig(_ path: String) throws(NetworkError) -> Value? {
    if isArchive(path) { return try KerasArchive.config(path)["compile_config"] }
    let text: String
    do throws(HDF5Error) {
      let file = try File(opening: path)
      guard try file.root().hasAttribute("training_config") else { return nil }
      text = try file.stringAttribute("training_config")
    } catch { throw NetworkError(error) }
    do { return try Value(json: text) } catch {
      throw NetworkError("\(path): 'training_config': \(error.description)")
    }
  }
}

extension Loss {
  /// Reads a loss as Keras writes it: a name, or a class, or a function, with its configuration; nil for one that is
  /// not known.
  init?(kerasConfig value: Value) {
    if case .string(let name) = value.kind {
      guard let function = Function(name: name) ?? Function(kerasClass: name),
        function != .negativeLogLikelihood
      else { return nil }
      self.init(function)
      return
    }
    guard case .string(let name)? = value["class_name"]?.kind, let config = value["config"] else {
      return nil
    }
    if name == "function" {
      self.init(kerasConfig: config)
      return
    }
    guard let function = Function(kerasClass: name), case .map(let entries) = config.kind else {
      return nil
    }
    // These say nothing of a loss: its name, how sums become means, what numbers it is computed with.
    let silent: Set = ["name", "reduction", "dtype", "fn"]
    // What is left and not known here makes another loss.
    let own = entries.filter { !silent.contains($0.key) && !Self.isUsual($0) }
    do throws(ConfigurationError) {
      var options = try Options(Value(.map(own)))
      try self.init(function, options: &options)
      try options.finish()
    } catch { return nil }
  }

  /// Whether a setting that no loss here has is as Keras has it by itself.
  private static func isUsual(_ entry: Value.Entry) -> Bool {
    switch (entry.key, entry.value.kind) {
    case ("ignore_class", .null), ("axis", .int(-1)): true
    default: false
    }
  }
}

extension Loss.Function {
  /// The loss of one of Keras' classes; nil for others, and for the likelihood, which is none of Keras'.
  init?(kerasClass name: String) {
    guard
      let function = Self.allCases.first(where: {
        $0 != .negativeLogLikelihood && $0.kerasClass == name
      })
    else { return nil }
    self = function
  }
}
