#!/usr/bin/env python3
"""Writes Tests/Fixtures/layer-defaults.json: every layer of Keras 3 that a job file has, made with nothing but
the arguments that it needs.

Each entry has our name, the options that a job file needs, and what Keras writes: class and configuration.

usage: KERAS_BACKEND=jax Tests/Reference/layer_defaults.py    (keras 3)
"""
import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras

K = keras.layers
PATH = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "layer-defaults.json"

PLAIN = {
    "dense": ("Dense", {"units": 3}),
    "dropout": ("Dropout", {"rate": 0.5}),
    "flatten": ("Flatten", {}),
    "reshape": ("Reshape", {"target_shape": [2, 3]}),
    "permute": ("Permute", {"dims": [2, 1]}),
    "gaussian_noise": ("GaussianNoise", {"stddev": 0.5}),
    "gaussian_dropout": ("GaussianDropout", {"rate": 0.5}),
    "add": ("Add", {}),
    "subtract": ("Subtract", {}),
    "multiply": ("Multiply", {}),
    "average": ("Average", {}),
    "maximum": ("Maximum", {}),
    "minimum": ("Minimum", {}),
    "concatenate": ("Concatenate", {}),
    "prelu": ("PReLU", {}),
    "embedding": ("Embedding", {"input_dim": 5, "output_dim": 3}),
    "masking": ("Masking", {}),
    "repeat_vector": ("RepeatVector", {"n": 2}),
    "simple_rnn": ("SimpleRNN", {"units": 3}),
    "lstm": ("LSTM", {"units": 3}),
    "gru": ("GRU", {"units": 3}),
    "batch_normalization": ("BatchNormalization", {}),
    "layer_normalization": ("LayerNormalization", {}),
    "group_normalization": ("GroupNormalization", {}),
    "rms_normalization": ("RMSNormalization", {}),
    "multi_head_attention": ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {}),
    "elu": ("ELU", {}),
    "softmax": ("Softmax", {}),
}
for axes in (1, 2, 3):
    PLAIN[f"conv{axes}d"] = (f"Conv{axes}D", {"filters": 3, "kernel_size": 2})
    PLAIN[f"conv{axes}d_transpose"] = (f"Conv{axes}DTranspose", {"filters": 3, "kernel_size": 2})
    PLAIN[f"spatial_dropout{axes}d"] = (f"SpatialDropout{axes}D", {"rate": 0.5})
    for kind in ("Max", "Average"):
        needed = {"pool_size": 2} if kind == "Average" else {}
        PLAIN[f"{kind.lower()}_pooling{axes}d"] = (f"{kind}Pooling{axes}D", needed)
        PLAIN[f"global_{kind.lower()}_pooling{axes}d"] = (f"Global{kind}Pooling{axes}D", {})
    PLAIN[f"zero_padding{axes}d"] = (f"ZeroPadding{axes}D", {})
    PLAIN[f"cropping{axes}d"] = (f"Cropping{axes}D", {})
    PLAIN[f"up_sampling{axes}d"] = (f"UpSampling{axes}D", {})
for axes in (1, 2):
    PLAIN[f"depthwise_conv{axes}d"] = (f"DepthwiseConv{axes}D", {"kernel_size": 2})
    PLAIN[f"separable_conv{axes}d"] = (f"SeparableConv{axes}D", {"filters": 3, "kernel_size": 2})


def entry(name, options, layer):
    saved = keras.saving.serialize_keras_object(layer)
    config = {key: value for key, value in saved["config"].items() if key not in ("name", "dtype")}
    return {"name": name, "options": options, "class_name": saved["class_name"], "config": config}


entries = [entry(name, kwargs, getattr(K, kind)(**kwargs)) for name, (kind, kwargs) in PLAIN.items()]
entries.append(entry("activation", {"function": "tanh"}, K.Activation("tanh")))
entries.append(
    entry("bidirectional", {"layer": {"lstm": {"units": 3}}}, K.Bidirectional(K.LSTM(3))))
entries.append(
    entry("time_distributed", {"layer": {"dense": {"units": 3}}}, K.TimeDistributed(K.Dense(3))))
entries.sort(key=lambda e: e["name"])
PATH.write_text(
    json.dumps({"keras": keras.__version__, "layers": entries}, indent=1, default=str) + "\n")
