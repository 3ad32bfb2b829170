"""CPU seconds of one proposal of Optuna (ask and tell, one thread) after so many results.

    python timing.py tpe 50,200,500,1000

hartmann6, random points as results; the median of 5 proposals in a row up to 200 results, of 3
beyond. `search-bench --timing` does the same with ours.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import statistics
import sys
import time

import numpy as np
import objectives
import optuna
from tools import make

method, counts = sys.argv[1], [int(count) for count in sys.argv[2].split(",")]
space, function, _ = objectives.get("hartmann6")
print("method,objective,n,pending,reps,cpu_s_first,cpu_s_median")
for count in counts:
    random = np.random.RandomState(0)
    tool = make(method, space, 0, count)
    for _ in range(count):
        point = {axis["name"]: random.uniform(axis["low"], axis["high"]) for axis in space}
        tool.study.add_trial(optuna.trial.create_trial(
            params=point, distributions=tool.distributions, value=function(point)))
    times = []
    for _ in range(5 if count <= 200 else 3):
        start = time.process_time()
        handle, parameters = tool.ask()
        asking = time.process_time() - start
        value = function(parameters)
        start = time.process_time()
        tool.tell(handle, parameters, value)
        times.append(asking + time.process_time() - start)
    print(f"{method},hartmann6,{count},0,{len(times)},{times[0]:.6f},{statistics.median(times):.6f}",
          flush=True)
