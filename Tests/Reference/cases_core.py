"""Dense, merging and shaping layers: see layers.py."""

CASES = [
    ("dense", [(5,)], lambda l: l.Dense(4, activation="tanh")),
    ("dense_axes", [(2, 3, 5)], lambda l: l.Dense(4, use_bias=False)),
    ("dense_penalty", [(5,)], lambda l: l.Dense(
        4, kernel_regularizer="l2", bias_regularizer={"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.2}})),
    ("flatten", [(2, 3)], lambda l: l.Flatten()),
    ("reshape", [(2, 6)], lambda l: l.Reshape((3, -1))),
    ("dropout", [(6,)], lambda l: l.Dropout(0.3), {"random": True}),
    ("activation", [(6,)], lambda l: l.Activation("gelu")),
    ("add", [(2, 3)] * 3, lambda l: l.Add()),
    ("subtract", [(6,)] * 2, lambda l: l.Subtract()),
    ("multiply", [(6,)] * 3, lambda l: l.Multiply()),
    ("average", [(6,)] * 3, lambda l: l.Average()),
    ("maximum", [(6,)] * 3, lambda l: l.Maximum()),
    ("minimum", [(6,)] * 3, lambda l: l.Minimum()),
    ("concatenate", [(2, 3), (2, 1)], lambda l: l.Concatenate()),
    ("concatenate_axis", [(2, 3, 4), (2, 1, 4)], lambda l: l.Concatenate(axis=2)),
    ("permute", [(2, 3, 4)], lambda l: l.Permute((3, 1, 2))),
    ("spatial_dropout1d", [(3, 4)], lambda l: l.SpatialDropout1D(0.3), {"random": True}),
    ("spatial_dropout2d", [(2, 3, 4)], lambda l: l.SpatialDropout2D(0.3), {"random": True}),
    ("spatial_dropout3d", [(2, 1, 3, 4)], lambda l: l.SpatialDropout3D(0.3), {"random": True}),
    ("gaussian_noise", [(6,)], lambda l: l.GaussianNoise(0.3), {"random": True}),
    ("gaussian_dropout", [(6,)], lambda l: l.GaussianDropout(0.3), {"random": True}),
]
