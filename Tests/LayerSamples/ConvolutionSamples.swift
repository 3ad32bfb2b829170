extension LayerSamples {
  static let convolution: [LayerSample] =
    regular + depthwise + transposed + pooling + borders + slopes

  private static let regular: [LayerSample] = [
    LayerSample("conv1d: {filters: 4, kernel_size: 3}", inputs: [[6, 2]]),
    LayerSample(
      "conv1d: {filters: 3, kernel_size: 2, padding: causal, dilation_rate: 2, activation: tanh}",
      inputs: [[5, 2]]),
    LayerSample(
      "conv1d: {filters: 17, kernel_size: 4, strides: 2, padding: same}", inputs: [[7, 3]]),
    LayerSample(
      "conv1d: {filters: 3, kernel_size: 3, strides: 3, padding: causal, use_bias: false}",
      inputs: [[8, 2]]),
    LayerSample(
      "conv2d: {filters: 4, kernel_size: 3, bias_initializer: random_normal}",
      inputs: [[5, 4, 1]]),
    LayerSample(
      "conv2d: {filters: 6, kernel_size: [3, 2], strides: [2, 1], padding: same, groups: 2, "
        + "activation: gelu}", inputs: [[5, 4, 4]]),
    LayerSample(
      "conv2d: {filters: 3, kernel_size: 2, dilation_rate: [1, 2], use_bias: false, "
        + "kernel_regularizer: {l2: 0.1}}", inputs: [[4, 5, 2]]),
    LayerSample(
      "conv2d: {filters: 16, kernel_size: 1, activation: softmax}", inputs: [[3, 3, 16]]),
    LayerSample(
      "conv2d: {filters: 4, kernel_size: 3, padding: same, activation: relu}",
      inputs: [[3, 3, 2]], width: 1e-3),
    LayerSample(
      "conv3d: {filters: 3, kernel_size: 2, activation: sigmoid}", inputs: [[3, 2, 4, 2]]),
    LayerSample(
      "conv3d: {filters: 4, kernel_size: [1, 3, 2], padding: same, strides: [1, 2, 1], groups: 2}",
      inputs: [[2, 4, 3, 2]]),
  ]

  private static let depthwise: [LayerSample] = [
    LayerSample("depthwise_conv1d: {kernel_size: 3}", inputs: [[6, 3]]),
    LayerSample(
      "depthwise_conv1d: {kernel_size: 2, depth_multiplier: 3, padding: same, strides: 2}",
      inputs: [[5, 2]]),
    LayerSample(
      "depthwise_conv2d: {kernel_size: [3, 2], depth_multiplier: 2, activation: tanh, "
        + "depthwise_regularizer: {l2: 0.1}}", inputs: [[4, 4, 3]]),
    LayerSample(
      "depthwise_conv2d: {kernel_size: 3, padding: same, dilation_rate: 2, use_bias: false}",
      inputs: [[4, 5, 16]]),
    LayerSample("depthwise_conv2d: {kernel_size: 2, depth_multiplier: 4}", inputs: [[3, 3, 1]]),
    LayerSample("separable_conv1d: {filters: 4, kernel_size: 3}", inputs: [[6, 3]]),
    LayerSample(
      "separable_conv1d: {filters: 4, kernel_size: 2, strides: 2, padding: same, activation: gelu, "
        + "depth_multiplier: 2}", inputs: [[6, 3]]),
    LayerSample(
      "separable_conv2d: {filters: 5, kernel_size: 3, padding: same, activation: tanh, "
        + "bias_initializer: random_normal, pointwise_regularizer: {l1: 0.01}}",
      inputs: [[3, 4, 2]]),
    LayerSample(
      "separable_conv2d: {filters: 3, kernel_size: [2, 3], use_bias: false}",
      inputs: [[4, 4, 2]]),
  ]

  private static let transposed: [LayerSample] = [
    LayerSample("conv1d_transpose: {filters: 4, kernel_size: 3}", inputs: [[4, 2]]),
    LayerSample(
      "conv1d_transpose: {filters: 3, kernel_size: 2, strides: 3, bias_initializer: "
        + "random_normal}", inputs: [[3, 2]]),
    LayerSample(
      "conv1d_transpose: {filters: 3, kernel_size: 3, dilation_rate: 2, padding: same}",
      inputs: [[4, 2]]),
    LayerSample(
      "conv2d_transpose: {filters: 3, kernel_size: 3, strides: 2, padding: same, "
        + "activation: tanh}", inputs: [[3, 2, 2]]),
    LayerSample(
      "conv2d_transpose: {filters: 17, kernel_size: 3, strides: [2, 3], padding: same, "
        + "output_padding: 1, activation: gelu}", inputs: [[2, 3, 2]]),
    LayerSample(
      "conv2d_transpose: {filters: 2, kernel_size: [2, 3], strides: 2, output_padding: [1, 0], "
        + "use_bias: false}", inputs: [[3, 2, 3]]),
    LayerSample(
      "conv3d_transpose: {filters: 3, kernel_size: 2, strides: 2}", inputs: [[2, 2, 1, 2]]),
    LayerSample(
      "conv3d_transpose: {filters: 2, kernel_size: [1, 2, 3], padding: same}",
      inputs: [[2, 2, 2, 2]]),
  ]

  private static let pooling: [LayerSample] =
    [1, 2, 3].flatMap { axes -> [LayerSample] in
      let shape = Array([4, 4, 3].prefix(axes)) + [2]
      return ["max", "average"].flatMap { kind in
        [
          LayerSample("\(kind)_pooling\(axes)d", inputs: [shape], width: 1e-3),
          LayerSample(
            "\(kind)_pooling\(axes)d: {pool_size: 3, strides: 2, padding: same}",
            inputs: [shape], width: 5e-4),
          LayerSample("global_\(kind)_pooling\(axes)d", inputs: [shape], width: 5e-4),
          LayerSample(
            "global_\(kind)_pooling\(axes)d: {keepdims: true}", inputs: [shape], width: 5e-4),
        ]
      }
    } + [
      LayerSample(
        "max_pooling2d: {pool_size: [1, 3], strides: [2, 1]}", inputs: [[5, 4, 3]], width: 1e-3),
      LayerSample("average_pooling2d: {pool_size: [2, 1], strides: 3}", inputs: [[5, 4, 3]]),
    ]

  private static let borders: [LayerSample] =
    [
      LayerSample("zero_padding1d", inputs: [[3, 2]]),
      LayerSample("zero_padding1d: {padding: [0, 2]}", inputs: [[3, 2]]),
      LayerSample("zero_padding2d", inputs: [[2, 3, 2]]),
      LayerSample("zero_padding2d: {padding: [[1, 0], [2, 1]]}", inputs: [[2, 3, 2]]),
      LayerSample("zero_padding2d: {padding: [1, 2]}", inputs: [[2, 2, 2]]),
      LayerSample("zero_padding3d", inputs: [[1, 2, 2, 1]]),
      LayerSample("cropping1d", inputs: [[5, 2]]),
      LayerSample("cropping1d: {cropping: [0, 2]}", inputs: [[4, 2]]),
      LayerSample("cropping2d", inputs: [[2, 2, 2]]),
      LayerSample("cropping2d: {cropping: [[1, 0], [2, 1]]}", inputs: [[3, 5, 2]]),
      LayerSample("cropping3d", inputs: [[3, 4, 3, 2]]),
      LayerSample("cropping3d: {cropping: [1, 0, [0, 2]]}", inputs: [[3, 2, 3, 2]]),
      LayerSample("up_sampling1d", inputs: [[3, 2]]),
      LayerSample("up_sampling1d: {size: 3}", inputs: [[2, 2]]),
      LayerSample("up_sampling2d: {size: [2, 3]}", inputs: [[2, 2, 3]]),
      LayerSample("up_sampling3d", inputs: [[2, 1, 2, 2]]),
    ]
    + ["bilinear", "bicubic", "lanczos3", "lanczos5"].map {
      LayerSample("up_sampling2d: {size: [3, 2], interpolation: \($0)}", inputs: [[3, 4, 2]])
    }

  private static let slopes: [LayerSample] = [
    LayerSample("prelu: {alpha_initializer: random_normal}", width: 1e-3),
    LayerSample(
      "prelu: {alpha_initializer: {constant: {value: 0.3}}, shared_axes: [1, 2], "
        + "alpha_regularizer: {l2: 0.1}}", inputs: [[2, 2, 3]], width: 1e-3),
    LayerSample(
      "prelu: {alpha_initializer: random_normal, shared_axes: 2}", inputs: [[2, 3, 2]],
      width: 1e-3),
    LayerSample(
      "prelu: {alpha_initializer: {constant: {value: 0.2}}, shared_axes: [1, 3]}",
      inputs: [[2, 2, 3]], width: 1e-3),
  ]
}
