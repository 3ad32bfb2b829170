import Configuration
import Foundation
import NN
import Testing

/// `make test-interop` opens models in real Keras; this keeps its networks complete.
@Suite("Networks for real Keras")
struct InteropTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Interop")

  @Test("Every layer of the registry is in a network that real Keras opens")
  func complete() throws {
    let script = try String(
      contentsOf: Self.folder.appendingPathComponent("run.sh"), encoding: .utf8)
    var kinds = Set<String>()
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    where name.hasSuffix(".yaml") {
      #expect(script.contains("Tests/Interop/\(name)"), "run.sh does not train \(name)")
      let text = try String(
        contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
      let job = try Value(yaml: text, file: name)
      var options = try Options(try #require(job["network"], "\(name) has no network"))
      let network = try NetworkConfiguration(options: &options)
      for layer in network.layers where layer.sharing == nil {
        kinds.insert(type(of: layer.layer).name)
      }
    }
    for type in LayerRegistry.all {
      #expect(kinds.contains(type.name), "add \(type.name) to a job of Tests/Interop")
    }
  }
}
