"""SciPy's minimisers on the problems that `--example optimisers` writes (standard input: one JSON a line). Every method gets exact
derivatives by JAX, compiled, and tolerances so small that it stops for no other reason than that it is done. A line a run: the
evaluations so far and V whenever V was the least so far. An evaluation is a value with its gradient, a Hessian product, or, of least
squares, the residuals or their Jacobian."""
import json, math, os, re, sys, warnings
os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
from scipy.optimize import least_squares, minimize

warnings.filterwarnings("ignore")
NAMES = {n: getattr(jnp, n) for n in ["exp", "log", "sin", "cos", "tan", "sqrt", "abs", "arctan", "arctan2", "where"]}
NAMES |= {"atan": jnp.arctan, "atan2": jnp.arctan2, "pi": math.pi, "sign": jnp.sign, "max": jnp.maximum, "min": jnp.minimum}
MOST = 3_000  # evaluations
GRADIENTS = {"L-BFGS-B": dict(ftol=0, gtol=1e-10, maxiter=10_000, maxfun=MOST), "BFGS": dict(gtol=1e-10, maxiter=10_000),
             "CG": dict(gtol=1e-10, maxiter=10_000)}
CURVATURES = {"trust-ncg": dict(gtol=1e-10, maxiter=10_000), "trust-krylov": dict(gtol=1e-10, maxiter=10_000),
              "Newton-CG": dict(xtol=1e-14, maxiter=10_000)}
SQUARES = ["lm", "trf", "dogbox"]


class Enough(Exception):
    pass


class Count:
    def __init__(self):
        self.evaluations, self.trace = 0, []

    def one(self):
        self.evaluations += 1
        if self.evaluations > MOST:
            raise Enough

    def saw(self, v):
        v = float(v)
        if np.isfinite(v) and (not self.trace or v < self.trace[-1][1]):
            self.trace.append((self.evaluations, v))


def main():
    for line in sys.stdin:
        p = json.loads(line)
        if "residuals" not in p:
            continue
        texts = [re.sub(r"x\[(\d+)\]", lambda m: f"x[{int(m[1]) - 1}]", t).replace("^", "**") for t in p["residuals"]]
        codes = [compile(t, p["problem"], "eval") for t in texts]
        r = lambda x: jnp.stack([jnp.asarray(eval(c, NAMES, {"x": x}), dtype=float) for c in codes])
        f = lambda x: jnp.sum(r(x) ** 2)
        both, grad = jax.jit(jax.value_and_grad(f)), jax.grad(f)
        product = jax.jit(lambda x, v: jax.jvp(grad, (x,), (v,))[1])
        res, jac = jax.jit(r), jax.jit(jax.jacfwd(r))
        for factor in [1.0, 10.0, 100.0]:
            x0 = factor * np.array(p["start"], dtype=float)
            for cls, methods in [("gradients", GRADIENTS), ("curvatures", CURVATURES), ("squares", SQUARES)]:
                for method in methods:
                    n = Count()

                    def value(x):
                        n.one(); v, g = both(x); n.saw(v)
                        return float(v), np.asarray(g)

                    def hessp(x, v):
                        n.one()
                        return np.asarray(product(x, v))

                    def residuals(x):
                        n.one(); out = np.asarray(res(x)); n.saw(out @ out)
                        return out

                    def jacobian(x):
                        n.one()
                        return np.asarray(jac(x))

                    try:
                        if cls == "squares":
                            least_squares(residuals, x0, jacobian, method=method, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=MOST)
                        elif cls == "curvatures":
                            minimize(value, x0, jac=True, hessp=hessp, method=method, options=methods[method])
                        else:
                            minimize(value, x0, jac=True, method=method, options=methods[method])
                        why = ""
                    except Enough:
                        why = "too many evaluations"
                    except Exception as e:  # overflow ends some of them
                        why = f"{type(e).__name__}: {str(e)[:80]}"
                    said = {"problem": p["problem"], "factor": factor, "class": cls, "method": method, "trace": n.trace, "error": why}
                    print(json.dumps(said), flush=True)


main()
