import Configuration
import Foundation
import NN
import Testing

/// A job file that leaves an option out means what Keras means; the fixture is written by
/// `Tests/Reference/layer_defaults.py`.
@Suite("Defaults of layers")
struct LayerDefaultTests {
  private static let entries: [Value] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/layer-defaults.json")
    guard let data = try? Data(contentsOf: path),
      let value = try? Value(json: String(decoding: data, as: UTF8.self)),
      case .list(let entries)? = value["layers"]?.kind
    else { return [] }
    return entries
  }()

  private static func name(_ entry: Value) -> String {
    guard case .string(let name)? = entry["name"]?.kind else { return "" }
    return name
  }

  @Test("are those of Keras 3", arguments: entries.indices)
  func defaults(_ index: Int) throws {
    let entry = Self.entries[index]
    let name = Self.name(entry)
    let options = try #require(entry["options"])
    let item: Value
    if case .map(let entries) = options.kind, entries.isEmpty {
      item = Value(.string(name))
    } else {
      item = Value(.map([.init(name, options)]))
    }
    let ours = try LayerRegistry.layer(item, at: [])
    let theirs = try LayerRegistry.layer(
      keras: Value(
        .map([
          .init("class_name", try #require(entry["class_name"])),
          .init("config", try #require(entry["config"])),
        ])), at: [])
    #expect(ours.layer.value == theirs.layer.value, "\(name)")
  }

  /// What Keras has no class for.
  private static let ownLayers = ["normal_sampling", "position_encoding", "transformer_encoder"]

  @Test("are compared for every layer of the registry")
  func complete() {
    let names = Self.entries.map(Self.name)
    for type in LayerRegistry.all where !Self.ownLayers.contains(type.name) {
      #expect(names.contains(type.name), "add \(type.name) to Tests/Reference/layer_defaults.py")
    }
    #expect(names.contains("leaky_relu") && names.contains("softmax"))
  }
}
