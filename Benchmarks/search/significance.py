"""The Mann-Whitney test and Holm's correction, with Python's standard library alone."""

import math


def is_smaller(ours, theirs):
    """The p-value of the one-sided Mann-Whitney test that `ours` tends to be smaller.

    Exact without ties (Mann and Whitney, 1947), else the normal approximation with corrections for
    ties and for continuity.
    """
    n, m = len(ours), len(theirs)
    pooled = sorted(list(ours) + list(theirs))
    # Pairs where ours is larger, ties counted half: small when ours tends to be smaller.
    u = sum((a > b) + 0.5 * (a == b) for a in ours for b in theirs)
    ties = [pooled.count(value) for value in set(pooled)]
    if max(ties) == 1:
        return exact(n, m, int(u))
    count = n + m
    variance = n * m / 12 * (count + 1 - sum(t**3 - t for t in ties) / (count * (count - 1)))
    if variance == 0:
        return 1.0
    z = (u + 0.5 - n * m / 2) / math.sqrt(variance)
    return 0.5 * math.erfc(-z / math.sqrt(2))


def exact(n, m, u):
    """The share of the orders of n and m values in which U is `u` or less."""
    # ways[k][s]: choices of k of the ranks seen so far whose U is s.
    ways = [[0] * (n * m + 1) for _ in range(n + 1)]
    ways[0][0] = 1
    for rank in range(n + m):
        for k in range(min(rank, n - 1), -1, -1):
            below = rank - k  # values of the other sample under this one
            if below > m:
                continue
            for s in range(n * m - below + 1):
                if ways[k][s]:
                    ways[k + 1][s + below] += ways[k][s]
    return sum(ways[n][: u + 1]) / math.comb(n + m, n)


def holm(p_values):
    """Holm's correction (1979) of a dict of p-values: each may be compared with the level itself."""
    adjusted, largest = {}, 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.get)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted[key] = largest
    return adjusted


def quartiles(values):
    """First quartile, median, third quartile, with linear interpolation."""
    ordered = sorted(values)

    def at(share):
        place = share * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return at(0.25), at(0.5), at(0.75)
