"""Writes Tests/Fixtures/pipeline.json: what scikit-learn makes of the same rows.

Run with scikit-learn 1.9 and NumPy:  python3 Tests/Reference/pipeline.py
"""
import json
import pathlib

import numpy
from sklearn.preprocessing import OneHotEncoder, StandardScaler

generator = numpy.random.default_rng(1)
rows = generator.normal(size=(97, 6))
rows[:, 1] = rows[:, 1] * 1e-3 + 5  # small spread, large mean
rows[:, 2] *= 1e4
rows[:, 3] = 7.25  # constant
rows[:, 4] = 0  # constant zero
rows[:, 5] = generator.integers(0, 256, 97)  # pixels
rows = rows.astype("float32")
scaler = StandardScaler().fit(rows.astype("float64"))
labels = generator.integers(0, 5, (97, 1)).astype("float32")
labels[0] = 4
encoder = OneHotEncoder(categories=[range(5)], sparse_output=False)
reference = {
    "rows": rows.ravel().tolist(),
    "mean": scaler.mean_.tolist(),
    "scale": scaler.scale_.tolist(),
    "standardized": scaler.transform(rows.astype("float64")).ravel().tolist(),
    "labels": labels.ravel().tolist(),
    "one_hot": encoder.fit_transform(labels).ravel().tolist(),
    "row_count": 97,
}
path = pathlib.Path(__file__).parent.parent / "Fixtures/pipeline.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(reference) + "\n")
