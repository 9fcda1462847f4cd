"""SciPy's L-BFGS-B on extended Rosenbrock functions: `w_lbfgs.py N STEPS ROUNDS SOLVES`, as `--example lbfgs` of steepest-flows. Ten pairs
are remembered on both sides; the energy is NumPy without temporaries that could be spared. A line of JSON: the best round."""
import json, os, sys, time

# Products of 1e5 numbers gain nothing from threads, and on a machine with other work they wait for one another ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
from scipy.optimize import minimize

n, steps, rounds, solves = map(int, sys.argv[1:5])
x0 = np.where(np.arange(n) % 2 == 0, -1.2, 1.0) + (0.1 * np.sin(np.arange(n)) if n > 2 else 0.0)


def energy(x):
    p, q = x[0::2], x[1::2]
    a, b = 1.0 - p, q - p * p
    g = np.empty_like(x)
    g[1::2] = 200.0 * b
    g[0::2] = -2.0 * a - 2.0 * p * g[1::2]
    return 100.0 * (b @ b) + a @ a, g


options = dict(maxcor=10, ftol=0, gtol=1e-10, maxiter=steps, maxfun=10 * steps)
best = None
for _ in range(rounds):
    iterations = evaluations = 0
    begun = time.perf_counter()
    for _ in range(solves):
        found = minimize(energy, x0, jac=True, method="L-BFGS-B", options=options)
        iterations += found.nit
        evaluations += found.nfev
    whole = time.perf_counter() - begun
    begun = time.perf_counter()
    for _ in range(evaluations):
        energy(x0)
    alone = time.perf_counter() - begun
    if best is None or whole < best["seconds"]:
        best = dict(n=n, iterations=iterations, evaluations=evaluations, seconds=whole, energy=alone, value=float(found.fun))
print(json.dumps(best))
