#!/usr/bin/env python3
"""Writes Tests/NNTests/LossNumbers.swift: activations, losses, metrics and regularizers as Keras 3
computes them in float64 (activations, losses, regularizers) or float32 (metrics), and areas under
curves, precision, recall, F1 and R2 checked against scikit-learn here. Of losses also 20 training steps.

usage: KERAS_BACKEND=jax Tests/Reference/losses.py > Tests/NNTests/LossNumbers.swift

Needs keras (3.15), jax, numpy, scikit-learn.
"""
import os
import sys
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_ENABLE_X64"] = "1"
warnings.filterwarnings("ignore")

import jax
import keras
import numpy as np
import sklearn.metrics as sk

keras.backend.set_floatx("float64")
A, L, M = keras.activations, keras.losses, keras.metrics


def sequence(count, step, phase):
    """Numbers that the tests make again by themselves."""
    return np.sin(step * np.arange(count) + phase)


# Activations. No input lies on a kink, where either slope would do, but for relu's 0.
x = np.array([-30, -4, -2, -0.9, -0.4, -0.25, -1e-3, 1e-3, 0.2, 0.45, 0.8, 1.7, 2.5, 4, 6.5, 30])
upstream = sequence(16, 0.7, 1)
activations = {
    "linear": A.linear,
    "relu": A.relu,
    "relu: {negative_slope: 0.1, max_value: 2, threshold: 0.3}": lambda x: A.relu(
        x, negative_slope=0.1, max_value=2, threshold=0.3
    ),
    "relu: {max_value: 5}": lambda x: A.relu(x, max_value=5),
    "relu6": A.relu6,
    "leaky_relu": A.leaky_relu,
    "leaky_relu: {negative_slope: 0}": lambda x: A.leaky_relu(x, negative_slope=0.0),
    "elu": A.elu,
    "elu: {alpha: 0.5}": lambda x: A.elu(x, alpha=0.5),
    "selu": A.selu,
    "celu": A.celu,
    "celu: {alpha: 0.5}": lambda x: A.celu(x, alpha=0.5),
    "gelu": A.gelu,
    "gelu: {approximate: true}": lambda x: A.gelu(x, approximate=True),
    "silu": A.silu,
    "softplus": A.softplus,
    "softsign": A.softsign,
    "tanh": A.tanh,
    "tanh_shrink": A.tanh_shrink,
    "hard_tanh": A.hard_tanh,
    "hard_shrink": A.hard_shrink,
    "hard_shrink: {threshold: 0.3}": lambda x: A.hard_shrink(x, threshold=0.3),
    "soft_shrink": A.soft_shrink,
    "soft_shrink: {threshold: 0.3}": lambda x: A.soft_shrink(x, threshold=0.3),
    "sigmoid": A.sigmoid,
    "hard_sigmoid": A.hard_sigmoid,
    "hard_silu": A.hard_silu,
    "log_sigmoid": A.log_sigmoid,
    "softmax": lambda x: A.softmax(x[None])[0],
    "log_softmax": lambda x: A.log_softmax(x[None])[0],
    "sparsemax": lambda x: A.sparsemax(x[None])[0],
    "exponential": lambda x: A.exponential(x),
    "mish": A.mish,
    "squareplus": A.squareplus,
    "squareplus: {b: 0.5}": lambda x: A.squareplus(x, b=0.5),
    "threshold": lambda x: A.threshold(x, 0.0, 0.0),
    "threshold: {threshold: 0.5, default_value: -2}": lambda x: A.threshold(x, 0.5, -2.0),
    "sparse_plus": A.sparse_plus,
    "sparse_sigmoid": A.sparse_sigmoid,
    "glu": lambda x: A.glu(x[None])[0],
}

# Losses: 4 rows of 3 logits, behind softmax, sigmoid or nothing.
# No number lies on a kink of a loss, where any slope between two would do.
logits = np.array([[2.0, -1.1, 0.5], [0.1, 0.2, -0.3], [-4.0, 3.0, 0.9], [3.0, -4.0, 0.15]])
soft = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8], [0.0, 1.0, 0.0]])
hot = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0]])
labels = np.array([0, 2, 1, 1])
# Float weights of the rows; then of the classes.
row_weights = np.array([0.5, 2.0, 0.0, 1.25])
class_weights = np.array([0.5, 3.0, 1.5])


