"""Writes Tests/Fixtures/real: tables as CSV, and what scikit-learn's networks reach on them.

Run with scikit-learn 1.9 and NumPy 2:  python3 Tests/Reference/real_data.py [FOLDER]
FOLDER has mnist_train_10000.csv.gz and mnist_test_1000.csv.gz, the first rows of MNIST as SparkFlow's examples
have them: a label and 784 bytes a line. Without it the files of MNIST and the figure of all those rows stay as they
are.

| files          | rows                                                                                  |
|----------------|---------------------------------------------------------------------------------------|
| iris-*.csv     | 75 and 75 flowers (UCI, CC BY 4.0), as sklearn.datasets has them                       |
| digits-*.csv.gz| 1200 and 597 images of 8x8 pixels, 0 to 16 (UCI, CC BY 4.0), as sklearn.datasets has them |
| housing-*.csv.gz | 3000 and 1000 districts that are made up, in the form of the California housing table:  |
|                | two columns miss cells, one is a text                                                |
| mnist-*.csv.gz | 2000 and 500 images of 28x28 pixels, 0 to 255, without names (Y. LeCun, C. Cortes,     |
|                | C. Burges, CC BY-SA 3.0)                                                              |

Networks, optimizer, batches and epochs are those of jobs/tables, but 20 epochs for the few rows of MNIST; the figures
are for the rows of *-test.
"""
import csv
import gzip
import io
import json
import pathlib
import sys

import numpy
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_digits, load_iris
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

SEEDS = range(1, 6)
output = pathlib.Path(__file__).parent.parent / "Fixtures/real"
output.mkdir(exist_ok=True)
results_path = output / "scikit-learn.json"
results = json.loads(results_path.read_text()) if results_path.exists() else {}
results["scikit-learn"] = sklearn.__version__


