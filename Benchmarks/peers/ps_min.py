"""A minimal parameter server in Python: mpi4py, NumPy gradients, plain SGD.

use: mpirun -n RANKS ps_min.py SECONDS BATCH

Rank 0 keeps the parameters of 784-256-256-10 and applies what the workers send, in the order of
arrival (Downpour); the other ranks compute a gradient with NumPy on one thread, send it (Isend) and
receive the parameters (Irecv). Prints the updates per second that the server applied.
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from mpi4py import MPI

WIDTHS = [784, 256, 256, 10]
SHAPES = list(zip(WIDTHS, WIDTHS[1:]))
COUNT = sum(inputs * outputs + outputs for inputs, outputs in SHAPES)
GRADIENT, PARAMETERS, STOP = 1, 2, 3

world = MPI.COMM_WORLD


def views(flat):
    result, offset = [], 0
    for inputs, outputs in SHAPES:
        kernel = flat[offset : offset + inputs * outputs].reshape(inputs, outputs)
        offset += inputs * outputs
        result.append((kernel, flat[offset : offset + outputs]))
        offset += outputs
    return result


def compute_gradient(parameters, gradient, x, y):
    activations = [x]
    for index, (kernel, bias) in enumerate(parameters):
        z = activations[-1] @ kernel
        z += bias
        if index < len(parameters) - 1:
            np.maximum(z, 0, out=z)
        activations.append(z)
    z = activations.pop()
    z -= z.max(1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(1, keepdims=True)
    z[np.arange(len(y)), y] -= 1
    z /= len(y)
    for index in range(len(parameters) - 1, -1, -1):
        np.matmul(activations[index].T, z, out=gradient[index][0])
        gradient[index][1][:] = z.sum(0)
        if index:
            z = z @ parameters[index][0].T
            z *= activations[index] > 0


def serve(seconds, batch):
    workers = world.size - 1
    parameters = np.random.default_rng(0).standard_normal(COUNT).astype(np.float32) * 0.02
    received = [np.empty(COUNT, np.float32) for _ in range(world.size)]
    outgoing = [np.empty(COUNT, np.float32) for _ in range(world.size)]
    change = np.empty(COUNT, np.float32)
    receives = [MPI.REQUEST_NULL]
    receives += [world.Irecv(received[rank], rank, GRADIENT) for rank in range(1, world.size)]
    sends = [MPI.REQUEST_NULL] * world.size
    status, updates, stopped, start = MPI.Status(), 0, 0, time.perf_counter()
    while stopped < workers:
        rank = MPI.Request.Waitany(receives, status)
        updates += 1
        np.multiply(received[rank], -1e-4, out=change)
        parameters += change
        sends[rank].Wait()
        if time.perf_counter() - start > seconds:
            stopped += 1
            world.Send(parameters, rank, STOP)
        else:
            outgoing[rank][:] = parameters
            sends[rank] = world.Isend(outgoing[rank], rank, PARAMETERS)
            receives[rank] = world.Irecv(received[rank], rank, GRADIENT)
    elapsed = time.perf_counter() - start
    MPI.Request.Waitall(sends)
    result = {"bench": "ps_min", "workload": f"batch {batch}, {workers} workers"}
    print(json.dumps({**result, "value": updates / elapsed, "unit": "updates/s"}), flush=True)


def work(batch):
    parameters, gradient = np.full(COUNT, 0.01, np.float32), np.zeros(COUNT, np.float32)
    parameter_views, gradient_views = views(parameters), views(gradient)
    generator = np.random.default_rng(world.rank)
    x = generator.random((batch, WIDTHS[0]), dtype=np.float32)
    y = generator.integers(0, WIDTHS[-1], batch)
    status = MPI.Status()
    while status.Get_tag() != STOP:
        compute_gradient(parameter_views, gradient_views, x, y)
        send = world.Isend(gradient, 0, GRADIENT)
        world.Irecv(parameters, 0, MPI.ANY_TAG).Wait(status)
        send.Wait()


seconds, batch = float(sys.argv[1]), int(sys.argv[2])
world.Barrier()
if world.rank == 0:
    serve(seconds, batch)
else:
    work(batch)
