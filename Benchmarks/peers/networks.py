"""The networks of the benchmarks and a batch for each; `sounder bench train` has the same.

mlp 784-256-256-10 · cnn 28x28x1, convolutions 32@3 and 64@3, max pooling 2, dense 128 · lstm, gru 28x28
to 128 to 10 · ae 784-256-128-256-784, sigmoid, mean squared error · wide 1000-2048-2048-1000.
"""

import numpy as np

WIDTHS = {
    "mlp": [784, 256, 256, 10],
    "ae": [784, 256, 128, 256, 784],
    "wide": [1000, 2048, 2048, 1000],
}
SHAPES = {"cnn": (28, 28, 1), "lstm": (28, 28), "gru": (28, 28)}


def pairs(network):
    return list(zip(WIDTHS[network], WIDTHS[network][1:]))


def input_shape(network):
    return SHAPES.get(network) or (WIDTHS[network][0],)


def batch(network, size):
    """Features, and class numbers (None for the autoencoder, whose targets are its features)."""
    generator = np.random.default_rng(0)
    features = generator.random((size, *input_shape(network)), dtype=np.float32)
    if network == "ae":
        return features, None
    return features, generator.integers(0, 1000 if network == "wide" else 10, size)


def keras_model(network):
    """The network without a softmax at its end."""
    import keras
    from keras import layers

    if network in WIDTHS:
        hidden = "sigmoid" if network == "ae" else "relu"
        widths = WIDTHS[network][1:]
        stack = [layers.Dense(width, hidden) for width in widths[:-1]]
        stack.append(layers.Dense(widths[-1], "sigmoid" if network == "ae" else None))
    elif network == "cnn":
        stack = [
            layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2), layers.Dropout(0.25), layers.Flatten(),
            layers.Dense(128, "relu"), layers.Dropout(0.5), layers.Dense(10),
        ]
    else:
        stack = [(layers.LSTM if network == "lstm" else layers.GRU)(128), layers.Dense(10)]
    return keras.Sequential([keras.Input(input_shape(network)), *stack])
