"""Writes the direction numbers in Sources/HyperOpt/Sequences/SobolTable.swift and the reference
points in Tests/Fixtures/sobol.json.

Run with SciPy 1.17 and NumPy:  python3 Tests/Reference/sobol.py
SciPy carries the file new-joe-kuo-6.21201 of S. Joe and F. Y. Kuo.
"""
import json
import pathlib
import re

import numpy
import scipy.stats
from scipy.stats import qmc

DIMENSIONS = 256
root = pathlib.Path(__file__).parent.parent.parent
table = numpy.load(pathlib.Path(scipy.stats.__file__).parent / "_sobol_direction_numbers.npz")

# Dimension 1 is the van der Corput sequence; each other one is `polynomial m1 m2 ...`.
rows = []
for dimension in range(1, DIMENSIONS):
    numbers = [m for m in table["vinit"][dimension].tolist() if m]
    rows.append(" ".join(map(str, [int(table["poly"][dimension]), *numbers])))
lines, line = [], ""
for row in rows:
    if len(line) + len(row) + 2 > 92:
        lines.append(line)
        line = ""
    line += row + "; "
lines.append(line)
path = root / "Sources/HyperOpt/Sequences/SobolTable.swift"
text = path.read_text()
body = "\n".join("    " + line.rstrip() for line in lines)
path.write_text(re.sub(r'"""\n.*?\n    """', lambda _: f'"""\n{body}\n    """', text, flags=re.S))

points = qmc.Sobol(d=DIMENSIONS, scramble=False, bits=32).random(2048)
chosen = [0, 1, 2, 3, 5, 8, 100, 511, 512, 1023, 2047]
reference = {"indices": chosen, "points": [points[i].tolist() for i in chosen]}
(root / "Tests/Fixtures/sobol.json").write_text(json.dumps(reference) + "\n")
