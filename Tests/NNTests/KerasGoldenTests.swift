import Configuration
import Foundation
import HDF5
import NN
import TestSupport
import Testing

/// Files that Keras itself wrote, of every kind and of both dialects, predict what Keras predicted.
///
/// `Tests/Reference/keras_golden.py` and `keras_minimal.py` made them. SOUNDER_KERAS_GOLDEN names another folder, such
/// as one with the files of other versions of Keras.
@Suite("Golden files of Keras")
struct KerasGoldenTests {
  /// The files that this version does not read, each with what it says: none so far.
  private static let refused: [String: String] = [:]

  private static var folder: URL {
    ProcessInfo.processInfo.environment["SOUNDER_KERAS_GOLDEN"].map { URL(fileURLWithPath: $0) }
      ?? fixture("keras/golden")
  }

  /// What is in the subfolders: `k2/ae.h5`, `k3/lstm.keras`, `min/mlp.weights.h5`, `k2/gru.json`, `k2/gru.io.h5`.
  private static let all: [String] = {
    guard let found = FileManager.default.enumerator(atPath: folder.path) else { return [] }
    var files: [String] = []
    for case let file as String in found where file.contains("/") { files.append(file) }
    return files.sorted()
  }()

  /// All of them but rows with their outputs, and networks that are not Keras'.
  private static let files = all.filter { !$0.hasSuffix(".io.h5") && !$0.hasSuffix(".onnx") }

  /// `ae` of `k2/ae.weights.h5`.
  private static func stem(_ file: String) -> String {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    return String(name.prefix { $0 != "." }).replacing("_compiled", with: "")
  }

  /// The first file there is of the network of `file`, of its own dialect if there is one.
  private static func neighbor(of file: String, _ endings: [String]) -> URL? {
    for dialect in [String(file.prefix { $0 != "/" }), "k3", "k2"] {
      for ending in endings {
        let url = folder.appendingPathComponent("\(dialect)/\(stem(file))\(ending)")
        if FileManager.default.fileExists(atPath: url.path) { return url }
      }
    }
    return nil
  }

  /// Network and parameters; weights alone, or layers alone, belong to those of their neighbor, as a job says.
  private static func read(_ file: String) throws -> (Network, [Float]) {
    let url = folder.appendingPathComponent(file)
    let isText = file.hasSuffix(".json")
    guard isText || file.hasSuffix(".weights.h5") else { return try ModelFile.read(url.path) }
    let whole = try #require(neighbor(of: file, [".keras", ".h5"]))
    let other = isText ? try #require(neighbor(of: file, [".weights.h5", ".keras"])) : whole
    let (layers, weights) = isText ? (url, other) : (other, url)
    var options = try Options(
      ["keras": Value(.string(layers.path)), "weights": Value(.string(weights.path))])
    let network = try NetworkConfiguration(options: &options).network(
      inputShape: try ModelFile.network(at: whole.path).inputShape)
    // Nothing but what the file has may be left.
    var parameters = [Float](repeating: .nan, count: network.parameterCount)
    try parameters.withUnsafeMutableBufferPointer { try network.loadPretrained(into: $0) }
    return (network, parameters)
  }

  @Test("the folders have files of every kind")
  func complete() {
    for ending in [".h5", ".keras", ".weights.h5"] {
      for dialect in ["k2/", "k3/", "min/"] {
        #expect(Self.files.contains { $0.hasPrefix(dialect) && $0.hasSuffix(ending) })
      }
    }
    for dialect in ["k2/", "k3/"] {
      #expect(Self.files.contains { $0.hasPrefix(dialect) && $0.hasSuffix(".json") })
    }
    // Every network of a dialect is there in all forms, with its rows; `parts` has no text of its layers.
    for dialect in ["k2", "k3"] {
      let own = Self.files.filter { $0.hasPrefix("\(dialect)/") }
      let stems = Set(own.map(Self.stem)).subtracting(["parts"])
      for stem in stems {
        for ending in [".h5", ".keras", ".weights.h5", ".json", ".io.h5"] {
          #expect(Self.all.contains("\(dialect)/\(stem)\(ending)"), "\(dialect)/\(stem)\(ending)")
        }
      }
    }
    #expect(Self.files.count > 55)
  }

