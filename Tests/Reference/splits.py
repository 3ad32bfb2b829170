"""Writes Tests/Fixtures/splits.json: how scikit-learn splits the same rows.

Run with scikit-learn 1.9 and NumPy 2:  python3 Tests/Reference/splits.py
"""
import json
import pathlib

import numpy
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, TimeSeriesSplit

generator = numpy.random.default_rng(6)
# Four classes of very different sizes; class 7 has 3 rows only.
labels = generator.permutation(numpy.repeat([2, 0, 7, 1], [311, 47, 3, 142]))
classes = sorted(set(labels.tolist()))
rows = numpy.zeros((len(labels), 1))


def counts(indices):
    """Rows of each class, the smallest class first."""
    return [int((labels[indices] == label).sum()) for label in classes]


reference = {
    "labels": labels.tolist(),
    "classes": classes,
    "folds": [
        {"folds": folds, "held": [counts(held) for _, held in StratifiedKFold(folds).split(rows, labels)]}
        for folds in (2, 5, 10)
    ],
    "fractions": [
        {"fraction": held / len(labels), "held": counts(
            next(StratifiedShuffleSplit(1, test_size=held, random_state=0).split(rows, labels))[1])}
        for held in (50, 101, 400)
    ],
    "times": [
        {"rows": count, "folds": folds, "gap": gap, "parts": [
            [len(training), int(held[0]), int(held[-1]) + 1]
            for training, held in TimeSeriesSplit(folds, gap=gap).split(numpy.zeros((count, 1)))]}
        for count, folds, gap in ((6, 5, 0), (100, 3, 0), (101, 4, 5), (1000, 9, 50))
    ],
}
path = pathlib.Path(__file__).parent.parent / "Fixtures/splits.json"
path.write_text(json.dumps(reference) + "\n")
