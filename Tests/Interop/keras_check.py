"""Opens a model file of Sounder's in real Keras and compares predictions, element by element.

use: keras_check.py MODEL.h5 DATA.h5 FEATURES TARGET PREDICTIONS.h5

The rows go in as Sounder's pipeline transforms them here: divided by 255. A tolerance of 1e-4 on
probabilities is a thousand times the rounding of float32, and far below any wrong layer.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"

import h5py
import keras
import numpy as np

TOLERANCE = 1e-4

model_path, data_path, features_path, target_path, predictions_path = sys.argv[1:]
with h5py.File(data_path) as file:
    features = file[features_path][:].astype(np.float32) / 255
    target = file[target_path][:]
with h5py.File(predictions_path) as file:
    ours = file["predictions"][:]

model = keras.models.load_model(model_path)
theirs = model.predict(features, batch_size=1000, verbose=0)

if ours.shape != theirs.shape:
    sys.exit(f"{model_path}: sounder predicted {ours.shape}, Keras {theirs.shape}")
largest = float(np.max(np.abs(ours - theirs)))
if not largest < TOLERANCE:  # also when it is not a number
    sys.exit(f"{model_path}: predictions differ by up to {largest}")

if model.optimizer is None:
    sys.exit(f"{model_path}: Keras found no training configuration")
# The training configuration is good enough for Keras to go on with.
sparse = "sparse" in str(model.loss)
classes = target.astype(np.int64) if sparse else np.eye(ours.shape[1], dtype=np.float32)[target]
losses = model.fit(features[:256], classes[:256], batch_size=64, verbose=0).history["loss"]
if not np.isfinite(losses).all():
    sys.exit(f"{model_path}: Keras cannot go on training: loss {losses}")
accuracy = float(np.mean(np.argmax(theirs, axis=1) == target))
print(
    f"{os.path.basename(model_path)}: {theirs.size} predictions differ by at most {largest:.1e},"
    f" accuracy {accuracy:.4f}, {type(model.optimizer).__name__} and loss {model.loss},"
    f" Keras {keras.__version__}"
)
