"""Langevin ensembles: n independent 2-D particles, float32, all from one point, `steps` steps; potentials and steps in potentials.py.
em-*:    overdamped, Euler-Maruyama,  x <- x - dt grad V + sqrt(2 dt / beta) xi.    baoab-*: underdamped, gamma 1, mass 1, p0 = 0.
doublewell: V = (x^2-1)^2 + y^2/2, beta 3, start (-1, 0), dt 0.01 (em), 0.05 (baoab).
mueller:    Mueller-Brown, beta 0.1, start (-0.558, 1.442), dt 1e-4 (em), 0.005 (baoab).
Quality: means over the last positions of x, y, V (and p^2 beta / 2 for baoab); monte-carlo error sd / sqrt(n).
At full size reference.json holds em-doublewell's mean x at t = 10 (1-D Fokker-Planck) and the Gibbs mean of V."""
from harness import main, timed
from potentials import CASES, energy, init, step

SIZES = {"tiny": dict(n=20_000, steps=50), "small": dict(n=100_000, steps=200), "full": dict(n=1_000_000, steps=1000)}
B = 8192  # block size of the blocked peers


def finish(t, st, case, P):
    import numpy as np
    st = [np.asarray(v, np.float64).ravel() for v in st]
    V = energy(case, st[0], st[1], np)
    q = dict(mean_x=st[0].mean(), mean_y=st[1].mean(), mean_V=V.mean(), sd_V=V.std())
    if len(st) > 2:
        q["T_kin"] = (st[2] ** 2 + st[3] ** 2).mean() / 2 * CASES[case]["beta"]
    ps = P["n"] * P["steps"]
    return {**t, "particle_steps_per_s": ps / t["seconds"], "cpu_ns_per_particle_step": 1e9 * t["cpu_s"] / ps, **q, **P}


