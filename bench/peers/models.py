"""The five posteriors of w_nuts.py: JAX log densities, and the names under which data/reference.json keeps their moments.
german:   y ~ Bernoulli(sigmoid(X b)), X = german_X (1000 x 25, last column 1), b ~ N(0, 1).
synth:    the same on synth_X (10,000 x 50).
eight:    mu ~ N(0, 5^2), tau ~ HalfCauchy(5), z_j ~ N(0, 1), theta = mu + tau z, y_j ~ N(theta_j, sigma_j^2); quantities: mu, tau, theta_1..8.
gauss100: N(0, gauss100_cov), covariance s_i s_j 0.9^|i-j|: its precision has three diagonals, and every form below uses that.
radon:    log_radon ~ N(a + b1 log_uranium + b2 floor + sd z_county, sigma^2), a, b ~ N(0, 10^2), z ~ N(0, 1), sd, sigma ~ half-N(1);
          quantities: a, b1, b2, sigma, sd, and the 85 effects sd z. q = (a, b1, b2, log sigma, log sd, z)."""
import numpy as np
from harness import load

DIM = {"german": 25, "synth": 50, "eight": 10, "gauss100": 100, "radon": 90}
RHO, SCALES = 0.9, np.logspace(-1, 1, 100)
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
        w = jnp.asarray(1 / SCALES, dtype)

        def f(q):
            z = w * q
            r = z[1:] - RHO * z[:-1]
            return -(z[0] ** 2 + r @ r / (1 - RHO ** 2)) / 2
        return f
    if case == "radon":
        county, floor, uranium, y = load("radon").T
        county = jnp.asarray(county, "int32"); floor, uranium, y = (jnp.asarray(v, dtype) for v in (floor, uranium, y))

        def f(q):
            r = y - (q[0] + q[1] * uranium + q[2] * floor + (jnp.exp(q[4]) * q[5:])[county])
            scales = jnp.exp(q[3:5])
            return -(q[:3] @ q[:3] / 100 + scales @ scales + q[5:] @ q[5:] + (r @ r) / scales[0] ** 2) / 2 - (len(y) - 1) * q[3] + q[4]
        return f
    y, s = jnp.asarray(Y8, dtype), jnp.asarray(S8, dtype)

    def f(q):  # q = (mu, log tau, z)
        tau = jnp.exp(q[1])
        r = (y - q[0] - tau * q[2:]) / s
        return -(q[0] / 5) ** 2 / 2 - jnp.log1p((tau / 5) ** 2) + q[1] - (q[2:] @ q[2:] + r @ r) / 2
    return f


def quantities(case, q):
    """Unconstrained draws (chains, draws, dim) -> the quantities whose ESS and moments are judged."""
    q = np.asarray(q, np.float64)
    if case == "radon":
        s = np.exp(q[..., 3:5])
        return np.concatenate([q[..., :3], s, s[..., 1:] * q[..., 5:]], -1)
    if case != "eight":
        return q
    tau = np.exp(q[..., 1:2])
    return np.concatenate([q[..., :1], tau, q[..., :1] + tau * q[..., 2:]], -1)
