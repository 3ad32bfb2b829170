extension LayerSamples {
  static let normalization: [LayerSample] = [
    LayerSample("batch_normalization"), LayerSample("batch_normalization", inputs: [[2, 3, 4]]),
    LayerSample("batch_normalization: {momentum: 0.6, epsilon: 0.1, scale: false}"),
    LayerSample("batch_normalization: {center: false, scale: false}", inputs: [[2, 3]]),
    LayerSample(
      "batch_normalization: {gamma_regularizer: {l2: 0.1}, beta_regularizer: {l1: 0.05}}"),
    LayerSample(
      "layer_normalization: {gamma_regularizer: {l1: 0.05}, beta_regularizer: {l2: 0.1}}"),
    LayerSample("layer_normalization"), LayerSample("layer_normalization", inputs: [[2, 3, 5]]),
    LayerSample("layer_normalization: {epsilon: 0.1, center: false}"),
    LayerSample("layer_normalization: {scale: false, center: false}"),
    LayerSample("group_normalization: {groups: 2}", inputs: [[3, 4]]),
    LayerSample("group_normalization: {groups: -1, scale: false}", inputs: [[2, 2, 3]]),
    LayerSample("rms_normalization"), LayerSample("rms_normalization", inputs: [[2, 5]]),
  ]
}