def jax_peer(impl, blocked):
    def f(case, P, R):
        import os
        if blocked:
            os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
        import jax, jax.numpy as jnp, numpy as np

        def run1(key, n):  # the idiomatic form: one fori_loop over whole arrays
            def body(i, c):
                key, k = jax.random.split(c[1])
                return step(case, c[0], jax.random.normal(k, (2, n)), jnp), key
            return jax.lax.fori_loop(0, P["steps"], body, (init(case, lambda v: jnp.full(n, v, jnp.float32), jnp), key))[0]

        if not blocked:
            run = jax.jit(lambda k: run1(k, P["n"]))
            t, st = timed(lambda i: jax.block_until_ready(run(jax.random.key(i + 7, impl=impl))), R)
            return finish(t, st, case, P)
        # tuned: cache-sized blocks one after another, half of them on each of two host devices
        from jax.sharding import Mesh, PartitionSpec as S
        b = -(-P["n"] // B // 2) * 2
        run = jax.jit(jax.shard_map(lambda ks: jax.lax.map(lambda k: run1(jax.random.wrap_key_data(k, impl=impl), B), ks),
                                    mesh=Mesh(np.array(jax.devices()), ("d",)), in_specs=S("d"), out_specs=S("d"), check_vma=False))
        keys = lambda i: jax.random.key_data(jax.random.split(jax.random.key(i + 7, impl=impl), b))
        t, st = timed(lambda i: jax.block_until_ready(run(keys(i))), R)
        return finish(t, st, case, {**P, "n": b * B})
    return f


def threads_peer(lib):
    """Blocks of 8192 particles on two Python threads (both libraries drop the GIL); numpy SFC64 ziggurat or torch MT19937."""
    def f(case, P, R):
        from concurrent.futures import ThreadPoolExecutor
        import numpy as np
        if lib == "torch":
            import torch as m
            m.set_num_threads(1); full = lambda v: m.full((B,), v)
        else:
            m = np; full = lambda v: np.full(B, v, np.float32)
        b = -(-P["n"] // B)

        def block(seed):
            if lib == "torch":
                g = m.Generator(); g.manual_seed(seed); xi = m.empty(2, B); draw = lambda: xi.normal_(generator=g)
            else:
                g = np.random.Generator(np.random.SFC64(seed)); xi = np.empty((2, B), np.float32)
                draw = lambda: g.standard_normal(dtype=np.float32, out=xi)
            st = init(case, full, m)
            for _ in range(P["steps"]):
                draw(); st = step(case, st, xi, m)
            return st

        def run(i):
            with ThreadPoolExecutor(2) as ex:
                return list(zip(*ex.map(block, range((i + 1) * b, (i + 2) * b))))
        t, st = timed(run, R, cold=False)
        return finish(t, [np.concatenate([np.asarray(a) for a in v]) for v in st], case, {**P, "n": b * B})
    return f


def torch_compile(case, P, R):
    import torch
    n = P["n"]; st1 = torch.compile(lambda st: step(case, st, torch.randn(2, n), torch))

    def run(i):
        torch.manual_seed(i + 7); st = init(case, lambda v: torch.full((n,), v), torch)
        for _ in range(P["steps"]):
            st = st1(st)
        return st
    t, st = timed(run, R)
    return finish(t, st, case, P)


def numba_peer(case, P, R):
    """Scalar loop per particle, prange; numba's own normals (MT19937, polar method)."""
    import numpy as np, numba as nb, math, potentials
    c = CASES[case]; dt = c["dt"]; under = "gamma" in c; dw = c["V"] == "dw"
    A = np.array(potentials.MB)
    a = math.exp(-c.get("gamma", 0) * dt); s = ((1 - a * a) / c["beta"]) ** 0.5 if under else (2 * dt / c["beta"]) ** 0.5

    @nb.njit(fastmath=True)
    def grad(x, y):
        if dw:
            return 4 * x * (x * x - 1), y
        gx = 0.0; gy = 0.0
        for k in range(4):
            dx = x - A[k, 4]; dy = y - A[k, 5]
            e = A[k, 0] * math.exp(A[k, 1] * dx * dx + A[k, 2] * dx * dy + A[k, 3] * dy * dy)
            gx += e * (2 * A[k, 1] * dx + A[k, 2] * dy); gy += e * (A[k, 2] * dx + 2 * A[k, 3] * dy)
        return gx, gy
    x0, y0 = c["x0"]; h = dt / 2

    @nb.njit(parallel=True, fastmath=True)
    def go(o, steps):
        for i in nb.prange(o.shape[1]):
            x = x0; y = y0; px = 0.0; py = 0.0
            gx, gy = grad(x, y)
            for _ in range(steps):
                u = np.random.standard_normal(); v = np.random.standard_normal()
                if under:
                    px -= h * gx; py -= h * gy; x += h * px; y += h * py
                    px = a * px + s * u; py = a * py + s * v
                    x += h * px; y += h * py
                    gx, gy = grad(x, y)
                    px -= h * gx; py -= h * gy
                else:
                    x += s * u - dt * gx; y += s * v - dt * gy
                    gx, gy = grad(x, y)
            o[0, i] = x; o[1, i] = y; o[2, i] = px; o[3, i] = py
    o = np.empty((4, P["n"]))
    t, _ = timed(lambda i: go(o, P["steps"]), R)
    return finish(t, o[:4 if under else 2], case, P)


def diffrax_peer(case, P, R):
    import jax, jax.numpy as jnp, diffrax as dx
    from potentials import grad
    c = CASES[case]; s = (2 / c["beta"]) ** 0.5

    def one(key):
        drift = dx.ODETerm(lambda t, u, a: -jnp.stack(grad(case, u[0], u[1], jnp)))
        noise = dx.ControlTerm(lambda t, u, a: s * jnp.eye(2), dx.UnsafeBrownianPath(shape=(2,), key=key))
        return dx.diffeqsolve(dx.MultiTerm(drift, noise), dx.Euler(), 0.0, c["dt"] * P["steps"], c["dt"], jnp.array(c["x0"]),
                              max_steps=None, adjoint=dx.DirectAdjoint()).ys[0]
    run = jax.jit(jax.vmap(one))
    t, u = timed(lambda i: jax.block_until_ready(run(jax.random.split(jax.random.key(i + 7), P["n"]))), R)
    return finish(t, (u[:, 0], u[:, 1]), case, P)


PEERS = {"jax-jit": (jax_peer("threefry2x32", False), ["jax"]), "jax-blocked": (jax_peer("threefry2x32", True), ["jax"]),
         "jax-blocked-rbg": (jax_peer("rbg", True), ["jax"]),
         "numpy-threads": (threads_peer("numpy"), ["numpy"]), "torch-threads": (threads_peer("torch"), ["torch"]),
         "torch-compile": (torch_compile, ["torch"]), "numba": (numba_peer, ["numba"]), "diffrax": (diffrax_peer, ["diffrax", "jax"])}
if __name__ == "__main__":
    slow = ("diffrax", "torch-compile", "numba", "jax-blocked-rbg")
    main("langevin", SIZES, PEERS, cases=CASES, skip={(None, p, "full") for p in slow} | {(c, "diffrax", s) for c in CASES if "baoab" in c for s in SIZES})