def write(name, header, rows):
    """Writes CSV, gzipped for a name that ends in .gz, the same bytes each time."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(header)
    lines.writerows(rows)
    data = text.getvalue().encode()
    (output / name).write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)


def settings(seed, layers, rate, batch, epochs):
    """Adam without a penalty for so many epochs, as a job file has it."""
    return {
        "hidden_layer_sizes": layers, "learning_rate_init": rate, "batch_size": batch, "max_iter": epochs,
        "n_iter_no_change": epochs, "tol": 0, "alpha": 0, "random_state": seed,
    }


def measure(name, model, train, test):
    """Scores of networks that begin from different seeds: accuracy, or R2."""
    scores = [model(seed).fit(*train).score(*test) for seed in SEEDS]
    results[name] = {"scores": scores, "mean": float(numpy.mean(scores))}
    print(f"{name}: {numpy.mean(scores):.4f}, {min(scores):.4f} to {max(scores):.4f}")


def split(count, test, classes):
    return train_test_split(numpy.arange(count), test_size=test, random_state=0, stratify=classes)


iris = load_iris()
names = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
train, test = split(150, 75, iris.target)
for part, rows in [("train", train), ("test", test)]:
    write(f"iris-{part}.csv", names,
          [[*map(float, iris.data[row]), iris.target_names[iris.target[row]]] for row in rows])
measure("iris", lambda seed: make_pipeline(
    StandardScaler(), MLPClassifier(**settings(seed, (16,), 0.01, 15, 40))),
    (iris.data[train], iris.target[train]), (iris.data[test], iris.target[test]))

digits = load_digits()
train, test = split(1797, 597, digits.target)
for part, rows in [("train", train), ("test", test)]:
    write(f"digits-{part}.csv.gz", [f"pixel_{index}" for index in range(64)] + ["digit"],
          [[*map(int, digits.data[row]), int(digits.target[row])] for row in rows])
measure("digits", lambda seed: make_pipeline(
    FunctionTransformer(lambda x: x / 16), MLPClassifier(**settings(seed, (64,), 0.003, 32, 30))),
    (digits.data[train], digits.target[train]), (digits.data[test], digits.target[test]))

# A coast in the west, two large cities on it, and prices that follow from income, place and room.
generator = numpy.random.default_rng(20640)
count = 4000
longitude = generator.uniform(-124, -114.5, count)
latitude = generator.uniform(32.5, 42, count)
inland = longitude + 124 - (42 - latitude) * 0.75  # degrees from the coast
city = numpy.minimum(
    numpy.hypot(latitude - 37.8, longitude + 122.4), numpy.hypot(latitude - 34, longitude + 118.3))
place = numpy.where(
    numpy.abs(inland) < 0.5, "NEAR OCEAN", numpy.where(city < 1.2, "NEAR BAY", numpy.where(
        inland < 2, "<1H OCEAN", "INLAND"))).astype(object)
place[generator.random(count) < 0.02] = "ISLAND"
age = generator.integers(1, 53, count)
households = numpy.maximum(20, generator.lognormal(6, 0.6, count)).astype(int)
rooms = (households * generator.normal(5.4, 0.9, count).clip(2, 12)).astype(int)
bedrooms = (rooms * generator.normal(0.21, 0.03, count).clip(0.1, 0.4)).astype(int)
population = (households * generator.normal(2.9, 0.5, count).clip(1, 6)).astype(int)
income = generator.lognormal(1.25, 0.45, count).round(4)
factor = {"NEAR OCEAN": 1.35, "NEAR BAY": 1.45, "<1H OCEAN": 1.15, "INLAND": 0.75, "ISLAND": 1.8}
value = (45000 * income ** 0.75 * numpy.array([factor[name] for name in place]) * numpy.exp(
    0.1 * (rooms / households - 5.4) - 0.12 * numpy.tanh(city - 2) + 0.004 * (age - 26)
    + 0.15 * generator.normal(size=count))).round(-2).astype(int)
table = numpy.column_stack([longitude.round(2), latitude.round(2), age, rooms, bedrooms, population, households,
                            income]).astype(object)
for column in range(2, 7):
    table[:, column] = [int(x) for x in table[:, column]]
table[generator.random(count) < 0.05, 4] = None
place[generator.random(count) < 0.03] = None
names = ["longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms", "population",
         "households", "median_income", "ocean_proximity", "median_house_value"]
train, test = numpy.arange(3000), numpy.arange(3000, count)
for part, rows in [("train", train), ("test", test)]:
    write(f"housing-{part}.csv.gz", names, [[*table[row], place[row], value[row]] for row in rows])
numbers = table.astype("float64")  # None becomes NaN
ratios = FunctionTransformer(lambda x: numpy.column_stack([x, x[:, 3] / x[:, 6]]))
features = numpy.column_stack([numbers.astype(object), place])
measure("housing", lambda seed: make_pipeline(
    ColumnTransformer([
        ("numbers", make_pipeline(
            FunctionTransformer(lambda x: x.astype("float64")), SimpleImputer(strategy="median"), ratios,
            StandardScaler()), list(range(8))),
        ("place", make_pipeline(
            SimpleImputer(missing_values=None, strategy="most_frequent"), OneHotEncoder()), [8])]),
    TransformedTargetRegressor(
        MLPRegressor(**settings(seed, (32, 16), 0.001, 50, 30)), transformer=StandardScaler())),
    (features[train], value[train].astype("float64")), (features[test], value[test].astype("float64")))

def first_lines(path, count):
    with gzip.open(path) as lines:
        return b"".join(line for line, _ in zip(lines, range(count)))


def measure_mnist(name, paths, epochs):
    train, test = (numpy.loadtxt(path, delimiter=",", dtype="uint8") for path in paths)
    measure(name, lambda seed: make_pipeline(
        FunctionTransformer(lambda x: x / 255), MLPClassifier(**settings(seed, (128,), 0.001, 100, epochs))),
        (train[:, 1:], train[:, 0]), (test[:, 1:], test[:, 0]))


parts = [output / f"mnist-{part}.csv.gz" for part in ["train", "test"]]
if len(sys.argv) > 1:
    wholes = [pathlib.Path(sys.argv[1]) / f"mnist_{name}.csv.gz" for name in ["train_10000", "test_1000"]]
    for part, whole, count in zip(parts, wholes, [2000, 500]):
        part.write_bytes(gzip.compress(first_lines(whole, count), 9, mtime=0))
    measure_mnist("mnist", wholes, 8)
measure_mnist("mnist_part", parts, 20)

results_path.write_text(json.dumps(results, indent=1) + "\n")
