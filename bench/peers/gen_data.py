"""Writes the inputs of the benchmarks to target/bench: arrays for the peers, CSV files for `steepest`. The same numbers, to the bit.

All draws come from numpy.random.Generator(PCG64(seed)) with the calls below, in this order, in float64.
data/german_numeric.txt: the 1,000 x 25 numeric form of UCI Statlog (German Credit Data), H. Hofmann, CC BY 4.0.
"""
import numpy as np
from harness import DATA, HERE


def save(name, X, y, columns):
    """NAME_X.npy with a last column of ones, NAME_y.npy, and NAME.csv with a header and the response `y` last."""
    np.save(DATA / f"{name}_X.npy", np.ascontiguousarray(X))
    np.save(DATA / f"{name}_y.npy", y)
    head = ",".join([f"x{j + 1}" for j in range(columns)] + ["y"])
    rows = (",".join([repr(float(v)) for v in r[:columns]] + [str(int(t))]) for r, t in zip(X, y))
    (DATA / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")


DATA.mkdir(parents=True, exist_ok=True)

# German credit: y = 1 for "bad" (class 2); 24 columns standardised (ddof 0), intercept appended as the last column.
t = np.loadtxt(HERE / "data" / "german_numeric.txt")
X = (t[:, :24] - t[:, :24].mean(0)) / t[:, :24].std(0)
save("german", np.c_[X, np.ones(len(X))], (t[:, 24] == 2).astype(np.float64), 24)

# Synthetic logistic regression, 10,000 x 50, without an intercept.
g = np.random.Generator(np.random.PCG64(1))
X = g.standard_normal((10_000, 50))
w = 0.5 * g.standard_normal(50)
save("synth", X, (g.random(10_000) < 1 / (1 + np.exp(-X @ w))).astype(np.float64), 50)

# 100-d Gaussian: Sigma_ij = s_i s_j 0.9^|i-j|, s = logspace(-1, 1).
s, i = np.logspace(-1, 1, 100), np.arange(100)
np.save(DATA / "gauss100_cov.npy", s[:, None] * s[None] * 0.9 ** np.abs(i[:, None] - i[None]))

# Radon in Minnesota: the table of examples/radon, counties from 0 (source and licence: examples/radon/SOURCE.md).
t = np.loadtxt(HERE.parents[1] / "examples" / "radon" / "radon.csv", delimiter=",", skiprows=1)
np.save(DATA / "radon.npy", np.c_[t[:, 0] - 1, t[:, 1:]])

# Symmetric matrices of 1,000 and 100 rows, sample covariances of 2,000 draws with sds (1 + k)^(-1/4), and starts of 5 columns.
g = np.random.Generator(np.random.PCG64(5))
B = g.standard_normal((1_000, 2_000)) * ((1.0 + np.arange(1_000)) ** -0.25)[:, None]
A = (B @ B.T / 2_000).astype(np.float32).astype(np.float64)
A, X0 = np.triu(A) + np.triu(A, 1).T, g.standard_normal((1_000, 5))
for n in (100, 1_000):
    np.save(DATA / f"eig{n}_A.npy", np.ascontiguousarray(A[:n, :n]))
    np.save(DATA / f"eig{n}_X0.npy", np.ascontiguousarray(np.linalg.qr(X0[:n])[0]))
