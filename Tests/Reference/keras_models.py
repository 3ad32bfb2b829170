"""Writes Tests/Fixtures/keras: models that Keras itself wrote, and what it predicts with them.

Run once with Keras 3.15 (python3 Tests/Reference/keras_models.py k3) and once with tf_keras 2.21,
which writes Keras 2's dialect (python3 Tests/Reference/keras_models.py k2).
"""
import pathlib
import sys

import h5py
import numpy

which = sys.argv[1]
if which == "k3":
    import keras
else:
    import tf_keras as keras

layers = keras.layers
generator = numpy.random.default_rng(7)


def mlp():
    return keras.Sequential(
        [
            layers.Input((784,), name="in"),
            layers.Dense(64, activation="relu", name="dense_1"),
            layers.Dropout(0.2, name="drop"),
            layers.Dense(32, activation="tanh", name="dense_2"),
            layers.Dense(10, activation="softmax", name="out"),
        ],
        name="mlp",
    ), generator.random((5, 784), dtype=numpy.float32)


def ae():
    return keras.Sequential(
        [
            layers.Input((64,), name="in"),
            layers.Dense(16, activation="relu", name="enc_1"),
            layers.Dense(4, activation="linear", name="code"),
            layers.Dense(16, activation="relu", name="dec_1"),
            layers.Dense(64, activation="sigmoid", name="out"),
        ],
        name="autoencoder",
    ), generator.random((6, 64), dtype=numpy.float32)


folder = pathlib.Path(__file__).parent.parent / "Fixtures/keras"
folder.mkdir(parents=True, exist_ok=True)
for make in (mlp, ae):
    keras.utils.set_random_seed(11)
    model, rows = make()
    # Every weight is distinct and not trivial, so that a mistaken order shows.
    model.set_weights(
        [
            (generator.standard_normal(w.shape) * 0.3).astype(w.dtype)
            for w in model.get_weights()
        ]
    )
    if make is ae:  # with an optimizer's state inside
        model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="mse")
        model.train_on_batch(rows, rows)
    name = f"{which}-{make.__name__}"
    model.save(folder / f"{name}.h5")
    with h5py.File(folder / f"{name}.io.h5", "w") as file:
        file["inputs"] = rows
        file["outputs"] = model.predict(rows, verbose=0)