  @Test("what Keras wrote predicts what it predicted", arguments: files)
  func predicts(file: String) throws {
    if let words = Self.refused[file] {
      let error = #expect(throws: NetworkError.self) { try Self.read(file) }
      #expect(error?.description.contains(words) == true)
      return
    }
    let (network, parameters) = try Self.read(file)
    // Those of `min` have the weights of Keras 3's; GRU and text are kept of Keras 2 alone, with equal numbers.
    let golden = try #require(Self.neighbor(of: file, [".io.h5"])).path
    let io = try File(opening: golden)
    var parts: [[Float]] = []
    for index in network.inputs.indices {
      parts.append(try io.dataset("inputs/\(index)").readAll(as: Float.self))
    }
    let rowCount = parts[0].count / network.inputs[0].count
    var rows: [Float] = []
    for row in 0..<rowCount {
      for (input, part) in zip(network.inputs, parts) {
        rows += part[row * input.count..<(row + 1) * input.count]
      }
    }
    let outputs = try ModelFileTests.predict(network, parameters, rows)
    let expected = try io.dataset("outputs/0").readAll(as: Float.self)
    #expect(outputs.count == expected.count && !expected.isEmpty)
    let largest = zip(outputs, expected).map { abs($0 - $1) }.max() ?? .nan
    // Sums of up to 784 products of order one in another order than Keras': about 100 roundings.
    #expect(largest <= 1e-5, "\(file): \(largest)")
  }

  @Test("a damaged archive or file of weights is one line and no crash", arguments: files)
  func damaged(file: String) throws {
    let bytes = try Data(contentsOf: Self.folder.appendingPathComponent(file))
    let whole = Self.folder.appendingPathComponent(
      "\(file.prefix { $0 != "/" })/\(Self.stem(file)).keras")
    try withTemporaryFolder { folder in
      let name = String(file.split(separator: "/").last ?? "")
      let url = folder.appendingPathComponent(name)
      var copies: [Data] = []
      for count in [0, 3, 22, 100, bytes.count / 2, bytes.count - 1] {
        copies.append(Data(bytes.prefix(count)))
      }
      // Archives have checksums; what HDF5 makes of changed bytes is the business of its own tests.
      for place in stride(from: 11, to: bytes.count, by: max(1, bytes.count / 23))
      where file.hasSuffix(".keras") {
        var copy = bytes
        copy[place] = copy[place] ^ 0xff
        copies.append(copy)
      }
      for copy in copies {
        try copy.write(to: url)
        do {
          _ = try ModelFile.read(url.path)
        } catch let error as NetworkError {
          #expect(!error.description.contains("\n"))
        }
        if file.hasSuffix(".json") {
          do {
            var options = try Options(["keras": Value(.string(url.path))])
            _ = try NetworkConfiguration(options: &options)
          } catch let error as ConfigurationError {
            #expect(!error.description.contains("\n"))
          }
        }
        guard file.hasSuffix(".weights.h5"), FileManager.default.fileExists(atPath: whole.path)
        else { continue }
        do {
          var options = try Options(
            ["keras": Value(.string(whole.path)), "weights": Value(.string(url.path))])
          let network = try NetworkConfiguration(options: &options).network(
            inputShape: try ModelFile.network(at: whole.path).inputShape)
          var parameters = [Float](repeating: 0, count: network.parameterCount)
          try parameters.withUnsafeMutableBufferPointer { try network.loadPretrained(into: $0) }
        } catch let error as NetworkError {
          #expect(!error.description.contains("\n"))
        }
      }
    }
  }

  @Test("an archive whose weights have changed on the way is refused by its checksum")
  func checksum() throws {
    var bytes = try Data(contentsOf: Self.folder.appendingPathComponent("k3/ae.keras"))
    let weights = try #require(
      bytes.range(of: Data("\u{89}HDF".unicodeScalars.map { UInt8($0.value) })))
    bytes[weights.lowerBound + 20_000] ^= 1
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("ae.keras").path
      try bytes.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: NetworkError.self) { try ModelFile.read(path) }
      #expect(error?.description.contains("checksum") == true)
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test("an archive of something else says what it has")
  func otherArchive() throws {
    let error = #expect(throws: NetworkError.self) {
      try ModelFile.read(fixture("numpy/stored.npz").path)
    }
    #expect(error?.description.contains("no member 'config.json'") == true)
  }
}
