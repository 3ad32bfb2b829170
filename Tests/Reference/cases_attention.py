"""Attention: see layers.py."""



def encoder(l, x):
    """A transformer's encoder block as `transformer_encoder` writes it out."""
    attended = l.Add()([x[0], l.MultiHeadAttention(2, 3)(x[0], x[0])])
    attended = l.LayerNormalization(epsilon=1e-5)(attended)
    hidden = l.Dense(6)(l.Dense(7, activation="relu")(attended))
    return l.LayerNormalization(epsilon=1e-5)(l.Add()([attended, hidden]))


CASES = [
    ("self", [(4, 6)], lambda l: l.MultiHeadAttention(2, 3), {"call": lambda l, x: l(x[0], x[0])}),
    ("causal", [(4, 6)], lambda l: l.MultiHeadAttention(3, 2),
     {"call": lambda l, x: l(x[0], x[0], use_causal_mask=True)}),
    ("cross", [(4, 6), (3, 5)], lambda l: l.MultiHeadAttention(2, 3, use_bias=False),
     {"call": lambda l, x: l(x[0], x[1])}),
    ("three", [(4, 6), (3, 5), (3, 2)], lambda l: l.MultiHeadAttention(2, 3),
     {"call": lambda l, x: l(x[0], x[1], x[2])}),
    ("encoder", [(4, 6)], lambda l: l, {"call": encoder}),
]
