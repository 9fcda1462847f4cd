"""Leading 5-dimensional eigenspace of a symmetric matrix of 100 or 1,000 rows (the case): min -tr(X'AX)/2 from one start, until the
Riemannian gradient is below 1e-6. Quality: the value, |XX' - UU'|_F against numpy.linalg.eigh, gradient norm, iterations.
scipy-*: the direct eigensolvers, for scale (eigsh, lobpcg from the same start, tolerance 1e-8)."""
from harness import load, main, timed

SIZES = {"tiny": {}, "small": {}, "full": {}}


def data(case):
    return load(f"eig{case}_A"), load(f"eig{case}_X0")


def finish(t, X, A, n, **kw):
    import numpy as np
    w, U = np.linalg.eigh(A); U = U[:, -5:]; X = np.linalg.qr(X)[0]; G = A @ X; G -= X @ (X.T @ G)
    value = -0.5 * np.trace(X.T @ A @ X)
    return {**t, "value": value, "exact": -0.5 * w[-5:].sum(), "subspace_err": np.linalg.norm(X @ X.T - U @ U.T),
            "grad_norm": np.linalg.norm(G), "gap": w[-5] - w[-6], "n": n, **kw}


def pymanopt_peer(opt, man):
    def f(case, P, R):
        import pymanopt
        from pymanopt import manifolds, optimizers
        A, X0 = data(case); M = getattr(manifolds, man)(len(A), 5)
        cost = pymanopt.function.numpy(M)(lambda X: -0.5 * (X * (A @ X)).sum())
        grad = pymanopt.function.numpy(M)(lambda X: -A @ X)
        hess = pymanopt.function.numpy(M)(lambda X, V: -A @ V)
        pr = pymanopt.Problem(M, cost, euclidean_gradient=grad, euclidean_hessian=hess)
        o = getattr(optimizers, opt)(verbosity=0, min_gradient_norm=1e-6, max_iterations=5000)
        t, r = timed(lambda i: o.run(pr, initial_point=X0), R, cold=False)
        return finish(t, r.point, A, len(A), iterations=int(r.iterations), stop=r.stopping_criterion[:60])
    return f


def geoopt_peer(case, P, R):
    """geoopt has first-order optimisers only: RiemannianSGD with momentum, rate 0.05, until the gradient norm is 1e-6 (checked every 20)."""
    import torch, geoopt
    A, X0 = data(case); At = torch.from_numpy(A); it = [0]

    def run(i):
        X = geoopt.ManifoldParameter(torch.from_numpy(X0.copy()), manifold=geoopt.Stiefel(canonical=False))
        o = geoopt.optim.RiemannianSGD([X], lr=0.05, momentum=0.9)
        for k in range(5000):
            o.zero_grad(); AX = At @ X; (-0.5 * (X * AX).sum()).backward()
            if k % 20 == 0:
                G = AX - X @ (X.T @ AX); it[0] = k
                if G.norm() < 1e-6:
                    break
            o.step()
        return X.detach().numpy()
    t, X = timed(run, R, cold=False)
    return finish(t, X, A, len(A), iterations=it[0])


def scipy_eigsh(case, P, R):
    from scipy.sparse.linalg import eigsh
    A, X0 = data(case)
    t, r = timed(lambda i: eigsh(A, 5, which="LA", v0=X0[:, 0], tol=1e-8), R, cold=False)
    return finish(t, r[1], A, len(A))


def scipy_lobpcg(case, P, R):
    from scipy.sparse.linalg import lobpcg
    A, X0 = data(case)
    t, r = timed(lambda i: lobpcg(A, X0.copy(), tol=1e-6, maxiter=1000, largest=True), R, cold=False)
    return finish(t, r[1], A, len(A))


PEERS = {"pymanopt-SD-grassmann": (pymanopt_peer("SteepestDescent", "Grassmann"), ["pymanopt"]),
         "pymanopt-TR-grassmann": (pymanopt_peer("TrustRegions", "Grassmann"), ["pymanopt"]),
         "pymanopt-CG-grassmann": (pymanopt_peer("ConjugateGradient", "Grassmann"), ["pymanopt"]),
         "pymanopt-TR-stiefel": (pymanopt_peer("TrustRegions", "Stiefel"), ["pymanopt"]), "geoopt-sgd": (geoopt_peer, ["geoopt", "torch"]),
         "scipy-eigsh": (scipy_eigsh, ["scipy"]), "scipy-lobpcg": (scipy_lobpcg, ["scipy"])}
if __name__ == "__main__":
    main("riemannian", SIZES, PEERS, cases=("100", "1000"))
