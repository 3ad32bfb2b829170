"""Puts our samplers beside the other tools and prints tables and verdicts in Markdown.

    python3 compare.py [--method sounder_gp] [--mode seq] OURS.csv...

The other tools' results are in baselines.csv (reduce.py made it of their raw files); raw files of
theirs may be given beside ours and count, too. Needs Python's standard library alone.
"""

import argparse
import csv
import os
import statistics
import sys

import reduce
from significance import holm, is_smaller, quartiles

FOLDER = os.path.dirname(os.path.abspath(__file__))
LEVEL = 0.05
FEWEST = 5  # seeds below which no claim of significance is made
# The goal of each objective: median regret after 60 evaluations one after the other, and after 100
# with eight workers.
GOALS = {
    "branin": (1e-5, 1e-4), "hartmann6": (2e-4, 1e-4), "ackley5": (1.5, 1.2), "levy8": (2.0, 2.0),
    "rosenbrock4": (5.0, 10.0), "styblinski5": (20.0, 15.0), "mlp_digits": (0.012, 0.012),
    "gbm_cancer": (0.006, 0.008),
}
FRESH = [
    "ackley6_rotated", "levy5_rotated", "rosenbrock5_shifted", "hartmann6_rotated", "sgd_digits",
    "forest_diabetes",
]
MINIMA = {
    "branin": 0.39788735772973816, "hartmann6": -3.322368011415511, "ackley5": 0.0, "levy8": 0.0,
    "rosenbrock4": 0.0, "styblinski5": -39.16616570377142 * 5, "ackley6_rotated": 0.0,
    "levy5_rotated": 0.0, "rosenbrock5_shifted": 0.0, "hartmann6_rotated": -3.322368011415511,
}
MODES = {
    "seq": (60, 0, "60 evaluations, one after the other", ("seq",)),
    # Tools that propose batches are compared with eight at once.
    "async8": (100, 1, "100 evaluations, 8 asynchronous workers", ("async8", "batch8")),
}


def minimum(objective):
    """The smallest value there is: known, or the smallest of a table."""
    if objective not in MINIMA:
        with open(f"{FOLDER}/tables/{objective}.csv") as file:
            MINIMA[objective] = min(float(row["value"]) for row in csv.DictReader(file))
    return MINIMA[objective]


class Results:
    """Regrets and CPU times of all runs: (method, mode, objective) to a dict of seeds."""

    def __init__(self, baselines, paths):
        lines = []
        if os.path.exists(baselines):
            with open(baselines) as file:
                lines += list(csv.reader(file))[1:]
        lines += [[str(field) for field in line] for line in reduce.reduced(paths)]
        self.regrets, self.seconds = {}, {}
        for method, mode, objective, seed, *bests, seconds in lines:
            for count, best in zip(reduce.COUNTS, bests):
                if best:
                    regret = max(float(best) - minimum(objective), 0.0)
                    self.regrets.setdefault((method, mode, objective, count), {})[seed] = regret
            self.seconds.setdefault((method, mode), []).append(float(seconds))

    def of(self, method, modes, objective, count):
        for mode in modes:
            found = self.regrets.get((method, mode, objective, count))
            if found:
                return list(found.values())
        return []

    def methods(self, modes):
        return sorted({method for method, mode, _, _ in self.regrets if mode in modes})


def number(value):
    return f"{value:.1e}" if 0 < abs(value) < 1e-2 else f"{value:.3g}"


def summary(values):
    first, median, third = quartiles(values)
    return f"{number(median)} [{number(first)}, {number(third)}]"


def table(heads, rows):
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
    print()


def significant(ours, theirs):
    """Corrected p-values by (tool, objective): ours better, and ours worse; each tool's objectives
    are one family. Only where both have enough seeds."""
    better, worse = {}, {}
    for tool, objectives in theirs.items():
        pairs = {
            name: (ours[name], regrets) for name, regrets in objectives.items()
            if min(len(ours[name]), len(regrets)) >= FEWEST
        }
        for target, order in ((better, 1), (worse, -1)):
            p = holm({name: is_smaller(*pair[::order]) for name, pair in pairs.items()})
            target.update({(tool, name): value for name, value in p.items()})
    return better, worse


