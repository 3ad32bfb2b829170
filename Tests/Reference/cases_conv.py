"""Convolutions, pooling, borders, upsampling and PReLU: see layers.py."""


def masked_mean(layer, x):
    """Words; 0 is none."""
    import keras
    return layer(keras.layers.Embedding(3, 4, mask_zero=True)(x[0]))


def behind(layer, x):
    """Behind a layer with weights, so that the gradient that the layer hands on shows."""
    import keras
    axes = len(x[0].shape) - 2
    conv = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D, 3: keras.layers.Conv3D}[axes]
    return layer(conv(x[0].shape[-1], 1)(x[0]))


def small(layer, x):
    """Behind layers with weights and a relu: gradients where several are the largest."""
    import keras
    conv = keras.layers.Conv2D(x[0].shape[-1], 1, activation="relu")
    return layer(conv(x[0]))


def case(name, shape, make, **options):
    return (name, [shape], make, {"call": behind, **options})


def pools(axes, shape):
    cases = []
    for kind in ("Max", "Average"):
        for suffix, options in (
                ("", {"pool_size": 2}), ("_same", {"pool_size": 3, "strides": 2, "padding": "same"}),
                ("_overlap", {"pool_size": 3, "strides": 1}),
                ("_gaps", {"pool_size": 1, "strides": 2, "padding": "same"})):
            cases.append(case(
                f"{kind.lower()}_pooling{axes}d{suffix}", shape,
                lambda l, kind=kind, options=options: getattr(l, f"{kind}Pooling{axes}D")(**options)))
        for suffix, options in (("", {}), ("_keepdims", {"keepdims": True})):
            cases.append(case(
                f"global_{kind.lower()}_pooling{axes}d{suffix}", shape,
                lambda l, kind=kind, options=options: getattr(l, f"Global{kind}Pooling{axes}D")(**options)))
    return cases


# Kernels, strides, paddings and output paddings whose borders are all different.
TRANSPOSED = [
    (kernel, stride, padding, output, dilation)
    for kernel, stride, dilation in ((1, 1, 1), (3, 1, 1), (3, 2, 1), (4, 2, 1), (2, 3, 1), (5, 3, 1), (3, 1, 2), (2, 1, 3))
    for padding in ("valid", "same")
    for output in (None, *range(min(stride, 2)))
]

