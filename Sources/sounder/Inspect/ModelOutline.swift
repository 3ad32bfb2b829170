internal import Configuration
internal import HDF5
private import NN

/// The layers of a Keras model file, also of kinds that cannot be trained here.
struct ModelOutline {
  /// One line of the table.
  struct Layer {
    var name: String
    var kind: String
    /// The shape of one sample's output; nil where it is not known.
    var outputShape: [Int]?
    var parameterCount: Int
  }

  var layers: [Layer]
  /// What Keras does not open, in words.
  var ownWords: String?
  /// Why the output shapes are not known, when they are not.
  var remark: String?

  /// Reads the layer table of `file`; nil when it is no model file.
  init?(of file: borrowing File) {
    guard file.hasAttribute("model_config") else { return nil }
    layers = []
    do {
      let config = try Value(json: try ModelFile.configuration(in: file))
      layers = Self.layers(config)
      let exported = Self.layers(try Value(json: try file.stringAttribute("model_config")))
        .map(\.name)
      let own = layers.filter { $0.kind != "InputLayer" && !exported.contains($0.name) }.map(\.name)
      var words = own.isEmpty ? [] : ["layers " + own.joined(separator: ", ")]
      if let distribution = try ModelFile.distribution(in: file) {
        words.append("outputs are parameters of the distribution " + distribution.words)
      }
      if !words.isEmpty { ownWords = "not in Keras: " + words.joined(separator: "; ") }
      for index in layers.indices {
        layers[index].parameterCount = try Self.count(layers[index].name, in: file)
      }
      let network = try Network(kerasModelConfig: config)
      for layer in network.layers {
        guard let index = layers.firstIndex(where: { $0.name == layer.name }) else { continue }
        layers[index].outputShape = layer.outputShape
      }
    } catch {
      remark = "\(error)"
    }
  }

  private static func layers(_ config: Value) -> [Layer] {
    guard case .list(let items) = config["config"]?["layers"]?.kind else { return [] }
    return items.map { item in
      Layer(
        name: text(item["config"]?["name"]) ?? text(item["name"]) ?? "?",
        kind: text(item["class_name"]) ?? "?", outputShape: inputShape(item), parameterCount: 0)
    }
  }

  /// The shape that an input layer or a first layer names, without the batch axis.
  private static func inputShape(_ item: Value) -> [Int]? {
    guard text(item["class_name"]) == "InputLayer" else { return nil }
    let shape = item["config"]?["batch_input_shape"] ?? item["config"]?["batch_shape"]
    guard case .list(let axes) = shape?.kind else { return nil }
    let counts = axes.dropFirst().compactMap(\.int)
    return counts.count == axes.count - 1 ? counts : nil
  }

  private static func text(_ value: Value?) -> String? {
    guard case .string(let text) = value?.kind else { return nil }
    return text
  }

  /// The count of numbers in all data sets that belong to a layer.
  private static func count(_ layer: String, in file: borrowing File) throws(HDF5Error) -> Int {
    let root = try file.root()
    let own = "sounder/network/model_weights/" + layer
    let path = root.kind(of: own) == .group ? own : "model_weights/" + layer
    guard root.kind(of: path) == .group else { return 0 }
    let group = try root.group(path)
    guard group.hasAttribute("weight_names") else { return 0 }
    var count = 0
    for name in try group.stringsAttribute("weight_names") {
      // A damaged file may say anything; sums of what is believed here stay far from overflow.
      count += min(try group.dataset(name).shape.reduce(1, *), 1 << 40)
    }
    return count
  }

  private var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// The table and the total, line by line.
  var lines: [String] {
    var table = TextTable(header: ["layer", "type", "output", "parameters"])
    table.rows = layers.map { layer in
      let shape = layer.outputShape.map { $0.map(String.init).joined(separator: " x ") } ?? "?"
      return [layer.name, layer.kind, shape, Figures.grouped(layer.parameterCount)]
    }
    var lines = table.lines + ["total parameters: \(Figures.grouped(parameterCount))"]
    if let ownWords { lines.append(ownWords) }
    if let remark { lines.append("note: " + remark) }
    return lines
  }

  /// The table as a tree, to be printed as JSON.
  var value: Value {
    let rows = layers.map { layer in
      Value(
        .map([
          .init("name", Value(.string(layer.name))), .init("type", Value(.string(layer.kind))),
          .init(
            "output_shape",
            layer.outputShape.map { Value(.list($0.map { Value(.int($0)) })) } ?? nil),
          .init("parameters", Value(.int(layer.parameterCount))),
        ]))
    }
    return Value(
      .map([
        .init("layers", Value(.list(rows))), .init("parameters", Value(.int(parameterCount))),
        .init("not_in_keras", ownWords.map { Value(.string($0)) } ?? nil),
        .init("note", remark.map { Value(.string($0)) } ?? nil),
      ]))
  }
}
