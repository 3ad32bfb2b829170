"""High-precision values of log h(z) = log(phi(z) + z Phi(z)), Phi(z) / h(z), log Phi(z) and the
normal quantile: what Tests/HyperOptTests/ExpectedImprovementTests.swift holds.

Run: python3 Tests/Reference/log_ei.py   (needs mpmath)
"""
from mpmath import mp, mpf, erfc, exp, log, sqrt, pi, erfinv

mp.dps = 600  # phi + z Phi cancels to phi / z^2

def density(z):
    return exp(-z * z / 2) / sqrt(2 * pi)

def mass(z):
    return erfc(-z / sqrt(mpf(2))) / 2

print("    // z, log h(z), Phi(z) / h(z), log Phi(z)")
for text in ["8", "2", "0.5", "0", "-0.5", "-0.999", "-1.001", "-3", "-5.6", "-12", "-37", "-59.9",
             "-60.1", "-200", "-1000"]:
    z = mpf(text)
    h = density(z) + z * mass(z)
    row = [log(h), mass(z) / h, log(mass(z))]
    print("    (%s, %s)," % (text, ", ".join(mp.nstr(v, 17, min_fixed=-5, max_fixed=9) for v in row)))
print("    // p, quantile")
for text in ["1e-9", "0.001", "0.02", "0.3", "0.5", "0.977", "0.99999"]:
    print("    (%s, %s)," % (text, mp.nstr(sqrt(mpf(2)) * erfinv(2 * mpf(text) - 1), 17)))
