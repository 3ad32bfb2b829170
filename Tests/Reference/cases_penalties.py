"""Penalties on the weights of layers that have several arrays of them: see layers.py."""

L1 = {"class_name": "L1", "config": {"l1": 0.02}}
L2 = {"class_name": "L2", "config": {"l2": 0.05}}
KERNELS = {"kernel_regularizer": L2, "recurrent_regularizer": L1, "bias_regularizer": "l2"}

CASES = [
    ("simple_rnn", [(4, 3)], lambda l: l.SimpleRNN(5, **KERNELS)),
    ("lstm", [(4, 3)], lambda l: l.LSTM(5, **KERNELS)),
    ("gru", [(4, 3)], lambda l: l.GRU(5, **KERNELS)),
    ("bidirectional", [(4, 3)], lambda l: l.Bidirectional(l.LSTM(3, **KERNELS))),
    ("embedding", [(5,)], lambda l: l.Embedding(7, 3, embeddings_regularizer=L2), {"indices": 7}),
    ("attention", [(4, 6)], lambda l: l.MultiHeadAttention(2, 3, kernel_regularizer=L2, bias_regularizer=L1),
     {"call": lambda l, x: l(x[0], x[0])}),
    ("batch_normalization", [(5,)],
     lambda l: l.BatchNormalization(gamma_regularizer=L2, beta_regularizer=L1)),
    ("layer_normalization", [(3, 5)],
     lambda l: l.LayerNormalization(gamma_regularizer=L1, beta_regularizer=L2)),
]