def keep(loss, **options):
    return lambda y, p: loss(y, p, **options)


# (job file text, function of (y, p), what the outputs are, kind of targets)
losses = [
    ("sparse_categorical_crossentropy", L.sparse_categorical_crossentropy, "softmax", "labels"),
    ("sparse_categorical_crossentropy", L.sparse_categorical_crossentropy, "sigmoid", "labels"),
    (
        "sparse_categorical_crossentropy: {from_logits: true}",
        keep(L.sparse_categorical_crossentropy, from_logits=True),
        "linear",
        "labels",
    ),
    # Keras smooths one-hot targets only; the equal loss of labels is ours.
    (
        "sparse_categorical_crossentropy: {label_smoothing: 0.2}",
        lambda y, p: L.categorical_crossentropy(np.eye(3)[y], p, label_smoothing=0.2),
        "softmax",
        "labels",
    ),
    (
        "sparse_categorical_crossentropy: {label_smoothing: 0.2}",
        lambda y, p: L.categorical_crossentropy(np.eye(3)[y], p, label_smoothing=0.2),
        "sigmoid",
        "labels",
    ),
    ("categorical_crossentropy", L.categorical_crossentropy, "softmax", "soft"),
    ("categorical_crossentropy", L.categorical_crossentropy, "sigmoid", "soft"),
    (
        "categorical_crossentropy: {from_logits: true, label_smoothing: 0.1}",
        keep(L.categorical_crossentropy, from_logits=True, label_smoothing=0.1),
        "linear",
        "soft",
    ),
    (
        "categorical_crossentropy: {label_smoothing: 0.1}",
        keep(L.categorical_crossentropy, label_smoothing=0.1),
        "softmax",
        "soft",
    ),
    ("binary_crossentropy", L.binary_crossentropy, "sigmoid", "soft"),
    ("binary_crossentropy", L.binary_crossentropy, "softmax", "soft"),
    (
        "binary_crossentropy: {from_logits: true, label_smoothing: 0.1}",
        keep(L.binary_crossentropy, from_logits=True, label_smoothing=0.1),
        "linear",
        "soft",
    ),
    (
        "binary_crossentropy: {label_smoothing: 0.1}",
        keep(L.binary_crossentropy, label_smoothing=0.1),
        "softmax",
        "soft",
    ),
    ("categorical_focal_crossentropy", L.categorical_focal_crossentropy, "softmax", "soft"),
    ("categorical_focal_crossentropy", L.categorical_focal_crossentropy, "sigmoid", "soft"),
    (
        "categorical_focal_crossentropy: {alpha: 0.7, gamma: 1.5, label_smoothing: 0.1, from_logits: true}",
        keep(
            L.categorical_focal_crossentropy,
            alpha=0.7,
            gamma=1.5,
            label_smoothing=0.1,
            from_logits=True,
        ),
        "linear",
        "soft",
    ),
    ("binary_focal_crossentropy", L.binary_focal_crossentropy, "sigmoid", "soft"),
    (
        "binary_focal_crossentropy: {apply_class_balancing: true, alpha: 0.4, gamma: 3, label_smoothing: 0.1}",
        keep(
            L.binary_focal_crossentropy,
            apply_class_balancing=True,
            alpha=0.4,
            gamma=3.0,
            label_smoothing=0.1,
        ),
        "softmax",
        "soft",
    ),
    (
        "binary_focal_crossentropy: {from_logits: true, gamma: 0.5}",
        keep(L.binary_focal_crossentropy, from_logits=True, gamma=0.5),
        "linear",
        "soft",
    ),
    ("mean_squared_error", L.mean_squared_error, "linear", "soft"),
    ("mean_absolute_error", L.mean_absolute_error, "linear", "soft"),
    ("mean_absolute_percentage_error", L.mean_absolute_percentage_error, "linear", "large"),
    ("mean_squared_logarithmic_error", L.mean_squared_logarithmic_error, "linear", "soft"),
    ("huber", L.huber, "linear", "soft"),
    ("huber: {delta: 0.25}", keep(L.huber, delta=0.25), "sigmoid", "soft"),
    ("log_cosh", L.log_cosh, "linear", "soft"),
    ("hinge", L.hinge, "linear", "hot"),
    ("hinge", L.hinge, "linear", "signs"),
    ("squared_hinge", L.squared_hinge, "linear", "hot"),
    ("squared_hinge", L.squared_hinge, "linear", "signs"),
    ("categorical_hinge", L.categorical_hinge, "linear", "hot"),
    ("kl_divergence", L.kl_divergence, "softmax", "soft"),
    ("kl_divergence", L.kl_divergence, "linear", "soft"),
    ("poisson", L.poisson, "sigmoid", "soft"),
    ("cosine_similarity", L.cosine_similarity, "linear", "soft"),
]
targets = {"labels": labels, "soft": soft, "hot": hot, "signs": 2 * hot - 1, "large": soft + 0.5}
outputs = {
    "linear": lambda z: z,
    "softmax": lambda z: keras.ops.softmax(z, axis=-1),
    "sigmoid": keras.ops.sigmoid,
}


