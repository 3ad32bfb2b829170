internal import Configuration
internal import NN

/// A network with its loss on a batch in memory: what `sounder bench` and the peers of
/// `Benchmarks/peers/networks.py` run.
struct BenchWorkload {
  let name: String
  let inputShape: [Int]
  let loss: Loss
  /// The layers as a job file has them.
  let layers: String

  /// Every network of the benchmark.
  static let all = [
    BenchWorkload(
      name: "mlp", inputShape: [784], loss: Loss(.sparseCategoricalCrossentropy),
      layers: """
        - dense: {units: 256, activation: relu}
        - dense: {units: 256, activation: relu}
        - dense: {units: 10, activation: softmax}
        """),
    BenchWorkload(
      name: "cnn", inputShape: [28, 28, 1], loss: Loss(.sparseCategoricalCrossentropy),
      layers: """
        - conv2d: {filters: 32, kernel_size: 3, activation: relu}
        - conv2d: {filters: 64, kernel_size: 3, activation: relu}
        - max_pooling2d: {pool_size: 2}
        - dropout: {rate: 0.25}
        - flatten
        - dense: {units: 128, activation: relu}
        - dropout: {rate: 0.5}
        - dense: {units: 10, activation: softmax}
        """),
    BenchWorkload(
      name: "lstm", inputShape: [28, 28], loss: Loss(.sparseCategoricalCrossentropy),
      layers: """
        - lstm: {units: 128}
        - dense: {units: 10, activation: softmax}
        """),
    BenchWorkload(
      name: "gru", inputShape: [28, 28], loss: Loss(.sparseCategoricalCrossentropy),
      layers: """
        - gru: {units: 128}
        - dense: {units: 10, activation: softmax}
        """),
    BenchWorkload(
      name: "ae", inputShape: [784], loss: Loss(.meanSquaredError),
      layers: """
        - dense: {units: 256, activation: sigmoid}
        - dense: {units: 128, activation: sigmoid}
        - dense: {units: 256, activation: sigmoid}
        - dense: {units: 784, activation: sigmoid}
        """),
    BenchWorkload(
      name: "wide", inputShape: [1000], loss: Loss(.sparseCategoricalCrossentropy),
      layers: """
        - dense: {units: 2048, activation: relu}
        - dense: {units: 2048, activation: relu}
        - dense: {units: 1000, activation: softmax}
        """),
  ]

  /// The workload called `name`.
  static func named(_ name: String) throws(ConfigurationError) -> BenchWorkload {
    if let workload = all.first(where: { $0.name == name }) { return workload }
    throw ConfigurationError(
      "unknown network '\(name)': " + Spelling.advice(for: name, among: all.map(\.name)),
      origin: .override("--network \(name)"))
  }

  /// The network, compiled from the layers' text.
  func network() throws -> Network {
    let text = "layers:\n" + layers
    var options = try Options(Value(yaml: text, file: "the benchmark's \(name)"))
    let configuration = try NetworkConfiguration(options: &options)
    return try Network(name: name, inputShape: inputShape, layers: configuration.layers)
  }
}
