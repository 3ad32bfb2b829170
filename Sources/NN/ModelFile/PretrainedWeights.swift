internal import Configuration
internal import HDF5

/// Weights that layers begin with, or keep where they are frozen, out of a file of this project or of Keras:
/// `NAME.h5`, `NAME.keras`, `NAME.weights.h5`.
public struct PretrainedWeights: Sendable, Equatable {
  /// A layer and what the file calls it.
  public struct Layer: Sendable, Equatable {
    /// The name in the network.
    public var name: String
    /// The name in the file.
    public var source: String

    /// Names a layer.
    public init(_ name: String, from source: String) {
      self.name = name
      self.source = source
    }
  }

  /// The file.
  public var file: String
  /// The layers that take their weights from it; nil: all that have any, by their names.
  public var layers: [Layer]?

  /// Names a file and layers.
  public init(file: String, layers: [Layer]? = nil) {
    self.file = file
    self.layers = layers
  }

  /// Reads an item of `network.weights`: a file, or `file` and `layers`, a list of names or a map of the
  /// network's to the file's.
  init(_ value: Value, at keyPath: [String]) throws(ConfigurationError) {
    if let file = value.text {
      self.init(file: file)
      return
    }
    var options = try Options(value, at: keyPath)
    let file = try options.string("file")
    var layers: [Layer]?
    if case .map(let entries)? = options.value("layers")?.kind {
      var named: [Layer] = []
      for entry in entries {
        guard let source = entry.value.text else {
          throw options.error(
            "expected the name of a layer in the file, found \(entry.value.summary)", "layers",
            entry.value)
        }
        named.append(Layer(entry.key, from: source))
      }
      layers = named
    } else {
      layers = try options.names("layers")?.map { Layer($0, from: $0) }
    }
    if layers?.isEmpty == true {
      throw options.error("at least one layer is needed; without the key it is all", "layers")
    }
    try options.finish()
    self.init(file: file, layers: layers)
  }

  /// The item as the job file has it.
  var value: Value {
    guard let layers else { return ["file": Value(.string(file))] }
    let names = layers.map { Value.Entry($0.name, Value(.string($0.source))) }
    return ["file": Value(.string(file)), "layers": Value(.map(names))]
  }

  /// The layers of `network` that take their weights from the file, and their names in it.
  private func layers(
    of network: Network
  ) throws(NetworkError) -> [(layer: ResolvedLayer, source: String)] {
    let owners = network.layers.filter { $0.sharing == nil && !$0.storedParameters.isEmpty }
    guard let layers else { return owners.map { ($0, $0.name) } }
    var found: [(layer: ResolvedLayer, source: String)] = []
    for wanted in layers {
      guard let layer = owners.first(where: { $0.name == wanted.name }) else {
        throw NetworkError(
          "network.weights of \(file): the network has no layer '\(wanted.name)' with weights: "
            + Spelling.advice(for: wanted.name, among: owners.map(\.name)))
      }
      found.append((layer, wanted.source))
    }
    return found
  }

  /// Hands the arrays to `take` one by one, all of them or those of frozen layers; of the others the shapes are
  /// compared only.
  ///
  /// - Returns: the names of the network's layers that have taken weights.
  /// - Throws: `NetworkError` for a file that cannot be read, for layers that it does not have and for arrays of
  ///   other shapes.
  func read(
    for network: Network, frozen wantsFrozen: Bool,
    _ take: (ResolvedLayer.Parameter, [Float]) -> Void
  ) throws(NetworkError) -> [String] {
    try forEachWeight(for: network) { dataset, parameter, isFrozen throws(HDF5Error) in
      if isFrozen == wantsFrozen { take(parameter, try dataset.readAll(as: Float.self)) }
    }
  }

