#!/usr/bin/python3
"""Writes statistics.json: what SciPy and statsmodels compute for AdwUNet.Evaluation.Statistics.

Debian 12: apt-get install python3-scipy python3-statsmodels; python3 tests/golden/statistics.py
"""
import json
import os

import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from scipy.stats import _resampling
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

MASK = (1 << 64) - 1


class RandomSequence:
    """AdwUNet.RandomSequence: xoshiro256** seeded by SplitMix64. Bootstrap intervals are equal only if both draw the same cases."""

    def __init__(self, seed, stream, index, part=0):
        hashed = 0xCBF29CE484222325
        for character in stream:
            hashed = ((hashed ^ ord(character)) * 0x100000001B3) & MASK
        state = 0
        for value in (seed, hashed, index, part):
            state = self.mix(((state ^ value) + 0x9E3779B97F4A7C15) & MASK)
        self.s = []
        for _ in range(4):
            state = (state + 0x9E3779B97F4A7C15) & MASK
            self.s.append(self.mix(state))

    @staticmethod
    def mix(z):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    @staticmethod
    def rotate(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    def next(self):
        s = self.s
        result = (self.rotate((s[1] * 5) & MASK, 7) * 9) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = self.rotate(s[3], 45)
        return result

    def below(self, count):
        rejected = (1 << 64) % count
        while True:
            product = self.next() * count
            if product & MASK >= rejected:
                return product >> 64


def solve(function, low, high):
    """The root. SciPy's t.ppf has an error of 5e-9 and statsmodels' solve_power one of 6e-5."""
    return optimize.brentq(function, low, high, xtol=1e-14, rtol=1e-14)


def pair(a, b, folds):
    t = stats.ttest_rel(a, b)
    half = solve(lambda t: stats.t.cdf(t, len(a) - 1) - 0.975, 0, 100) * stats.sem(a - b)
    differences = a - b
    exact = len(a) <= 50 and len(np.unique(np.abs(differences))) == len(a) and np.all(differences != 0)  # the rule of SciPy 1.13
    w = stats.wilcoxon(a, b, method="exact" if exact else "approx")
    tau = stats.kendalltau(a, b)
    tost = ttost_paired(a, b, -0.005, 0.005)
    return {
        "a": a.tolist(), "b": b.tolist(), "folds": folds.tolist(),
        "mean": float(np.mean(differences)), "sd": float(np.std(differences, ddof=1)),
        "t": t.statistic, "p": t.pvalue, "interval": [float(np.mean(differences) - half), float(np.mean(differences) + half)],
        "wilcoxon": {"w": w.statistic, "p": w.pvalue, "exact": bool(exact)},
        "kendall": {"tau": tau.correlation, "p": tau.pvalue},
        "equivalence": {"margin": 0.005, "lower": tost[1][1], "upper": tost[2][1], "p": tost[0]},
        "bootstrap": bootstrap(differences), "bootstrapFolds": bootstrap_folds(differences, folds),
    }


def bootstrap(d, seed=7, resamples=2000):
    def draw(_, low, high, size):  # SciPy's own formula on the cases that AdwUNet draws
        sequences = [RandomSequence(seed, "bootstrap", i) for i in range(size[0])]
        return np.array([[s.below(high) for _ in range(size[1])] for s in sequences])

    original, _resampling.rng_integers = _resampling.rng_integers, draw
    try:
        found = stats.bootstrap((d,), np.mean, n_resamples=resamples, method="percentile", vectorized=True).confidence_interval
    finally:
        _resampling.rng_integers = original
    return {"seed": seed, "resamples": resamples, "lower": found.low, "upper": found.high}


def bootstrap_folds(d, folds, seed=7, resamples=2000):
    means = []
    for i in range(resamples):
        random = RandomSequence(seed, "bootstrap", i)
        drawn = []
        for fold in sorted(set(folds.tolist())):
            group = d[folds == fold]
            drawn += [group[random.below(len(group))] for _ in group]
        means.append(np.mean(drawn))
    low, high = np.percentile(means, [2.5, 97.5])
    return {"seed": seed, "resamples": resamples, "lower": float(low), "upper": float(high)}


def cases():
    random = np.random.RandomState(17)
    for name, n, shift, digits in (
            ("few cases, no ties", 9, 0.004, 17), ("a fold", 40, 0.001, 17), ("50 cases", 50, -0.02, 17), ("51 cases", 51, 0.01, 17),
            ("200 cases in 5 folds", 200, 0.0005, 17), ("ties", 30, 0.01, 2), ("ties and zeros", 120, 0.002, 2), ("three cases", 3, 0.1, 17),
            ("nearly the same order", 45, 0.2, 17), ("a large difference", 200, 0.2, 17)):
        spread = 1e-7 if name == "nearly the same order" else 0.02
        a = np.clip(0.87 + 0.05 * random.standard_normal(n), 0, 1)
        b = a - shift + spread * random.standard_normal(n)
        yield name, pair(np.round(a, digits), np.round(b, digits), np.arange(n) % 5)


def main():
    p = [[0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.9, 0.04], [0.001, 0.001, 0.8, 0.02, 0.0499, 0.0]]
    designs = [(0.01, 52, 0.8, 0.05), (0.02, 260, 0.8, 0.05), (0.02, 3, 0.8, 0.05), (0.02, 2, 0.8, 0.05), (1.0, 20, 0.95, 0.01),
               (0.03, 5000, 0.8, 0.05)]
    golden = {
        "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
        "pairs": dict(cases()),
        "holm": [{"p": each, "corrected": multipletests(each, method="holm")[1].tolist()} for each in p],
        "designs": [{"sd": sd, "n": n, "power": power, "alpha": alpha,
                     "difference": solve(lambda d: TTestPower().power(d, n, alpha) - power, 0, 100) * sd}
                    for sd, n, power, alpha in designs],
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics.json"), "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


main()
