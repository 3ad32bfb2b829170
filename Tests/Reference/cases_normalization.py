"""Normalizing layers: see layers.py."""

CASES = [
    ("batch", [(5,)], lambda l: l.BatchNormalization()),
    ("batch_axes", [(3, 2, 4)], lambda l: l.BatchNormalization(momentum=0.7, epsilon=0.01)),
    ("batch_bare", [(5,)], lambda l: l.BatchNormalization(center=False, scale=False)),
    ("layer", [(3, 6)], lambda l: l.LayerNormalization()),
    ("layer_bare", [(6,)], lambda l: l.LayerNormalization(center=False, scale=False, epsilon=0.1)),
    ("group", [(3, 3, 6)], lambda l: l.GroupNormalization(groups=3)),
    ("group_each", [(4, 3)], lambda l: l.GroupNormalization(groups=-1, center=False)),
    ("rms", [(3, 6)], lambda l: l.RMSNormalization()),
]
