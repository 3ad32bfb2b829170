"""Builds the two tables that no sampler was tuned on: ../tables/sgd_digits.csv, forest_diabetes.csv.

    python build_tables.py [NAME...]

The committed CSV is the definition; another version of scikit-learn may give other numbers.
`value` is the validation loss, capped where training diverged.
"""

import csv
import itertools
import os
import sys
import warnings

import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

warnings.filterwarnings("ignore")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tables")


def sgd_digits():
    """Log-loss of a linear classifier trained by SGD on 400 digits."""
    features, classes = load_digits(return_X_y=True)
    train, test, train_classes, test_classes = train_test_split(
        features / 16, classes, train_size=400, random_state=7, stratify=classes
    )
    axes = {
        "alpha": [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0],
        "eta": [1e-4, 1e-3, 1e-2, 1e-1, 1.0],
        "mix": [0.0, 0.33, 0.67, 1.0],
        "epochs": [1, 3, 8, 20],
        "schedule": ["constant", "invscaling", "adaptive"],
        "average": ["no", "yes"],
    }

    def value(alpha, eta, mix, epochs, schedule, average):
        model = SGDClassifier(
            loss="log_loss", penalty="elasticnet", alpha=alpha, eta0=eta, l1_ratio=mix,
            max_iter=epochs, tol=None, learning_rate=schedule, power_t=0.25,
            average=average == "yes", random_state=0,
        )
        try:
            model.fit(train, train_classes)
            return min(float(log_loss(test_classes, model.predict_proba(test))), 5.0)
        except ValueError:  # overflow
            return 5.0

    return axes, value


def forest_diabetes():
    """Root mean squared error of a forest on the diabetes data, relative to predicting the mean."""
    features, target = load_diabetes(return_X_y=True)
    train, test, train_target, test_target = train_test_split(
        features, target, train_size=260, random_state=11
    )
    axes = {
        "depth": [1, 2, 4, 7, 12],
        "features": [0.1, 0.3, 0.6, 1.0],
        "min_leaf": [1, 4, 14, 50],
        "trees": [5, 15, 45, 120],
        "bootstrap": ["no", "yes"],
        "kind": ["forest", "extra"],
    }
    spread = np.sqrt(np.mean((test_target - train_target.mean()) ** 2))

    def value(depth, features, min_leaf, trees, bootstrap, kind):
        model = (RandomForestRegressor if kind == "forest" else ExtraTreesRegressor)(
            n_estimators=trees, max_depth=depth, max_features=features, min_samples_leaf=min_leaf,
            bootstrap=bootstrap == "yes", random_state=3,
        )
        model.fit(train, train_target)
        return float(np.sqrt(np.mean((test_target - model.predict(test)) ** 2)) / spread)

    return axes, value


for name in sys.argv[1:] or ["sgd_digits", "forest_diabetes"]:
    axes, value = {"sgd_digits": sgd_digits, "forest_diabetes": forest_diabetes}[name]()
    with open(os.path.join(FOLDER, name + ".csv"), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*axes, "value"])
        for vertex in itertools.product(*axes.values()):
            writer.writerow([*vertex, f"{value(*vertex):.9g}"])