def loss_case(text, loss, last, kind):
    """Losses of the rows, the gradient of their mean by the logits; the same with the weights of
    rows and classes."""
    y = targets[kind]
    rows = np.array(loss(y, outputs[last](logits)))
    classes = labels if kind == "labels" else np.argmax(y, -1)
    weights = row_weights * class_weights[classes]

    def mean(z, w):
        return keras.ops.mean(w * loss(y, outputs[last](z)))

    plain = jax.grad(mean)(logits, np.ones(4))
    weighted = jax.grad(mean)(logits, weights)
    return text, last, kind, rows, np.array(plain), float(mean(logits, weights)), np.array(weighted)


# 20 steps of gradient descent of a dense layer 3-3 with the loss's activation, on the same targets.
# The tests make features and first weights (kernel, then bias) again by themselves. MAPE's gradients
# are some hundred times as large as the others'.
features = sequence(12, 0.9, 0.5).reshape(4, 3)
beginning = 0.5 * sequence(12, 0.7, 2)


def training(text, loss, last, kind):
    """The learning rate, the mean loss before each step, the weights after the last one."""
    y, rate = targets[kind], 0.001 if text == "mean_absolute_percentage_error" else 0.1

    def mean(w):
        return keras.ops.mean(loss(y, outputs[last](features @ w[:9].reshape(3, 3) + w[9:])))

    step = jax.jit(jax.value_and_grad(mean))
    w, history = beginning, []
    for _ in range(20):
        value, gradient = step(w)
        history.append(float(value))
        w = w - rate * gradient
    if not float(mean(w)) < history[0]:
        sys.exit(f"{text}, {last}, {kind}: 20 steps do not lower the loss from {history[0]}")
    return rate, history, np.array(w)


def numbers(values, indent):
    text, line = [], indent
    for value in np.ravel(values):
        item = f"{value:.9g}, ".replace("nan", ".nan")
        if len(line) + len(item) > 99:
            text.append(line.rstrip())
            line = indent
        line += item
    return "\n".join(text + [line.rstrip()])


def field(name, values, indent=6):
    pad = " " * indent
    return f"{pad}{name}: [\n{numbers(values, pad + '  ')}\n{pad}]"


print("// Written by Tests/Reference/losses.py; do not edit.")
print("// swift-format-ignore-file\n")
print("/// What Keras 3 and scikit-learn compute.")
print("enum LossNumbers {")
print("  /// The inputs of the activations.\n  static let inputs: [Double] = [")
print(numbers(x, "    ") + "\n  ]")
print("\n  /// The gradient of the activations' outputs; glu's of its 8 outputs are the first 8.")
print("  static let upstream: [Double] = [\n" + numbers(upstream, "    ") + "\n  ]")
print("\n  struct ActivationCase: Sendable {\n    let text: String\n    let outputs: [Double], gradient: [Double]\n  }")
print("\n  /// f(inputs), and the gradient of the inputs.\n  static let activations: [ActivationCase] = [")
for text, f in activations.items():
    y, back = jax.vjp(f, jax.numpy.array(x))
    (d,) = back(jax.numpy.array(upstream[: len(y)], y.dtype))
    print(f'    .init(\n      text: "{text}",')
    print(field("outputs", y) + ",\n" + field("gradient", d) + "),")
