"""Writes Tests/Fixtures/stages.json: what scikit-learn makes of the same rows.

Run with scikit-learn 1.9 and NumPy 2:  python3 Tests/Reference/stages.py
"""
import json
import pathlib

import numpy
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, PolynomialFeatures,
                                   PowerTransformer, RobustScaler)

generator = numpy.random.default_rng(2)
count = 97
common = generator.normal(size=count)
rows = numpy.column_stack([
    generator.lognormal(size=count),  # skewed, positive
    generator.gumbel(size=count) * 2 - 1 + common,  # skewed, of both signs
    100 * generator.exponential(size=count) + 1e-3,  # large, positive
    numpy.full(count, 2.5),  # constant
    1000 + common + 0.1 * generator.normal(size=count),  # large mean, much like column 1
    numpy.zeros(count),
]).astype("float32")
positive = rows[:, [0, 2]]
missing = numpy.round(rows * 2) / 2  # with repeated numbers
missing[generator.random(missing.shape) < 0.15] = numpy.nan
missing[:, 4] = numpy.round(rows[:, 4])  # one column without missing values
wide = rows.astype("float64")
reference = {"rows": rows, "positive": positive, "missing": missing}


def add(name, transformer, data):
    """Adds the outputs of a fitted transformer."""
    data = data.astype("float64")
    reference[name] = transformer.fit(data).transform(data)
    return transformer


add("min_max", MinMaxScaler((-1, 3)), wide)
add("max_abs", MaxAbsScaler(), wide)
add("robust", RobustScaler(quantile_range=(10, 80)), wide)
yeo_johnson = add("yeo_johnson", PowerTransformer("yeo-johnson"), wide)
box_cox = add("box_cox", PowerTransformer("box-cox"), positive)
plain = add("box_cox_plain", PowerTransformer("box-cox", standardize=False), positive)
reference["yeo_johnson_lambda"] = yeo_johnson.lambdas_
reference["box_cox_lambda"] = box_cox.lambdas_
pca = add("pca", PCA(3, svd_solver="covariance_eigh"), wide)
add("pca_whiten", PCA(3, svd_solver="covariance_eigh", whiten=True), wide)
reference["pca_components"] = pca.components_
reference["pca_variance"] = pca.explained_variance_
reference["pca_share_count"] = PCA(0.9995, svd_solver="full").fit(wide).n_components_
for strategy in ["mean", "median", "most_frequent"]:
    add(strategy, SimpleImputer(strategy=strategy), missing)
add("bins", KBinsDiscretizer(4, strategy="quantile", quantile_method="linear", encode="ordinal"),
    wide[:, [0, 1, 2, 4]])
reference["buckets"] = numpy.digitize(wide, [-1.5, 0, 2.5, 100])
add("polynomial", PolynomialFeatures(3, include_bias=False), positive)
add("interactions", PolynomialFeatures(2, interaction_only=True), positive)


def plain_numbers(value):
    """Lists of numbers, row by row, with null for NaN."""
    if numpy.isscalar(value):
        return int(value)
    flat = numpy.asarray(value, dtype=value.dtype if value.dtype == "float32" else "float64").ravel()
    return [None if numpy.isnan(x) else float(x) for x in flat]


path = pathlib.Path(__file__).parent.parent / "Fixtures/stages.json"
path.write_text(json.dumps({name: plain_numbers(value) for name, value in reference.items()}) + "\n")
