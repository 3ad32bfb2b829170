"""Checks the comparison's arithmetic: python3 -m unittest test_compare (expected values: SciPy 1.17)."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare
import reduce
from significance import holm, is_smaller, quartiles


class Significance(unittest.TestCase):
    def test_exact_p_value(self):
        # mannwhitneyu([1, 2, 4, 7], [3, 5, 6, 8, 9], alternative="less", method="exact")
        self.assertAlmostEqual(is_smaller([1, 2, 4, 7], [3, 5, 6, 8, 9]), 0.0952380952, places=9)

    def test_p_value_with_ties(self):
        # mannwhitneyu([1, 1, 2, 3], [1, 2, 4, 4, 5], alternative="less", method="asymptotic")
        self.assertAlmostEqual(is_smaller([1, 1, 2, 3], [1, 2, 4, 4, 5]), 0.1044561908, places=9)

    def test_extremes(self):
        self.assertAlmostEqual(is_smaller([1, 2], [3, 4]), 1 / 6)
        self.assertAlmostEqual(is_smaller([3, 4], [1, 2]), 1.0)
        self.assertEqual(is_smaller([1, 1], [1, 1]), 1.0)

    def test_holm(self):
        adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03})
        self.assertAlmostEqual(adjusted["a"], 0.03)
        self.assertAlmostEqual(adjusted["c"], 0.06)
        self.assertAlmostEqual(adjusted["b"], 0.06)

    def test_quartiles(self):
        self.assertEqual(quartiles([4, 1, 3, 2]), (1.75, 2.5, 3.25))


class Runs(unittest.TestCase):
    def test_reduction_and_regret(self):
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/raw.csv"
            with open(path, "w") as file:
                file.write("method,mode,objective,seed,eval,value,best,suggest_s\n")
                for index in range(1, 61):
                    file.write(f"tool,seq,ackley5,3,{index},9,{1 / index},{index}\n")
                file.write("tool,seq,ackley5,4,1,9,9,1\ntool,seq,ack")  # cut short: no run
            self.assertEqual(list(reduce.reduced([path])), [
                ["tool", "seq", "ackley5", 3, "0.06666666667", "0.03333333333", "0.01666666667", "",
                 "40"]])
            results = compare.Results(folder + "/none.csv", [path])
            self.assertEqual(results.of("tool", ("seq",), "ackley5", 60), [0.01666666667])

    def test_better_and_worse(self):
        ours = {"branin": [1.0, 1.1, 1.2, 1.3, 1.4], "levy8": [9.0, 9.1, 9.2, 9.3, 9.4]}
        theirs = {"tool": {name: [5.0, 5.1, 5.2, 5.3, 5.4] for name in ours},
                  "rare": {"branin": [7.0, 8.0, 9.0, 10.0]}}
        better, worse = compare.significant(ours, theirs)
        self.assertLess(better["tool", "branin"], 0.05)
        self.assertLess(worse["tool", "levy8"], 0.05)
        self.assertGreater(better["tool", "levy8"], 0.5)
        self.assertNotIn(("rare", "branin"), better)


if __name__ == "__main__":
    unittest.main()