print("  ]")

print("\n  /// 4 x 3 logits.\n  static let logits: [Double] = [\n" + numbers(logits, "    ") + "\n  ]")
print("\n  /// Targets by kind.\n  static let targets: [String: [Double]] = [")
for kind, y in targets.items():
    print(f'    "{kind}": [\n{numbers(y, "      ")}\n    ],')
print("  ]")
print("\n  /// Weights of the 4 rows, then of the 3 classes.")
print("  static let rowWeights: [Float] = [\n" + numbers(row_weights, "    ") + "\n  ]")
print("  static let classWeights: [Float] = [\n" + numbers(class_weights, "    ") + "\n  ]")
print(
    """
  struct LossCase: Sendable {
    let text: String, last: String, targets: String
    /// The losses of the rows, and the gradient of their mean by the logits.
    let rows: [Double], gradient: [Double]
    /// The mean with the weights of rows and classes, and its gradient.
    let weightedMean: Double
    let weightedGradient: [Double]
    /// The learning rate of 20 steps, the mean loss before each, and the weights after the last.
    let rate: Double, history: [Double], trained: [Double]
  }

  static let losses: [LossCase] = ["""
)
for text, loss, last, kind in losses:
    rate, history, trained = training(text, loss, last, kind)
    text, last, kind, rows, plain, mean, weighted = loss_case(text, loss, last, kind)
    print(f'    .init(\n      text: "{text}", last: "{last}", targets: "{kind}",')
    print(field("rows", rows) + ",\n" + field("gradient", plain) + ",")
    print(f"      weightedMean: {mean:.9g},")
    print(field("weightedGradient", weighted) + ",")
    print(f"      rate: {rate},\n" + field("history", history) + ",\n" + field("trained", trained) + "),")
print("  ]")

