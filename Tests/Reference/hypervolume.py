"""Writes Tests/Fixtures/hypervolume.json: exact volumes by counting the cells of the grid that all
coordinates span.

Run with NumPy:  python3 Tests/Reference/hypervolume.py
"""
import itertools
import json
import pathlib

import numpy

generator = numpy.random.default_rng(4)


def volume(points, reference):
    inside = [p for p in points if (p < reference).all()]
    if not inside:
        return 0.0
    edges = [sorted({*(p[k] for p in inside), r}) for k, r in enumerate(reference)]
    total = 0.0
    for cell in itertools.product(*(range(len(e) - 1) for e in edges)):
        corner = numpy.array([e[i] for e, i in zip(edges, cell)])
        if any((p <= corner).all() for p in inside):
            total += numpy.prod([e[i + 1] - e[i] for e, i in zip(edges, cell)])
    return float(total)


cases = []
for objectives, count in [(2, 1), (2, 12), (3, 1), (3, 10), (4, 7), (5, 5)]:
    for rounding in [1, 6]:  # with one digit there are ties and duplicates
        points = generator.uniform(0, 1.2, (count, objectives)).round(rounding)
        reference = numpy.ones(objectives)
        cases.append({
            "points": points.tolist(), "reference": reference.tolist(),
            "volume": volume(points, reference)})
path = pathlib.Path(__file__).parent.parent / "Fixtures/hypervolume.json"
path.write_text(json.dumps({"cases": cases}) + "\n")
