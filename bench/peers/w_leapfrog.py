"""3 leapfrog: kick-drift-kick on n independent 2-D Hamiltonian systems, float64, no random numbers.
kepler: H = |p|^2/2 - 1/|q|; q0 = (1-e, 0), p0 = (0, sqrt((1+e)/(1-e))), e = 0.6 k/(n-1), k = 0..n-1; dt = 2 pi/500.
henon:  H = |p|^2/2 + |q|^2/2 + x^2 y - y^3/3; energy 1/12; q0 = (0, y0), y0 = -0.2 + 0.4 k/(n-1), p0 = (sqrt(2 (1/12 - V)), 0); dt 0.05.
Quality: largest and rms |H_end - H_0| / |H_0| over the ensemble; sum_q = sum of all end coordinates (a fingerprint)."""
from harness import main, timed

SIZES = {"tiny": dict(n=20_000, steps=100), "small": dict(n=100_000, steps=500), "full": dict(n=100_000, steps=10_000)}
DT = {"kepler": 2 * 3.141592653589793 / 500, "henon": 0.05}
B = 2048


def init(case, n):
    import numpy as np
    k = np.arange(n) / (n - 1); z = np.zeros(n)
    if case == "kepler":
        e = 0.6 * k
        return np.stack([1 - e, z, z, np.sqrt((1 + e) / (1 - e))])
    y = -0.2 + 0.4 * k
    return np.stack([z, y, np.sqrt(2 * (1 / 12 - y * y / 2 + y ** 3 / 3)), z])


def force(case, x, y, m):
    if case == "kepler":
        r2 = x * x + y * y
        w = -1 / (r2 * m.sqrt(r2))
        return w * x, w * y
    return -x - 2 * x * y, -y - x * x + y * y


def energy(case, s):
    x, y, px, py = s; K = (px * px + py * py) / 2
    return K - (x * x + y * y) ** -0.5 if case == "kepler" else K + (x * x + y * y) / 2 + x * x * y - y ** 3 / 3


def loop(case, steps, m, fori):
    """Leapfrog with the two half kicks of neighbouring steps merged; fori(lo, hi, body, state)."""
    dt = DT[case]

    def body(i, s):
        x, y, px, py = s
        x, y = x + dt * px, y + dt * py
        fx, fy = force(case, x, y, m)
        return x, y, px + dt * fx, py + dt * fy

    def run(s):
        x, y, px, py = s
        fx, fy = force(case, x, y, m)
        x, y, px, py = fori(0, steps, body, (x, y, px + dt / 2 * fx, py + dt / 2 * fy))
        fx, fy = force(case, x, y, m)
        return x, y, px - dt / 2 * fx, py - dt / 2 * fy
    return run


def finish(t, s, case, P):
    import numpy as np
    s = np.asarray(s).reshape(4, -1); h0, h = energy(case, init(case, P["n"])), energy(case, s); d = abs(h - h0) / abs(h0)
    ps = P["n"] * P["steps"]
    return {**t, "particle_steps_per_s": ps / t["seconds"], "cpu_ns_per_particle_step": 1e9 * t["cpu_s"] / ps,
            "dE_max": d.max(), "dE_rms": (d ** 2).mean() ** 0.5, "sum_q": s[:2].sum(), **P}


def pyfor(lo, hi, body, s):
    for i in range(lo, hi):
        s = body(i, s)
    return s


