"""What becomes of masks of time steps, and masks in attention: see layers.py.

Words; 0 is none. What follows the layer shows the mask of its output: a GRU, which keeps its state at
masked steps, or the loss, which leaves them out.
"""
import keras

from cases_attention import encoder


def words(x, *masked):
    """An embedding for each input; `masked` has the numbers of those that make a mask."""
    return [
        keras.layers.Embedding(3, 4, mask_zero=i in masked)(tensor) for i, tensor in enumerate(x)]


def case(name, shapes, make, *masked, then="gru"):
    """A layer that takes its inputs (several as a list; attention: one after the other), and what shows the mask."""
    def call(l, x):
        layer = make(l)
        inputs = words(x, *masked)
        if isinstance(layer, l.MultiHeadAttention):
            y = layer(*(inputs if len(inputs) > 1 else inputs * 2))
        else:
            y = layer(inputs if len(inputs) > 1 else inputs[0])
        return {"gru": l.GRU(3), "flatten": l.Flatten(), "loss": lambda y: y}[then](y)

    return (name, shapes, lambda l: l, {"call": call, "indices": 3})


def attention(l):
    return l.MultiHeadAttention(2, 3)


def causal(l, x):
    embedded = words(x, 0)[0]
    return l.MultiHeadAttention(2, 3)(embedded, embedded, use_causal_mask=True)


def encoded(l, x):
    embedded = l.Embedding(3, 6, mask_zero=True)(x[0])
    return l.GRU(3)(encoder(l, [embedded]))


def chain(l, x):
    """Masks that were combined are combined again, and meet one of an input."""
    a, b, c = words(x, 0, 1, 2)
    joined = l.Concatenate(axis=1)([a, b])
    y = l.Add()([joined, l.Activation("tanh")(joined), c])
    return l.GRU(3)(l.MultiHeadAttention(2, 3)(y, l.Concatenate()([c, joined])))


CASES = [
    case("self", [(5,)], attention, 0, then="loss"),
    case("self_flatten", [(5,)], attention, 0, then="flatten"),
    case("self_gru", [(5,)], attention, 0),
    ("self_causal", [(5,)], lambda l: l, {"call": causal, "indices": 3}),
    ("encoder", [(5,)], lambda l: l, {"call": encoded, "indices": 3}),
    case("cross_query", [(5,), (3,)], attention, 0),
    case("cross_value", [(5,), (3,)], attention, 1),
    case("cross_value_longer", [(2,), (6,)], attention, 1, then="loss"),
    case("cross_both", [(5,), (3,)], attention, 0, 1),
    # The names seed the numbers: in one sample no place is there, and no query sees anything.
    case("cross_unseeing", [(4,), (2,)], attention, 0, 1, then="flatten"),
    case("three_key", [(4,), (3,), (3,)], attention, 2),
    case("three_both", [(4,), (3,), (3,)], attention, 1, 2, then="flatten"),
    case("three_all", [(4,), (3,), (3,)], attention, 0, 1, 2),
    case("add_first", [(5,), (5,)], lambda l: l.Add(), 0),
    case("add_second", [(5,), (5,)], lambda l: l.Add(), 1, then="loss"),
    case("add_both", [(5,), (5,)], lambda l: l.Add(), 0, 1),
    case("add_loss", [(5,), (5,)], lambda l: l.Add(), 0, 1, then="loss"),
    # These leave out of the numbers, too, what is not there.
    case("maximum_both", [(5,), (5,)], lambda l: l.Maximum(), 0, 1, then="flatten"),
    case("maximum_three", [(3,)] * 3, lambda l: l.Maximum(), 0, 2, then="flatten"),
    case("minimum_three", [(5,)] * 3, lambda l: l.Minimum(), 0, 1, 2),
    case("minimum_second", [(5,), (5,)], lambda l: l.Minimum(), 1, then="flatten"),
    case("multiply_both", [(5,), (5,)], lambda l: l.Multiply(), 0, 1, then="flatten"),
    case("multiply_three", [(5,)] * 3, lambda l: l.Multiply(), 0, 1, 2),
    case("multiply_first", [(5,), (5,)], lambda l: l.Multiply(), 0, then="flatten"),
    case("average_both", [(5,), (5,)], lambda l: l.Average(), 0, 1, then="loss"),
    case("subtract_both", [(5,), (5,)], lambda l: l.Subtract(), 0, 1, then="flatten"),
    case("features_first", [(5,), (5,)], lambda l: l.Concatenate(), 0),
    case("features_both", [(5,), (5,)], lambda l: l.Concatenate(), 0, 1),
    case("features_loss", [(5,), (5,)], lambda l: l.Concatenate(axis=2), 0, 1, then="loss"),
    case("steps_before", [(3,), (4,)], lambda l: l.Concatenate(axis=1), 0),
    case("steps_second", [(3,), (4,)], lambda l: l.Concatenate(axis=-2), 1),
    case("steps_both", [(3,), (4,)], lambda l: l.Concatenate(axis=-2), 0, 1),
    case("steps_loss", [(3,), (4,), (2,)], lambda l: l.Concatenate(axis=1), 0, 2, then="loss"),
    case("layer_normalization", [(5,)], lambda l: l.LayerNormalization(), 0),
    case("group_normalization", [(5,)], lambda l: l.GroupNormalization(1), 0),
    case("rms_normalization", [(5,)], lambda l: l.RMSNormalization(), 0),
    case("dense", [(5,)], lambda l: l.Dense(4, activation="tanh"), 0),
    case("activation", [(5,)], lambda l: l.Activation("tanh"), 0),
    case("convolution", [(5,)], lambda l: l.Conv1D(4, 3, padding="same"), 0),
    case("time_distributed", [(5,)], lambda l: l.TimeDistributed(l.Dense(4)), 0),
    case("bidirectional", [(5,)], lambda l: l.Bidirectional(l.LSTM(2, return_sequences=True)), 0),
    ("chain", [(2,), (3,), (5,)], lambda l: l, {"call": chain, "indices": 3}),
]