# Metrics: 200 samples of 4 outputs, scores at the middles of our bins of 1 / 65536 for a fair
# comparison of areas: no score lies on an edge.
rows, classes = 200, 4
z = 3 * sequence(rows * classes, 1.7, 0.3).reshape(rows, classes)
y = (np.arange(rows) * 7 // 3) % classes
z[np.arange(rows), y] += 1.2 * sequence(rows, 2.3, 1) + 1
w = np.round(2 * np.abs(sequence(rows, 0.9, 2)) * 8) / 8
p = np.array(keras.ops.softmax(z, axis=-1))
s = np.array(keras.ops.sigmoid(z))
p32, s32 = p.astype(np.float32), s.astype(np.float32)
y_hot = np.eye(classes)[y]
real = z + sequence(rows * classes, 0.37, 1).reshape(rows, classes)
positive = np.abs(real) + 0.1
THRESHOLDS = list(np.arange(65536) / 65536)


def measure(metric, target, output, weights):
    metric.update_state(target, output, sample_weight=weights)
    return float(metric.result())


def f1(**options):
    return lambda: M.F1Score(**options)


def perplexity(target, output, weights):
    rows = np.array(L.sparse_categorical_crossentropy(target, output))
    return float(np.exp(np.average(rows, weights=weights)))


# (job file text, loss, kind of outputs, Keras' metric)
metrics = [
    ("accuracy", "sparse_categorical_crossentropy", M.SparseCategoricalAccuracy),
    ("accuracy", "categorical_crossentropy", M.CategoricalAccuracy),
    ("accuracy", "binary_crossentropy", M.BinaryAccuracy),
    ("accuracy", "mean_squared_error", M.CategoricalAccuracy),
    ("binary_accuracy", "binary_crossentropy", M.BinaryAccuracy),
    ("binary_accuracy: {threshold: 0.3}", "binary_crossentropy", lambda: M.BinaryAccuracy(threshold=0.3)),
    ("categorical_accuracy", "categorical_crossentropy", M.CategoricalAccuracy),
    ("sparse_categorical_accuracy", "sparse_categorical_crossentropy", M.SparseCategoricalAccuracy),
    ("top_k_accuracy", "sparse_categorical_crossentropy", lambda: M.SparseTopKCategoricalAccuracy(k=4)),
    ("top_k_accuracy: {k: 2}", "sparse_categorical_crossentropy", lambda: M.SparseTopKCategoricalAccuracy(k=2)),
    ("top_k_accuracy: {k: 3}", "categorical_crossentropy", lambda: M.TopKCategoricalAccuracy(k=3)),
    ("precision", "binary_crossentropy", M.Precision),
    ("precision: {threshold: 0.7}", "categorical_crossentropy", lambda: M.Precision(thresholds=0.7)),
    ("precision: {top_k: 2, class_id: 1}", "categorical_crossentropy", lambda: M.Precision(top_k=2, class_id=1)),
    ("recall", "binary_crossentropy", M.Recall),
    ("recall: {top_k: 1}", "categorical_crossentropy", lambda: M.Recall(top_k=1)),
    ("recall: {class_id: 2}", "binary_crossentropy", lambda: M.Recall(class_id=2)),
    ("f1_score", "categorical_crossentropy", f1(average="macro")),
    ("f1_score: {average: micro}", "categorical_crossentropy", f1(average="micro")),
    ("f1_score: {average: weighted}", "categorical_crossentropy", f1(average="weighted")),
    ("f1_score: {average: macro}", "binary_crossentropy", f1(average="macro", threshold=0.5)),
    ("roc_auc", "binary_crossentropy", lambda: M.AUC(thresholds=THRESHOLDS[1:])),
    ("roc_auc: {class_id: 1}", "categorical_crossentropy", None),
    ("pr_auc", "binary_crossentropy", lambda: M.AUC(curve="PR", thresholds=THRESHOLDS[1:])),
    ("root_mean_squared_error", "mean_squared_error", M.RootMeanSquaredError),
    ("r2_score", "mean_squared_error", M.R2Score),
    (
        "r2_score: {class_aggregation: variance_weighted_average}",
        "mean_squared_error",
        lambda: M.R2Score(class_aggregation="variance_weighted_average"),
    ),
    ("perplexity", "sparse_categorical_crossentropy", None),
    ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy", M.SparseCategoricalCrossentropy),
    ("categorical_crossentropy", "categorical_crossentropy", M.CategoricalCrossentropy),
    (
        "categorical_crossentropy: {label_smoothing: 0.1}",
        "categorical_crossentropy",
        lambda: M.CategoricalCrossentropy(label_smoothing=0.1),
    ),
    ("binary_crossentropy", "binary_crossentropy", M.BinaryCrossentropy),
    ("mean_squared_error", "mean_squared_error", M.MeanSquaredError),
    ("mean_absolute_error", "mean_squared_error", M.MeanAbsoluteError),
    ("mean_absolute_percentage_error", "mean_squared_error", M.MeanAbsolutePercentageError),
    ("mean_squared_logarithmic_error", "poisson", M.MeanSquaredLogarithmicError),
    ("log_cosh", "mean_squared_error", M.LogCoshError),
    ("hinge", "hinge", M.Hinge),
    ("squared_hinge", "hinge", M.SquaredHinge),
    ("categorical_hinge", "hinge", M.CategoricalHinge),
    ("kl_divergence", "categorical_crossentropy", M.KLDivergence),
    ("poisson", "poisson", M.Poisson),
    ("cosine_similarity", "mean_squared_error", M.CosineSimilarity),
    # No metric of Keras': the mean of the loss.
    ("huber", "mean_squared_error", lambda: M.MeanMetricWrapper(L.huber, name="huber")),
    (
        "categorical_focal_crossentropy",
        "categorical_crossentropy",
        lambda: M.MeanMetricWrapper(L.categorical_focal_crossentropy, name="focal"),
    ),
    (
        "binary_focal_crossentropy",
        "binary_crossentropy",
        lambda: M.MeanMetricWrapper(L.binary_focal_crossentropy, name="focal"),
    ),
]
given = {
    "sparse_categorical_crossentropy": (y, p32),
    "categorical_crossentropy": (y_hot, p32),
    "binary_crossentropy": (y_hot, s32),
    "mean_squared_error": (real, z),
    "poisson": (positive, np.abs(z) + 0.2),
    "hinge": (2 * y_hot - 1, z),
}


def special(text, target, output, weights):
    if text == "perplexity":
        return perplexity(target, output, weights)
    return sk.roc_auc_score(target[:, 1], output[:, 1], sample_weight=weights)


def close(a, b, tolerance, what):
    if not abs(a - b) <= tolerance:
        sys.exit(f"{what}: Keras {a}, scikit-learn {b}")


def check(text, loss, weights, value):
    """What scikit-learn knows too, it must see alike."""
    target, output = given[loss]
    repeated = None if weights is None else np.repeat(weights, classes)
    if text == "roc_auc":
        close(value, sk.roc_auc_score(target.ravel(), output.ravel(), sample_weight=repeated), 1e-5, text)
    if text == "pr_auc":
        # Steps instead of the interpolation between points: near, for 800 scores.
        exact = sk.average_precision_score(target.ravel(), output.ravel(), sample_weight=repeated)
        close(value, exact, 5e-3, text)
    if text.startswith("f1_score") and loss.startswith("categorical"):
        average = text.split("average: ")[1].rstrip("}") if "average" in text else "macro"
        close(value, sk.f1_score(y, output.argmax(-1), average=average, sample_weight=weights), 1e-6, text)
    if text == "recall: {top_k: 1}":
        close(value, sk.recall_score(y, output.argmax(-1), average="micro", sample_weight=weights), 1e-6, text)
    if text == "precision":
        close(
            value,
            sk.precision_score(target.ravel(), output.ravel() > 0.5, sample_weight=repeated),
            1e-6,
            text,
        )
    if text == "r2_score":
        close(value, sk.r2_score(target, output, sample_weight=weights), 1e-5, text)


print("\n  /// The figure of all samples, and with the samples' weights; see `MetricReferenceTests`.")
print("  struct MetricCase: Sendable {\n    let text: String, loss: String\n    let plain: Double, weighted: Double\n  }")
print("\n  static let metrics: [MetricCase] = [")
for text, loss, metric in metrics:
    target, output = given[loss]
    found = []
    for weights in (None, w):
        value = measure(metric(), target, output, weights) if metric else special(text, target, output, weights)
        check(text, loss, weights, value)
        found.append(value)
    print(f'    .init(text: "{text}", loss: "{loss}", plain: {found[0]:.9g}, weighted: {found[1]:.9g}),')
print("  ]")

# The rest by the average of each class alone, which only scikit-learn has.
print("\n  /// Precision, recall and F1 of the largest output, averaged over the classes (scikit-learn).")
print("  static let averages: [MetricCase] = [")
for figure, f in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1_score", sk.f1_score)):
    for average in ("micro", "macro", "weighted"):
        a, b = (f(y, p.argmax(-1), average=average, sample_weight=k) for k in (None, w))
        text = f"{figure}: {{top_k: 1, average: {average}}}"
        print(f'    .init(text: "{text}", loss: "sparse_categorical_crossentropy", plain: {a:.9g}, weighted: {b:.9g}),')
print("  ]")

# Regularizers of 5 weights, none of them 0: there the slope of |w| depends on Keras' backend.
v = np.array([0.5, -1.0, 2.0, 0.75, -0.25])
print("\n  /// The penalty of 5 weights, and its gradient.")
print("  static let weights: [Float] = [\n" + numbers(v, "    ") + "\n  ]")
print("  struct RegularizerCase: Sendable {\n    let text: String\n    let penalty: Double\n    let gradient: [Double]\n  }")
print("\n  static let regularizers: [RegularizerCase] = [")
R = keras.regularizers
for text, r in [
    ("l1", R.L1()),
    ("l2", R.L2()),
    ("l1: 0.3", R.L1(0.3)),
    ("l2: {l2: 0.2}", R.L2(0.2)),
    ("l1_l2: {l1: 0.1, l2: 0.2}", R.L1L2(0.1, 0.2)),
    ("elastic_net: {l1: 0.1, l2: 0.2}", R.L1L2(0.1, 0.2)),
]:
    print(f'    .init(\n      text: "{text}", penalty: {float(r(v)):.9g},')
    print(field("gradient", jax.grad(lambda v: r(v))(v)) + "),")
print("  ]\n}")
