"""End to end: jobs/fashion-search.yaml by Sounder and by Optuna with PyTorch, in turns.

    python fashion.py --sounder PATH --job jobs/fashion-search.yaml --seconds 120 --seeds 1-5

Both have the same wall time and two cores for each seed: Sounder as `sounder search --ranks 5`, Optuna
as two processes on one journal (peers/fashion_optuna.py; their clock starts when their data are
loaded, ours when the program starts). Counted are trials that ended, pruned ones too, within the
time; both journals are read by Optuna. Prints a line for each seed and the medians. Started by
fashion.sh, whose virtual environment has the packages.
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "fashion_optuna.py")


def ours(options, seed, folder):
    """The journal and the time at which the clock started."""
    start = time.time()
    command = [options.sounder, "search", options.job, "--ranks", str(options.ranks)]
    settings = {
        "search.wall_time": f"{options.seconds:g} s", "search.trials": 100_000,
        "search.seed": seed, "output.model": f"{folder}/fashion.h5",
        "search.journal": f"{folder}/study.log",
    }
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    with open(f"{folder}/sounder.txt", "w") as log:
        # Time to stop and to write the report: what ends later is not counted.
        status = subprocess.run(
            command, stdout=log, stderr=log, timeout=options.seconds * 2 + 60).returncode
    if status not in (0, 75):
        with open(f"{folder}/sounder.txt") as log:
            sys.exit(f"sounder search ended with {status}:\n{log.read()[-2000:]}")
    return f"{folder}/study.log", start


def theirs(options, seed, folder):
    journal = f"{folder}/optuna.log"
    processes = [
        subprocess.Popen(
            [sys.executable, PEER, journal, str(seed), str(process), str(options.seconds)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for process in range(2)
    ]
    for process in processes:
        if process.stdout.readline() != "ready\n":
            sys.exit("a process of Optuna's ended early: see its message above")
    start = time.time()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        if process.wait(timeout=options.seconds * 2 + 60) != 0:
            sys.exit("a process of Optuna's failed: see its message above")
    return journal, start


def outcome(journal, start, seconds):
    """Trials that ended in time, how many of them to the last epoch, the best value of those."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = JournalStorage(JournalFileBackend(journal))
    study = optuna.load_study(
        study_name=optuna.get_all_study_names(storage)[0], storage=storage)
    end = datetime.datetime.fromtimestamp(start + seconds)
    ended = [
        trial for trial in study.get_trials(deepcopy=False)
        if trial.datetime_complete and trial.datetime_complete <= end
    ]
    complete = [trial for trial in ended if trial.state == optuna.trial.TrialState.COMPLETE]
    pruned = [trial for trial in ended if trial.state == optuna.trial.TrialState.PRUNED]
    return {
        "trials": len(complete) + len(pruned), "complete": len(complete),
        "failed": len(ended) - len(complete) - len(pruned),
        "best": max((trial.value for trial in complete), default=float("nan")),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sounder", required=True)
    parser.add_argument("--job", default="jobs/fashion-search.yaml")
    parser.add_argument("--ranks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seeds", default="1-5")
    parser.add_argument("--output", default="fashion.jsonl", help="one line a seed; resumes")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")

    done = {}
    if os.path.exists(options.output):
        with open(options.output) as file:
            for line in map(json.loads, file):
                if line["seconds"] == options.seconds:
                    done[line["seed"]] = line
    chosen = range(int(first), int(last or first) + 1)
    print("| seed | ours: trials (complete) | best | Optuna + PyTorch: trials (complete) | best "
          "| ratio of trials |\n|---|---|---|---|---|---|")
    for seed in chosen:
        if seed not in done:
            results = {}
            sides = [("ours", ours), ("theirs", theirs)]
            # Who goes first changes: a shared machine changes its speed.
            for name, side in sides[:: 1 if seed % 2 else -1]:
                folder = tempfile.mkdtemp(prefix="fashion-")
                try:
                    journal, start = side(options, seed, folder)
                    results[name] = outcome(journal, start, options.seconds)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
            done[seed] = {"seed": seed, "seconds": options.seconds, **results}
            with open(options.output, "a") as file:
                print(json.dumps(done[seed]), file=file)
        a, b = done[seed]["ours"], done[seed]["theirs"]
        print(f"| {seed} | {a['trials']} ({a['complete']}) | {a['best']:.4f} "
              f"| {b['trials']} ({b['complete']}) | {b['best']:.4f} "
              f"| {a['trials'] / max(b['trials'], 1):.2f} |", flush=True)
    pairs = [(done[seed]["ours"], done[seed]["theirs"]) for seed in chosen]
    ratio = statistics.median(a["trials"] / max(b["trials"], 1) for a, b in pairs)
    bests = [statistics.median(side["best"] for side in sides) for sides in zip(*pairs)]
    hours = [statistics.median(side["trials"] for side in sides) * 3600 / options.seconds
             for sides in zip(*pairs)]
    print(f"\n{options.seconds:g} s each, {len(pairs)} seeds; trials per hour, medians: ours "
          f"{hours[0]:.0f}, Optuna + PyTorch {hours[1]:.0f}")
    print(f"- {'reached' if ratio >= 3 else 'NOT REACHED'}: ratio of trials, median over the seeds:"
          f" {ratio:.2f} (3 needed)")
    print(f"- {'reached' if bests[0] > bests[1] else 'NOT REACHED'}: best validation accuracy, "
          f"median over the seeds: {bests[0]:.4f} against {bests[1]:.4f}")


main()
