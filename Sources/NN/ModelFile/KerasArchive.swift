internal import Configuration
internal import HDF5

/// Keras' own format of a whole model, `NAME.keras`: an archive of `config.json`, what `to_json()` gives, and
/// `model.weights.h5`.
///
/// Source: keras/src/saving/saving_lib.py of Keras 3; Keras 2 writes the same since 2.13.
enum KerasArchive {
  private static let configName = "config.json"
  private static let weights = "model.weights.h5"
  /// Far more than the text of any network of `NetworkConfiguration.mostLayers` layers.
  private static let largestConfig = 16 << 20

  /// The text of the whole model as a tree: the network, and what it was compiled with.
  static func config(_ path: String) throws(NetworkError) -> Value {
    let bytes: [UInt8]
    do throws(HDF5Error) {
      bytes = try ZIPArchive(path).bytes(of: configName, limit: largestConfig)
    } catch { throw NetworkError(error) }
    do { return try Value(json: String(decoding: bytes, as: UTF8.self)) } catch {
      throw NetworkError("\(path): '\(configName)': \(error.description)")
    }
  }

  /// The network, without its weights.
  static func network(_ path: String) throws(NetworkError) -> Network {
    let value = try config(path)
    do { return try Network(kerasModelConfig: value) } catch {
      throw NetworkError("\(path): \(error.description)", exitCode: error.exitCode)
    }
  }

  /// The network with its frozen weights, and the flat parameter buffer.
  static func read(_ path: String) throws(NetworkError) -> (Network, [Float]) {
    let network = try network(path)
    return try withWeights(path) { file throws(NetworkError) in
      try ModelFile.weights(of: network, in: file)
    }
  }

  /// Opens the archive's file of weights for the time of `body`.
  static func withWeights<Result>(
    _ path: String, _ body: (borrowing File) throws(NetworkError) -> Result
  ) throws(NetworkError) -> Result {
    do {
      return try ZIPArchive(path).withFile(weights) { try body($0) }
    } catch let error as NetworkError {
      throw error
    } catch let error as HDF5Error {
      throw NetworkError(error)
    } catch { throw NetworkError("\(path): \(error)") }
  }
}