def jax_peer(blocked):
    def f(case, P, R):
        import os
        if blocked:
            os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
        import jax, jax.numpy as jnp, numpy as np
        jax.config.update("jax_enable_x64", True)
        fori = (lambda lo, hi, b, s: jax.lax.fori_loop(lo, hi, b, s, unroll=5)) if blocked else jax.lax.fori_loop
        go = loop(case, P["steps"], jnp, fori); s0 = init(case, P["n"])
        if not blocked:
            run = jax.jit(go); s0 = tuple(jnp.asarray(v) for v in s0)
            t, s = timed(lambda i: jax.block_until_ready(run(s0)), R)
            return finish(t, s, case, P)
        from jax.sharding import Mesh, PartitionSpec as S
        b = -(-P["n"] // B // 2) * 2
        pad = np.concatenate([s0, np.repeat(s0[:, -1:], b * B - P["n"], 1)], 1).reshape(4, b, B).swapaxes(0, 1)
        run = jax.jit(jax.shard_map(lambda u: jax.lax.map(lambda s: jnp.stack(go(s)), u), mesh=Mesh(np.array(jax.devices()), ("d",)),
                                    in_specs=S("d"), out_specs=S("d"), check_vma=False))
        t, u = timed(lambda i: jax.block_until_ready(run(pad)), R)
        return finish(t, np.asarray(u).swapaxes(0, 1).reshape(4, -1)[:, :P["n"]], case, {**P, "note": f"padded to {b * B}"})
    return f


def threads_peer(lib):
    def f(case, P, R):
        import numpy as np
        from concurrent.futures import ThreadPoolExecutor
        m, s0 = np, init(case, P["n"])
        if lib == "torch":
            import torch as m
            m.set_num_threads(1); s0 = m.from_numpy(s0)
        go = loop(case, P["steps"], m, pyfor)

        def run(i):
            with ThreadPoolExecutor(2) as ex:
                return np.concatenate([np.stack(r) for r in ex.map(lambda lo: go(s0[:, lo:lo + 8192]), range(0, P["n"], 8192))], 1)
        t, s = timed(run, R, cold=False)
        return finish(t, s, case, P)
    return f


def numba_peer(case, P, R):
    """64 systems side by side so that LLVM can vectorise across them."""
    import numpy as np, numba as nb, math
    kep = case == "kepler"; dt = DT[case]; L = 64

    @nb.njit(fastmath=True, inline="always")
    def kick(x, y, px, py, h):
        for l in range(L):
            if kep:
                r2 = x[l] * x[l] + y[l] * y[l]; w = -h / (r2 * math.sqrt(r2))
                px[l] += w * x[l]; py[l] += w * y[l]
            else:
                px[l] -= h * (x[l] + 2 * x[l] * y[l]); py[l] -= h * (y[l] + x[l] * x[l] - y[l] * y[l])

    @nb.njit(parallel=True, fastmath=True)
    def go(s0, o, steps):
        n = s0.shape[1]
        for b in nb.prange(n // L):
            x = s0[0, b * L:b * L + L].copy(); y = s0[1, b * L:b * L + L].copy()
            px = s0[2, b * L:b * L + L].copy(); py = s0[3, b * L:b * L + L].copy()
            kick(x, y, px, py, dt / 2)
            for _ in range(steps):
                for l in range(L):
                    x[l] += dt * px[l]; y[l] += dt * py[l]
                kick(x, y, px, py, dt)
            kick(x, y, px, py, -dt / 2)
            o[0, b * L:b * L + L] = x; o[1, b * L:b * L + L] = y; o[2, b * L:b * L + L] = px; o[3, b * L:b * L + L] = py
    s0 = init(case, P["n"]); s0 = np.concatenate([s0, np.repeat(s0[:, -1:], -P["n"] % L, 1)], 1); o = np.empty_like(s0)
    t, _ = timed(lambda i: go(s0, o, P["steps"]), R)
    return finish(t, o[:, :P["n"]], case, P)


def diffrax_peer(case, P, R):
    """diffrax has symplectic Euler (SemiImplicitEuler), not leapfrog: same cost per step, first order."""
    import jax, jax.numpy as jnp, diffrax as dx
    jax.config.update("jax_enable_x64", True)
    f = dx.ODETerm(lambda t, p, a: p); g = dx.ODETerm(lambda t, q, a: jnp.stack(force(case, q[0], q[1], jnp)))
    s0 = jnp.asarray(init(case, P["n"]))

    def one(s):
        r = dx.diffeqsolve((f, g), dx.SemiImplicitEuler(), 0.0, DT[case] * P["steps"], DT[case], (s[:2], s[2:]), max_steps=None,
                           adjoint=dx.DirectAdjoint()).ys
        return jnp.concatenate([r[0][0], r[1][0]])
    run = jax.jit(jax.vmap(one, 1, 1))
    t, s = timed(lambda i: jax.block_until_ready(run(s0)), R)
    return finish(t, s, case, P)


PEERS = {"jax-jit": (jax_peer(False), ["jax"]), "jax-blocked": (jax_peer(True), ["jax"]), "numpy-threads": (threads_peer("numpy"), ["numpy"]),
         "torch-threads": (threads_peer("torch"), ["torch"]), "numba": (numba_peer, ["numba"]), "diffrax": (diffrax_peer, ["diffrax", "jax"])}
if __name__ == "__main__":
    main("leapfrog", SIZES, PEERS, cases=tuple(DT), skip={(None, p, "full") for p in ("diffrax", "torch-threads")})