CASES = [
    case("conv1d", (7, 3), lambda l: l.Conv1D(5, 3)),
    case("conv1d_causal", (7, 3), lambda l: l.Conv1D(5, 3, padding="causal", dilation_rate=2)),
    case("conv1d_causal_strides", (8, 3), lambda l: l.Conv1D(5, 3, padding="causal", strides=3)),
    case("conv1d_same_even", (8, 3), lambda l: l.Conv1D(5, 4, padding="same", strides=3)),
    case("conv1d_large", (3, 2), lambda l: l.Conv1D(4, 9, padding="same")),
    case("conv2d", (6, 5, 3), lambda l: l.Conv2D(7, 3, activation="relu")),
    case("conv2d_grey", (6, 5, 1), lambda l: l.Conv2D(32, 3, activation="relu")),
    case("conv2d_blocks", (5, 6, 16), lambda l: l.Conv2D(32, (3, 2), padding="same", activation="tanh")),
    case("conv2d_same", (6, 5, 3), lambda l: l.Conv2D(7, (3, 2), strides=(2, 3), padding="same", activation="gelu")),
    case("conv2d_dilation", (7, 6, 2), lambda l: l.Conv2D(4, (3, 2), dilation_rate=(2, 3), use_bias=False)),
    case("conv2d_groups", (5, 4, 6), lambda l: l.Conv2D(9, 3, groups=3, padding="same", activation="softmax")),
    case("conv2d_each", (5, 4, 4), lambda l: l.Conv2D(4, 3, groups=4)),
    case("conv2d_penalty", (4, 4, 2), lambda l: l.Conv2D(3, 2, kernel_regularizer="l2", bias_regularizer="l1")),
    case("conv3d", (4, 3, 4, 2), lambda l: l.Conv3D(3, 2, activation="sigmoid")),
    case("conv3d_same", (4, 3, 5, 2), lambda l: l.Conv3D(4, (2, 3, 1), strides=(2, 1, 2), padding="same", groups=2)),
    case("depthwise_conv1d", (7, 3), lambda l: l.DepthwiseConv1D(3, depth_multiplier=2, strides=2)),
    case("depthwise_conv1d_dilation", (7, 3), lambda l: l.DepthwiseConv1D(2, dilation_rate=3, padding="same")),
    case("depthwise_conv2d", (6, 5, 3), lambda l: l.DepthwiseConv2D((3, 2), depth_multiplier=3, activation="tanh", depthwise_regularizer="l2")),
    case("depthwise_conv2d_same", (6, 5, 16), lambda l: l.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)),
    case("depthwise_conv2d_grey", (6, 5, 1), lambda l: l.DepthwiseConv2D(3, depth_multiplier=4)),
    case("separable_conv1d", (7, 3), lambda l: l.SeparableConv1D(5, 3, depth_multiplier=2, activation="tanh")),
    case("separable_conv2d", (6, 5, 3), lambda l: l.SeparableConv2D(4, 3, strides=2, padding="same", activation="gelu", pointwise_regularizer="l2")),
    case("separable_conv2d_bare", (6, 5, 2), lambda l: l.SeparableConv2D(4, (2, 3), dilation_rate=2, use_bias=False)),
    *[case(f"conv1d_transpose_{k}_{s}_{p}_{o}_{d}", (4, 2),
           lambda l, k=k, s=s, p=p, o=o, d=d: l.Conv1DTranspose(3, k, strides=s, padding=p, output_padding=o, dilation_rate=d))
      for k, s, p, o, d in TRANSPOSED],
    case("conv2d_transpose", (3, 4, 3), lambda l: l.Conv2DTranspose(5, (3, 2), strides=(2, 3), padding="same", activation="tanh")),
    case("conv2d_transpose_valid", (3, 4, 16), lambda l: l.Conv2DTranspose(32, 3, strides=2, output_padding=1, activation="gelu")),
    case("conv2d_transpose_bare", (3, 4, 3), lambda l: l.Conv2DTranspose(5, (2, 3), dilation_rate=2, use_bias=False)),
    case("conv3d_transpose", (2, 3, 2, 2), lambda l: l.Conv3DTranspose(3, (2, 1, 3), strides=2, padding="same")),
    case("conv3d_transpose_valid", (2, 2, 3, 2), lambda l: l.Conv3DTranspose(3, 2, strides=(1, 2, 3), activation="relu")),
    *pools(1, (7, 3)), *pools(2, (6, 7, 3)), *pools(3, (4, 5, 4, 2)),
    case("max_pooling2d_ties", (6, 7, 3), lambda l: l.MaxPooling2D(3, 2), call=small),
    case("global_max_pooling2d_ties", (4, 3, 3), lambda l: l.GlobalMaxPooling2D(), call=small),
    ("global_average_pooling1d_masked", [(6,)], lambda l: l.GlobalAveragePooling1D(),
     {"call": masked_mean, "indices": 3}),
    ("global_average_pooling1d_masked_keepdims", [(6,)], lambda l: l.GlobalAveragePooling1D(keepdims=True),
     {"call": masked_mean, "indices": 3}),
    case("zero_padding1d", (4, 3), lambda l: l.ZeroPadding1D((2, 1))),
    case("zero_padding2d", (3, 4, 2), lambda l: l.ZeroPadding2D(((1, 0), (2, 3)))),
    case("zero_padding2d_pair", (3, 4, 2), lambda l: l.ZeroPadding2D((1, 2))),
    case("zero_padding3d", (2, 3, 2, 2), lambda l: l.ZeroPadding3D((1, 0, 2))),
    case("cropping1d", (6, 3), lambda l: l.Cropping1D((2, 1))),
    case("cropping2d", (4, 6, 2), lambda l: l.Cropping2D(((1, 0), (2, 1)))),
    case("cropping3d", (4, 3, 5, 2), lambda l: l.Cropping3D(((1, 0), (1, 1), (0, 2)))),
    case("up_sampling1d", (4, 3), lambda l: l.UpSampling1D(3)),
    case("up_sampling2d", (3, 4, 2), lambda l: l.UpSampling2D((2, 3))),
    case("up_sampling3d", (2, 3, 2, 2), lambda l: l.UpSampling3D((1, 2, 3))),
    *[case(f"up_sampling2d_{name}", (4, 5, 2),
           lambda l, name=name: l.UpSampling2D((2, 3), interpolation=name))
      for name in ("bilinear", "bicubic", "lanczos3", "lanczos5")],
    ("prelu", [(5,)], lambda l: l.PReLU()),
    case("prelu_shared", (3, 4, 2), lambda l: l.PReLU(shared_axes=[1, 2])),
    case("prelu_mixed", (3, 4, 2), lambda l: l.PReLU(shared_axes=[2], alpha_regularizer="l2")),
    case("prelu_one", (3, 4, 2), lambda l: l.PReLU(shared_axes=[1, 2, 3])),
]
