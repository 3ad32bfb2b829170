extension LayerSamples {
  static let recurrent: [LayerSample] =
    [
      LayerSample("embedding: {input_dim: 7, output_dim: 4}", inputs: [[5]], indexCount: 7),
      LayerSample(
        "embedding: {input_dim: 7, output_dim: 4, embeddings_regularizer: {l2: 0.1}}",
        inputs: [[5]], indexCount: 7),
      LayerSample(
        "embedding: {input_dim: 5, output_dim: 3, embeddings_initializer: random_normal}",
        inputs: [[2, 3]], indexCount: 5),
      LayerSample(
        "embedding: {input_dim: 4, output_dim: 3, mask_zero: true}", inputs: [[6]], indexCount: 4),
      LayerSample("masking", inputs: [[4, 3]]),
      LayerSample("masking: {mask_value: -1}", inputs: [[4, 3]]),
      LayerSample("repeat_vector: {n: 3}"),
      LayerSample(
        "time_distributed: {layer: {dense: {units: 4, activation: tanh}}}", inputs: [[3, 5]]),
      LayerSample("time_distributed: {layer: flatten}", inputs: [[3, 2, 2]]),
      LayerSample("time_distributed: {layer: {dropout: {rate: 0.3}}}", inputs: [[3, 5]]),
      LayerSample("time_distributed: {layer: {gru: {units: 3}}}", inputs: [[2, 3, 2]]),
    ]
    + cells("simple_rnn", states: 1, gates: ["activation: gelu", "activation: softmax"])
    + cells(
      "lstm", states: 2,
      gates: [
        "recurrent_activation: gelu, activation: softplus", "unit_forget_bias: false",
        "recurrent_activation: softmax, activation: linear",
      ])
    + cells(
      "gru", states: 1,
      gates: ["recurrent_activation: gelu, activation: softplus", "recurrent_activation: softmax"])
    + cells(
      "gru", states: 1, common: "reset_after: false",
      gates: ["recurrent_activation: gelu, activation: softplus"])
    + both

  /// The options that all cells have; biases that are not 0, so that their place shows.
  private static func cells(
    _ name: String, states: Int, common: String = "bias_initializer: random_normal",
    gates: [String]
  ) -> [LayerSample] {
    let sequence = [4, 3]
    let state = [[Int]](repeating: [5], count: states)
    return [
      LayerSample("\(name): {units: 5, \(common)}", inputs: [sequence]),
      LayerSample("\(name): {units: 5, \(common)}", inputs: [[1, 3]]),
      LayerSample(
        "\(name): {units: 5, \(common), kernel_regularizer: {l2: 0.1}, "
          + "recurrent_regularizer: {l2: 0.02}, bias_regularizer: {l2: 0.3}}", inputs: [sequence]),
      LayerSample("\(name): {units: 17, \(common), return_sequences: true}", inputs: [sequence]),
      LayerSample("\(name): {units: 5, \(common), use_bias: false}", inputs: [sequence]),
      LayerSample(
        "\(name): {units: 5, \(common), return_sequences: true, return_state: true}",
        inputs: [sequence]),
      LayerSample("\(name): {units: 5, \(common), return_state: true}", inputs: [sequence] + state),
      LayerSample("\(name): {units: 5, \(common)}", inputs: [[1, 3]] + state),
      LayerSample(
        "\(name): {units: 5, \(common), go_backwards: true, return_sequences: true}",
        inputs: [sequence]),
      LayerSample(
        "\(name): {units: 5, \(common), dropout: 0.4, recurrent_dropout: 0.3}",
        inputs: [sequence] + state),
    ]
      + gates.map { LayerSample("\(name): {units: 5, \(common), \($0)}", inputs: [sequence]) }
  }

  private static let both: [LayerSample] =
    ["concat", "sum", "mul", "ave", "null"].flatMap { mode in
      [
        LayerSample(
          "bidirectional: {layer: {lstm: {units: 3, return_sequences: true}}, merge_mode: \(mode)}",
          inputs: [[4, 3]]),
        LayerSample(
          "bidirectional: {layer: {gru: {units: 3, return_state: true}}, merge_mode: \(mode)}",
          inputs: [[4, 3], [3], [3]]),
      ]
    } + [
      LayerSample(
        "bidirectional: {layer: {lstm: {units: 3, dropout: 0.3, return_state: true}}}",
        inputs: [[4, 3], [3], [3], [3], [3]]),
      LayerSample(
        "bidirectional: {layer: {simple_rnn: {units: 3, return_sequences: true}}, "
          + "backward_layer: {gru: {units: 2, return_sequences: true, go_backwards: true}}}",
        inputs: [[4, 3]]),
    ]
}
