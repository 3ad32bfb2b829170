extension LayerSamples {
  static let attention: [LayerSample] = [
    LayerSample("multi_head_attention: {num_heads: 2, key_dim: 3}", inputs: [[4, 5]]),
    LayerSample(
      "multi_head_attention: {num_heads: 2, key_dim: 3, kernel_regularizer: {l2: 0.1}, "
        + "bias_regularizer: {l1: 0.05}}", inputs: [[4, 5]]),
    LayerSample(
      "multi_head_attention: {num_heads: 2, key_dim: 3, value_dim: 2, use_causal_mask: true}",
      inputs: [[4, 3]]),
    LayerSample(
      "multi_head_attention: {num_heads: 1, key_dim: 3, use_bias: false}",
      inputs: [[2, 4], [3, 5]]),
    LayerSample(
      "multi_head_attention: {num_heads: 2, key_dim: 2, dropout: 0.3}",
      inputs: [[2, 4], [3, 5], [3, 4]]),
    LayerSample(
      "transformer_encoder: {num_heads: 2, intermediate_dim: 6}", inputs: [[3, 4]], width: 2e-3),
    LayerSample(
      "transformer_encoder: {num_heads: 1, intermediate_dim: 5, normalize_first: true, dropout: 0.2, "
        + "activation: gelu, use_causal_mask: true, layer_norm_epsilon: 1e-3}", inputs: [[3, 4]]),
    LayerSample(
      "multi_head_attention: {num_heads: 2, key_dim: 3, use_causal_mask: true}", inputs: [[4, 5]],
      masked: [0]),
    LayerSample(
      "multi_head_attention: {num_heads: 2, key_dim: 2, dropout: 0.3}",
      inputs: [[4, 4], [2, 5], [2, 4]], masked: [0, 1, 2]),
    LayerSample("position_encoding", inputs: [[3, 5]]),
    LayerSample("position_encoding: {max_wavelength: 50}", inputs: [[2, 4]]),
  ]
}