  /// Compares the shapes of all arrays and reads none.
  ///
  /// - Returns: the names of the network's layers that the file has weights for, and the bytes that it stores of
  ///   those that are frozen.
  /// - Throws: as `read`.
  func check(
    for network: Network
  ) throws(NetworkError) -> (names: [String], storedByteCount: Int) {
    var storedByteCount = 0
    let names = try forEachWeight(for: network) { dataset, _, isFrozen throws(HDF5Error) in
      if isFrozen { storedByteCount += dataset.storedByteCount }
    }
    return (names, storedByteCount)
  }

  /// Opens the data sets of all layers that take their weights from the file; those of frozen ones with true.
  private func forEachWeight(
    for network: Network,
    _ body: (borrowing Dataset, ResolvedLayer.Parameter, Bool) throws(HDF5Error) -> Void
  ) throws(NetworkError) -> [String] {
    let layers = try layers(of: network)
    func visit(_ file: borrowing File, _ reference: Network) throws(NetworkError) {
      let path = file.path
      do throws(HDF5Error) {
        let places = try WeightPlaces(in: file, of: reference)
        for (layer, source) in layers {
          try ModelFile.forEachWeight(of: layer, called: source, places, in: file) {
            dataset, parameter, isFrozen throws(HDF5Error) in
            try ModelFile.check(dataset, parameter, path)
            try body(dataset, parameter, isFrozen)
          }
        }
      } catch { throw NetworkError(error) }
    }
    if ZIPArchive.isArchive(file) {
      // Layers without names in the file are counted as they stand in its own network.
      let reference = (try? KerasArchive.network(file)) ?? network
      try KerasArchive.withWeights(file) { opened throws(NetworkError) in
        try visit(opened, reference)
      }
    } else {
      let opened: File
      do { opened = try File(opening: file) } catch { throw NetworkError(error) }
      try visit(opened, network)
    }
    return layers.map(\.layer.name)
  }
}

extension Network {
  /// The same network with weights out of files: those of frozen layers now, the others when
  /// `loadPretrained(into:)` is called.
  ///
  /// - Throws: `NetworkError` for files that do not fit, a layer that two files have weights for, and a frozen
  ///   one that none has.
  func withPretrained(_ weights: [PretrainedWeights]) throws(NetworkError) -> Network {
    // Whatever the files say: memory is asked for when all have been seen.
    var storedByteCount = 0
    var taken = Set<String>()
    for item in weights {
      let found = try item.check(for: self)
      storedByteCount += found.storedByteCount
      for name in found.names where !taken.insert(name).inserted {
        throw NetworkError(
          "layer '\(name)' takes its weights from \(item.file) and from another file, too: say with "
            + "`layers` in network.weights which layers each file is for")
      }
    }
    for layer in layers where !layer.frozenParameters.isEmpty && layer.sharing == nil {
      if !taken.contains(layer.name) { throw unknownWeights(of: layer) }
    }
    do throws(HDF5Error) {
      try ModelFile.checkPlausible(
        weightCount: frozenCount, storedByteCount: storedByteCount, weights.first?.file ?? "")
    } catch { throw NetworkError(error) }
    var values = [Float](repeating: 0, count: frozenCount)
    for item in weights where frozenCount > 0 {
      _ = try item.read(for: self, frozen: true) { parameter, numbers in
        values.replaceSubrange(parameter.range, with: numbers)
      }
    }
    return withFrozen(values).beginning(with: weights)
  }

  /// Puts what files have in the places of layers that are trained; leaves the others alone.
  ///
  /// Follows `initialize`, for a training that begins.
  /// - Throws: `NetworkError` for files that cannot be read or do not fit any more.
  public func loadPretrained(
    into parameters: UnsafeMutableBufferPointer<Float>
  ) throws(NetworkError) {
    precondition(
      parameters.count == parameterCount,
      "\(parameters.count) floats for \(parameterCount) parameters")
    for item in pretrained {
      _ = try item.read(for: self, frozen: false) { parameter, numbers in
        _ = UnsafeMutableBufferPointer(rebasing: parameters[parameter.range])
          .update(fromContentsOf: numbers)
      }
    }
  }
}
