#!/usr/bin/env python3
"""Makes a Keras file of what TensorFlow saved, for `network.layers: - model:` and `sounder predict`.

    tensorflow-to-keras.py SAVED_MODEL model.h5
    tensorflow-to-keras.py CHECKPOINT model.h5 --model model.json
    tensorflow-to-keras.py CHECKPOINT model.h5 --model model.json --map hidden/kernel=layer1/weights

SAVED_MODEL is a folder with saved_model.pb, CHECKPOINT the common beginning of the names of a checkpoint's files
(`ckpt-3` of ckpt-3.index and ckpt-3.data-00000-of-00001), or a folder with a file `checkpoint`, whose newest one
is taken. A SavedModel of Keras 2 has its layers in it; a checkpoint and every other SavedModel has variables
alone, and model.json (model.to_json() of Keras 2) says the layers. Variables are found by the names of the layers'
weights (`dense/kernel`), by the object graph of a Keras checkpoint, or by --map.

Needs `pip install tensorflow-cpu tf_keras`. Nothing is left at its initial value silently: a weight without a
variable, or with one of another shape, ends the program with status 65.
"""

import argparse
import difflib
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def fail(message):
    print(f"tensorflow-to-keras: {message}", file=sys.stderr)
    sys.exit(65)


try:
    import tensorflow as tf
    import tf_keras
except ImportError as error:
    fail(f"{error}: pip install tensorflow-cpu tf_keras")


def plain(name):
    """`dense/kernel` of `dense/kernel:0`."""
    return name.split(":")[0]


def fill_by_name(model, reader, renamed):
    """Sets each weight to the variable of its name."""
    shapes = reader.get_variable_to_shape_map()
    known = {plain(weight.name) for weight in model.weights}
    for name in renamed:
        if name not in known:
            fail(f"--map: the model has no weight '{name}', it has {', '.join(sorted(known))}")
    values = []
    for weight in model.weights:
        name = renamed.get(plain(weight.name), plain(weight.name))
        if name not in shapes:
            near = difflib.get_close_matches(name, shapes, 3) or sorted(shapes)[:20]
            fail(
                f"weight '{plain(weight.name)}': there is no variable '{name}', but {', '.join(near)}: "
                f"name it with --map {plain(weight.name)}=VARIABLE"
            )
        if list(shapes[name]) != list(weight.shape):
            fail(f"weight '{plain(weight.name)}' has the shape {list(weight.shape)}, the variable '{name}' "
                 f"{list(shapes[name])}")
        values.append(reader.get_tensor(name))
    model.set_weights(values)


def fill(model, prefix, renamed):
    try:
        reader = tf.train.load_checkpoint(prefix)
    except Exception as error:  # whatever TensorFlow throws about a damaged file
        fail(f"{prefix} is no checkpoint: {error}")
    if reader.has_tensor(OBJECT_GRAPH) and not renamed:
        try:
            model.load_weights(prefix).assert_existing_objects_matched()
            return
        except Exception as error:
            fail(f"{prefix} has not all weights of the model: {error}")
    fill_by_name(model, reader, renamed)


def architecture(path):
    if path is None:
        fail("there are variables alone: say with --model which layers they belong to (model.to_json())")
    try:
        with open(path, encoding="utf-8") as file:
            return tf_keras.models.model_from_json(file.read())
    except Exception as error:
        fail(f"{path}: {error}")


def load(arguments):
    source = arguments.source
    renamed = {}
    for item in arguments.map:
        name, equals, variable = item.partition("=")
        if not (name and equals and variable):
            fail(f"--map {item}: expected WEIGHT=VARIABLE")
        renamed[name] = variable
    if os.path.exists(os.path.join(source, "saved_model.pb")):
        if arguments.model is None and not renamed:
            try:
                model = tf_keras.models.load_model(source, compile=False)
            except Exception as error:
                fail(f"{source}: {error}")
            if hasattr(model, "get_config") and hasattr(model, "layers"):
                return model
        model = architecture(arguments.model)
        fill(model, os.path.join(source, "variables", "variables"), renamed)
        return model
    if os.path.isdir(source):
        newest = tf.train.latest_checkpoint(source)
        if newest is None:
            fail(f"{source} has neither saved_model.pb nor a file 'checkpoint'")
        source = newest
    model = architecture(arguments.model)
    fill(model, source, renamed)
    return model


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="a SavedModel, or a checkpoint")
    parser.add_argument("output", help="the file to write: NAME.h5")
    parser.add_argument("--model", help="the text of model.to_json() of Keras 2")
    parser.add_argument("--map", action="append", default=[], metavar="WEIGHT=VARIABLE")
    arguments = parser.parse_args()
    if not arguments.output.endswith(".h5"):
        fail(f"{arguments.output}: the name of the output ends in .h5")
    if os.path.exists(arguments.output):
        fail(f"{arguments.output} is there already: remove it, or choose another name")
    model = load(arguments)
    model.save(arguments.output, save_format="h5", include_optimizer=False)
    print(f"wrote {arguments.output}  layers {len(model.layers)}  weights {model.count_params()}")


main()
