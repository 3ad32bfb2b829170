"""Embedding, masking and recurrent layers: see layers.py."""


def states(layer, x):
    """The first input is the sequence, the others are the states to begin with."""
    return layer(x[0], initial_state=x[1:])


def masked(layer, x):
    """Words; 0 is none. The mask reaches the layer through a layer that hands it on."""
    import keras
    embedded = keras.layers.Embedding(3, 4, mask_zero=True)(x[0])
    return layer(keras.layers.Activation("tanh")(embedded))


def zeros(layer, x):
    """Relu and -1: some steps of one feature are 0 in all of it."""
    import keras
    return layer(keras.layers.Masking(0.0)(keras.layers.Activation("relu")(x[0])))


def cell(name, make, count, **gates):
    return [
        (name, [(5, 3)], make(units=4)),
        (f"{name}_sequence", [(5, 3)], make(units=4, return_sequences=True, return_state=True)),
        (f"{name}_states", [(3, 2)] + [(4,)] * count, make(units=4, return_state=True),
         {"call": states}),
        (f"{name}_backwards", [(4, 3)],
         make(units=17, go_backwards=True, return_sequences=True, use_bias=False)),
        (f"{name}_gates", [(4, 3)], make(units=5, **gates)),
        (f"{name}_dropout", [(4, 3)], make(units=5, dropout=0.3, recurrent_dropout=0.2),
         {"random": True}),
        (f"{name}_masked", [(6,)], make(units=4, return_state=True), {"call": masked, "indices": 3}),
        (f"{name}_masked_sequence", [(6,)], make(units=4, return_sequences=True, go_backwards=True),
         {"call": masked, "indices": 3}),
        (f"{name}_masked_zero", [(6, 1)],
         make(units=4, return_sequences=True, zero_output_for_mask=True), {"call": zeros}),
        (f"{name}_masked_last", [(6, 1)], make(units=4, zero_output_for_mask=True),
         {"call": zeros}),
    ]


def maker(name, **options):
    return lambda **more: lambda l: getattr(l, name)(**options, **more)


def both(mode, name="LSTM", **options):
    return lambda l: l.Bidirectional(getattr(l, name)(3, **options), merge_mode=mode)


CASES = [
    ("embedding", [(5,)], lambda l: l.Embedding(7, 4), {"indices": 7}),
    ("embedding_mask", [(2, 3)], lambda l: l.Embedding(4, 3), {"indices": 4}),
    ("masking", [(6, 1)], lambda l: l.Masking(0.0), {"call": zeros}),
    ("repeat_vector", [(4,)], lambda l: l.RepeatVector(3)),
    ("time_distributed", [(3, 5)], lambda l: l.TimeDistributed(l.Dense(4, activation="softmax"))),
    ("time_distributed_rnn", [(2, 3, 4)], lambda l: l.TimeDistributed(l.GRU(3))),
    *cell("simple_rnn", maker("SimpleRNN"), 1, activation="gelu"),
    *cell("lstm", maker("LSTM"), 2, activation="relu", recurrent_activation="softmax"),
    *cell("gru", maker("GRU"), 1, activation="softplus", recurrent_activation="gelu"),
    *cell("gru_reset_first", maker("GRU", reset_after=False), 1, activation="relu"),
    *[(f"bidirectional_{mode}", [(4, 3)], both(mode, return_sequences=True))
      for mode in ("concat", "sum", "mul", "ave", None)],
    *[(f"bidirectional_last_{mode}", [(4, 3)] + [(3,)] * 4, both(mode, return_state=True),
       {"call": states}) for mode in ("concat", "mul", None)],
    ("bidirectional_masked", [(6,)], both("concat", "GRU", return_sequences=True),
     {"call": masked, "indices": 3}),
    ("bidirectional_masked_last", [(6,)], both("sum", "SimpleRNN"),
     {"call": masked, "indices": 3}),
    ("bidirectional_two", [(4, 3)],
     lambda l: l.Bidirectional(l.LSTM(3), backward_layer=l.GRU(2, go_backwards=True))),
    ("stacked", [(5, 3)], lambda l: l.GRU(4),
     {"call": lambda layer, x: layer(__import__("keras").layers.LSTM(6, return_sequences=True)(x[0]))}),
]
