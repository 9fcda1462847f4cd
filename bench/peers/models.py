"""The four posteriors of w_nuts.py: JAX log densities, and the names under which data/reference.json keeps their moments.
german:   y ~ Bernoulli(sigmoid(X b)), X = german_X (1000 x 25, last column 1), b ~ N(0, 1).
synth:    the same on synth_X (10,000 x 50).
eight:    mu ~ N(0, 5^2), tau ~ HalfCauchy(5), z_j ~ N(0, 1), theta = mu + tau z, y_j ~ N(theta_j, sigma_j^2); quantities: mu, tau, theta_1..8.
gauss100: N(0, gauss100_cov)."""
import numpy as np
from harness import load

DIM = {"german": 25, "synth": 50, "eight": 10, "gauss100": 100}
Y8 = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]); S8 = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def jax_logdensity(case, dtype="float32"):
    import jax, jax.numpy as jnp
    if case in ("german", "synth"):
        X, y = jnp.asarray(load(case + "_X"), dtype), jnp.asarray(load(case + "_y"), dtype)

        def f(b):
            l = X @ b
            return y @ l - jnp.sum(jax.nn.softplus(l)) - b @ b / 2
        return f
    if case == "gauss100":
        P = jnp.asarray(np.linalg.inv(load("gauss100_cov")), dtype)
        return lambda q: -(q @ (P @ q)) / 2
    y, s = jnp.asarray(Y8, dtype), jnp.asarray(S8, dtype)

    def f(q):  # q = (mu, log tau, z)
        tau = jnp.exp(q[1])
        r = (y - q[0] - tau * q[2:]) / s
        return -(q[0] / 5) ** 2 / 2 - jnp.log1p((tau / 5) ** 2) + q[1] - (q[2:] @ q[2:] + r @ r) / 2
    return f


def quantities(case, q):
    """Unconstrained draws (chains, draws, dim) -> the quantities whose ESS and moments are judged."""
    q = np.asarray(q, np.float64)
    if case != "eight":
        return q
    tau = np.exp(q[..., 1:2])
    return np.concatenate([q[..., :1], tau, q[..., :1] + tau * q[..., 2:]], -1)
