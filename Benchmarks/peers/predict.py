"""Prediction with ONNX Runtime, one thread.

use: predict.py NETWORK BATCH SECONDS          the networks of networks.py on a batch in memory
     predict.py mlp BATCH SECONDS FILE DATASET  the rows of an HDF5 file of bytes, scaled by 1/255, to
                                               another HDF5 file, as `sounder predict` does

Says {"ready": ...} once it is warm, then measures for SECONDS (or the file once) at every line it reads
and prints rows per second.
"""

import json
import os
import sys
import tempfile
import time

import networks
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """ONNX nodes one after the other, with random weights."""

    def __init__(self):
        self.nodes, self.weights, self.value = [], [], "input"
        self.generator = np.random.default_rng(1)

    def weight(self, *shape):
        name = f"weight{len(self.weights)}"
        values = self.generator.standard_normal(shape) / np.sqrt(max(1, np.prod(shape[:-1])))
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def integers(self, *values):
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def add(self, kind, *inputs, outputs=1, take=0, **attributes):
        names = [f"value{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, [self.value, *inputs], names, **attributes))
        self.value = names[take]

    def dense(self, inputs, outputs, activation=None):
        self.add("Gemm", self.weight(inputs, outputs), self.weight(outputs))
        if activation:
            self.add(activation, **({"axis": -1} if activation == "Softmax" else {}))

    def model(self, shape, outputs):
        def tensor(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", *shape])

        graph = helper.make_graph(
            self.nodes, "network", [tensor("input", shape)], [tensor(self.value, [outputs])],
            self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model.SerializeToString()


def model(network):
    graph = Graph()
    if network in networks.WIDTHS:
        pairs = networks.pairs(network)
        hidden, last = ("Sigmoid", "Sigmoid") if network == "ae" else ("Relu", "Softmax")
        for index, (inputs, outputs) in enumerate(pairs):
            graph.dense(inputs, outputs, last if index == len(pairs) - 1 else hidden)
        return graph.model(networks.input_shape(network), pairs[-1][1])
    if network == "cnn":
        graph.add("Transpose", perm=[0, 3, 1, 2])
        for inputs, outputs in ((1, 32), (32, 64)):
            graph.add("Conv", graph.weight(outputs, inputs, 3, 3), graph.weight(outputs))
            graph.add("Relu")
        graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        graph.add("Flatten")
        graph.dense(9216, 128, "Relu")
        graph.dense(128, 10, "Softmax")
        return graph.model((28, 28, 1), 10)
    graph.add("Transpose", perm=[1, 0, 2])
    gates = 4 if network == "lstm" else 3
    weights = [graph.weight(1, gates * 128, 28), graph.weight(1, gates * 128, 128),
               graph.weight(1, 2 * gates * 128)]
    if network == "lstm":
        graph.add("LSTM", *weights, outputs=2, take=1, hidden_size=128)
    else:
        graph.add("GRU", *weights, outputs=2, take=1, hidden_size=128, linear_before_reset=1)
    graph.add("Squeeze", graph.integers(0))
    graph.dense(128, 10, "Softmax")
    return graph.model((28, 28), 10)


def session(network):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model(network), options, ["CPUExecutionProvider"])


def memory_rate(runtime, network, size, seconds):
    features, _ = networks.batch(network, size)
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        runtime.run(None, {"input": features})
        count += 1
    return count * size / elapsed


def file_rate(runtime, size, path, name):
    import h5py

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, h5py.File(path) as file:
        rows = file[name]
        with h5py.File(f"{folder}/predictions.h5", "w") as output:
            predictions = output.create_dataset("predictions", (rows.shape[0], 10), np.float32)
            classes = output.create_dataset("classes", (rows.shape[0],), np.int64)
            for row in range(0, rows.shape[0], size):
                batch = rows[row : row + size].reshape(-1, 784).astype(np.float32) * (1 / 255)
                (values,) = runtime.run(None, {"input": batch})
                predictions[row : row + size] = values
                classes[row : row + size] = values.argmax(1)
        return rows.shape[0] / (time.perf_counter() - start)


def main():
    network, size, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    file = sys.argv[4:6]
    runtime = session(network)
    memory_rate(runtime, network, size, min(seconds, 0.3))
    print(json.dumps({"ready": "onnxruntime", "version": onnxruntime.__version__}), flush=True)
    for _ in sys.stdin:
        if file:
            rate = file_rate(runtime, size, *file)
        else:
            rate = memory_rate(runtime, network, size, seconds)
        print(json.dumps({"bench": "onnxruntime", "value": rate, "unit": "rows/s"}), flush=True)


main()