def compare(results, method, mode, objectives, title):
    """Prints the tables of one mode and returns what the verdict needs, by objective."""
    count, column, words, modes = MODES[mode]
    ours = {name: results.of(method, modes, name, count) for name in objectives}
    ours = {name: regrets for name, regrets in ours.items() if regrets}
    if not ours:
        return []
    theirs = {}
    for tool in results.methods(modes):
        if tool.startswith("sounder"):
            continue
        found = {name: results.of(tool, modes, name, count) for name in ours}
        if any(found.values()):
            theirs[tool] = {name: regrets for name, regrets in found.items() if regrets}
    better, worse = significant(ours, theirs)
    print(f"### {title}: {words}\n")
    rows, verdicts = [], []
    for name, regrets in ours.items():
        known = {tool: found[name] for tool, found in theirs.items()
                 if len(found.get(name, ())) >= FEWEST}
        best = min(known, key=lambda tool: statistics.median(known[tool]), default=None)
        goal = GOALS[name][column] if name in GOALS else None
        met = goal is not None and statistics.median(regrets) <= goal
        beaten = [tool for tool in known if better.get((tool, name), 1) < LEVEL]
        is_ahead = bool(known) and len(beaten) == len(known)
        p = worse.get((best, name), 1)
        is_behind = p < LEVEL
        verdicts.append((name, met, is_ahead, is_behind, regrets))
        unbeaten = [tool for tool in known if tool not in beaten]
        rows.append([
            name, f"{summary(regrets)} ({len(regrets)})",
            "" if goal is None else f"{number(goal)} {'yes' if met else 'NO'}",
            f"{best}: {summary(known[best])} ({len(known[best])})" if best else "",
            "yes" if is_ahead else f"no: not than {', '.join(unbeaten)}" if known else "",
            f"YES (p = {p:.1g})" if is_behind else "no",
        ])
    table(["objective", "ours, median regret [quartiles] (seeds)", "goal, met", "best other tool",
           "significantly better than every tool", "significantly worse than the best"], rows)
    rows = []
    for tool, found in theirs.items():
        cells = []
        for name in ours:
            if name not in found:
                cells.append("")
                continue
            text = f"{number(statistics.median(found[name]))} ({len(found[name])})"
            if (tool, name) in better:
                text += "+" if better[tool, name] < LEVEL else (
                    "-" if worse[tool, name] < LEVEL else "")
            cells.append(text)
        rows.append([tool, *cells])
    rows.append([method, *(f"{number(statistics.median(regrets))} ({len(regrets)})"
                           for regrets in ours.values())])
    table(["median regret (seeds)", *ours], rows)
    print("+: ours is significantly better, -: significantly worse (one-sided Mann-Whitney, p < 0.05"
          f" after Holm's correction over the objectives); tools with fewer than {FEWEST} seeds are"
          " shown without a claim.\n")
    return verdicts


def judge(verdicts, mode):
    """Prints whether the goals are reached."""
    total = len(GOALS)
    if len(verdicts) < total:
        print(f"{mode}: {len(verdicts)} of {total} objectives were run: no verdict\n")
        return
    met, ahead, behind = (
        [name for name, *flags, _ in verdicts if flags[index]] for index in range(3))
    below = {name: sum(regret < 0.01 for regret in regrets) / len(regrets)
             for name, *_, regrets in verdicts}["hartmann6"]
    share = {"seq": 0.9, "async8": 0.8}[mode]
    seeds = min(len(regrets) for *_, regrets in verdicts)

    def line(holds, text):
        print(f"- {'reached' if holds else 'NOT REACHED'}: {text}")

    line(len(met) >= 6, f"{mode}: the goal is met on {len(met)} of {total} objectives (6 needed)")
    line(len(ahead) >= 5, f"{mode}: significantly better than every tool on {len(ahead)} (5 needed)")
    line(not behind, f"{mode}: significantly worse than the best tool on {len(behind)} (0 allowed)")
    line(below >= share,
         f"{mode}: hartmann6 below 0.01 in {below:.0%} of the seeds ({share:.0%} needed)")
    line(seeds >= 30, f"{mode}: {seeds} seeds of ours (30 needed)")
    print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--method", default="sounder_gp")
    parser.add_argument("--mode", choices=MODES)
    parser.add_argument("--baselines", default=f"{FOLDER}/baselines.csv")
    options = parser.parse_args()
    results = Results(options.baselines, options.files)
    modes = [options.mode] if options.mode else list(MODES)
    found = False
    for mode in modes:
        verdicts = compare(results, options.method, mode, list(GOALS), "The objectives of the goals")
        found = found or bool(verdicts)
        if verdicts:
            judge(verdicts, mode)
        found = bool(compare(results, options.method, mode, FRESH, "Fresh objectives")) or found
    if not found:
        sys.exit(f"{', '.join(options.files)}: no complete run of {options.method}; "
                 f"there is {', '.join(results.methods(('seq', 'async8')))}")
    rows = [
        [method, mode, f"{1e3 * statistics.median(seconds):.2g} ms"]
        for (method, mode), seconds in sorted(results.seconds.items()) if mode in modes
    ]
    print("### CPU time of a proposal, evaluations 20 to 60, median over all runs\n")
    table(["method", "mode", "ask and tell"], rows)


if __name__ == "__main__":
    main()
