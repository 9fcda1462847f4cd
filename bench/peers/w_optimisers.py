"""SciPy's minimisers on the problems that `--example optimisers` writes (standard input: one JSON a line). That program, named by the
first argument, also evaluates: exact derivatives, the same bits on both sides. Tolerances are so small that a method stops for no
other reason than that it is done. A line a run: the evaluations so far and V whenever V was the least so far. An evaluation is a value
with its gradient, a Hessian product, or, of least squares, the residuals or their Jacobian."""
import json, subprocess, sys, warnings
import numpy as np
from scipy.optimize import least_squares, minimize

warnings.filterwarnings("ignore")
np.seterr(all="ignore")
MOST = 3_000  # evaluations
GRADIENTS = {"L-BFGS-B": dict(ftol=0, gtol=1e-10, maxiter=10_000, maxfun=MOST), "BFGS": dict(gtol=1e-10, maxiter=10_000),
             "CG": dict(gtol=1e-10, maxiter=10_000)}
CURVATURES = {"trust-ncg": dict(gtol=1e-10, maxiter=10_000), "trust-krylov": dict(gtol=1e-10, maxiter=10_000),
              "Newton-CG": dict(xtol=1e-14, maxiter=10_000)}
BOUNDS = {"L-BFGS-B": dict(ftol=0, gtol=1e-10, maxiter=10_000, maxfun=MOST), "TNC": dict(ftol=0, xtol=0, gtol=1e-10, maxfun=MOST)}
SQUARES = {"lm": {}, "trf": {}, "dogbox": {}}


class Enough(Exception):
    pass


class Counted:
    """One problem, evaluated by the other side and counted."""
    def __init__(self, server, number, d, m):
        self.server, self.number, self.d, self.m = server, number, d, m
        self.evaluations, self.trace = 0, []

    def ask(self, what, count, *numbers):
        self.evaluations += 1
        if self.evaluations > MOST:
            raise Enough
        self.server.stdin.write(bytes([ord(what), self.number]) + b"".join(np.ascontiguousarray(n, float).tobytes() for n in numbers))
        self.server.stdin.flush()
        return np.frombuffer(self.server.stdout.read(8 * count)).copy()

    def saw(self, v):
        v = float(v)
        if np.isfinite(v) and (not self.trace or v < self.trace[-1][1]):
            self.trace.append((self.evaluations, v))

    def value(self, x):
        out = self.ask("v", 1 + self.d, x); self.saw(out[0])
        return float(out[0]), out[1:]

    def product(self, x, v):
        return self.ask("h", self.d, x, v)

    def residuals(self, x):
        r = self.ask("r", self.m, x); self.saw(r @ r)
        return r

    def jacobian(self, x):
        return self.ask("j", self.m * self.d, x).reshape(self.d, self.m).T


def main():
    server = subprocess.Popen([sys.argv[1], "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said = [json.loads(line) for line in sys.stdin]
    problems = [p for p in said if "minima" in p]
    boxes = {(p["problem"], p["factor"]): list(zip(p["low"], p["high"])) for p in said if "low" in p}
    for number, p in enumerate(problems):
        for factor in [1.0, 10.0, 100.0]:
            x0 = factor * np.array(p["start"], float)
            for cls, methods in [("gradients", GRADIENTS), ("curvatures", CURVATURES), ("squares", SQUARES), ("bounds", BOUNDS)]:
                for method, options in methods.items():
                    f = Counted(server, number, len(x0), p["residuals"])
                    why = ""
                    try:
                        if cls == "squares":
                            least_squares(f.residuals, x0, f.jacobian, method=method, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=MOST)
                        elif cls == "bounds":
                            minimize(f.value, x0, jac=True, method=method, bounds=boxes[p["problem"], factor], options=options)
                        else:
                            more = {"hessp": f.product} if cls == "curvatures" else {}
                            minimize(f.value, x0, jac=True, method=method, options=options, **more)
                    except Enough:
                        why = "too many evaluations"
                    except Exception as e:  # overflow ends some of them
                        why = f"{type(e).__name__}: {str(e)[:80]}"
                    print(json.dumps({"problem": p["problem"], "factor": factor, "class": cls, "method": method, "trace": f.trace,
                                      "error": why}), flush=True)


main()
