internal import Configuration
internal import HDF5

/// Where a file has the weights of layers: the data sets of each by the layer's name.
///
/// Three layouts are read:
/// - `model_weights/LAYER`, whose attribute `weight_names` lists the data sets: a whole model, Keras'
///   `model.save("NAME.h5")` and ours, which has what Keras does not open in a group of its own;
/// - the same at the root: `model.save_weights("NAME.h5")` of Keras 2;
/// - `layers/CLASS_NUMBER/vars/0, 1, ...`: `NAME.weights.h5` of Keras 3 and of Keras 2 since 2.13, where
///   a layer's number counts those of its class, and newer versions write the layer's name beside it.
struct WeightPlaces {
  private enum Layout {
    /// The groups that may have a layer's, first to last; each lists its data sets.
    case listed(groups: [String])
    /// Numbered data sets; by the layer's name its group.
    case numbered([String: String])
  }

  private let layout: Layout
  /// The layers that have weights, or might have.
  let layerNames: [String]

  /// Looks at the groups of `file`.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - network: The network that the layers' numbers count, where the file has no names.
  /// - Throws: `HDF5Error` for a file of another layout.
  init(in file: borrowing File, of network: Network) throws(HDF5Error) {
    let root = try file.root()
    if root.kind(of: Self.model) == .group {
      let own = "\(ModelFile.ownGroupName)/\(Self.model)"
      let groups = root.kind(of: own) == .group ? [own, Self.model] : [Self.model]
      var names: [String] = []
      for group in groups { names += try root.group(group).childNames() }
      (layout, layerNames) = (.listed(groups: groups), names)
    } else if root.hasAttribute("layer_names") || root.hasAttribute("layer_names0") {
      layout = .listed(groups: [""])
      layerNames = root.childNames()
    } else if root.kind(of: Self.numbered) == .group {
      let places = try Self.places(in: try root.group(Self.numbered), of: network)
      layout = .numbered(places)
      layerNames = places.keys.sorted()
    } else {
      throw HDF5Error(
        .wrongType, path: file.path,
        "holds no weights of Keras (no group '\(Self.model)' or '\(Self.numbered)', no attribute "
          + "'layer_names'): name a file of model.save or model.save_weights")
    }
  }

  private static let model = "model_weights"
  private static let numbered = "layers"

  /// The data sets of the layer called `name`, in Keras' order of its weights.
  ///
  /// - Throws: `HDF5Error` that names the nearest when there is no such layer.
  func paths(of name: String, in file: borrowing File) throws(HDF5Error) -> [String] {
    let root = try file.root()
    switch layout {
    case .listed(let groups):
      let places = groups.map { $0.isEmpty ? name : "\($0)/\(name)" }
      guard !name.contains("/"), let place = places.first(where: { root.kind(of: $0) == .group })
      else { throw missing(name, file.path) }
      return try Self.weightNames(try root.group(place)).map { "\(place)/\($0)" }
    case .numbered(let places):
      guard let place = places[name] else { throw missing(name, file.path) }
      var paths: [String] = []
      try Self.collect(place, in: root, depth: 0, into: &paths)
      return paths
    }
  }

  private func missing(_ name: String, _ path: String) -> HDF5Error {
    HDF5Error(
      .missingObject, path: path,
      "has no weights of a layer '\(name)': "
        + (layerNames.isEmpty
          ? "it has none at all" : Spelling.advice(for: name, among: layerNames)))
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

  /// By the layer's name its group: the names that the file has, or else those that `network`'s layers have
  /// who are counted as Keras counts them.
  private static func places(
    in group: borrowing Group, of network: Network
  ) throws(HDF5Error) -> [String: String] {
    var places: [String: String] = [:]
    let children = group.childNames()
    for child in children where group.kind(of: "\(child)/vars") == .group {
      let variables = try group.group("\(child)/vars")
      guard variables.hasAttribute("name") else { continue }
      places[try variables.stringAttribute("name")] = "\(numbered)/\(child)"
    }
    guard places.isEmpty else { return places }
    var counts: [String: Int] = [:]
    for index in network.kerasOrder {
      let layer = network.layers[index]
      let name = snakeCase(type(of: layer.configuration).kerasClass)
      let number = counts[name, default: 0]
      counts[name] = number + 1
      let child = number == 0 ? name : "\(name)_\(number)"
      if children.contains(child) { places[layer.name] = "\(numbered)/\(child)" }
    }
    return places
  }

  /// What Keras makes of a class' name: `max_pooling2d`, `conv_lstm2d`, `p_re_lu`, `lstm`.
  ///
  /// Source: `to_snake_case` in keras/src/utils/naming.py.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name.filter { $0.isLetter || $0.isNumber || $0 == "_" })
    var result = ""
    for (index, letter) in letters.enumerated() {
      if index > 0, letter.isUppercase {
        let next = index + 1 < letters.count && letters[index + 1].isLowercase
        if next || letters[index - 1].isLowercase { result += "_" }
      }
      result += letter.lowercased()
    }
    return result
  }

  /// The parts of a layer that have weights of their own, in the order in which they stand in its list of
  /// weights: a recurrent layer's cell, what a wrapper wraps, what attention multiplies by.
  private static let parts = [
    "cell", "forward_layer", "backward_layer", "layer", "query_dense", "key_dense", "value_dense",
    "output_dense",
  ]

  private static func collect(
    _ place: String, in root: borrowing Group, depth: Int, into paths: inout [String]
  ) throws(HDF5Error) {
    // No layer has parts within parts within parts; a damaged file may.
    guard depth < 4 else { return }
    if root.kind(of: "\(place)/vars") == .group {
      let count = try root.group("\(place)/vars").childNames().count
      for number in 0..<count { paths.append("\(place)/vars/\(number)") }
    }
    for part in parts where root.kind(of: "\(place)/\(part)") == .group {
      try collect("\(place)/\(part)", in: root, depth: depth + 1, into: &paths)
    }
  }
}
