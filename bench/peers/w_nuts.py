"""NUTS, 4 chains x 1000 draws after each peer's usual warm-up (given as `tune`), diagonal metric, acceptance 0.8.
Posteriors: models.py. `seconds` = sampling wall time with warm-up, without compilation (`cold_s`).
Quality: min bulk ESS over all quantities (ArviZ), per second and per CPU second; ess_s_cold counts compilation too;
z_max = largest |mean - reference| / sqrt(sd^2/ESS + reference error^2); grads = gradient evaluations, draws and warm-up."""
from harness import load, main, reference, timed
from models import DIM, RHO, S8, SCALES, Y8, jax_logdensity, quantities

SIZES = {"tiny": dict(draws=100, chains=4), "small": dict(draws=500, chains=4), "full": dict(draws=1000, chains=4)}
CASES = ("german", "synth", "eight", "gauss100", "radon")


def finish(t, outs, case, P, grads, tune, **kw):
    """outs: the draws (chains, draws, dim) of every repeat; medians over repeats."""
    import arviz as az, numpy as np
    outs = [quantities(case, o) for o in outs]
    es = [az.ess(o, chain_axis=0, draw_axis=1, method="bulk") for o in outs]
    m = float(np.median([e.min() for e in es]))
    q = {**t, "min_ess": m, "ess_s": m / t["seconds"], "ess_cpu_s": m / t["cpu_s"], "ess_s_cold": m / (t["seconds"] + t.get("cold_s", 0)),
         "grads": grads, "us_cpu_per_grad": 1e6 * t["cpu_s"] / grads if grads else None, "ess_per_grad": m / grads if grads else None,
         "rhat_max": float(np.max([az.rhat(o, chain_axis=0, draw_axis=1).max() for o in outs])), "tune": tune, **P, **kw}
    ref = reference().get(case)
    if ref:
        mu, sd, se = (np.array(ref[k]) for k in ("mean", "sd", "mcse"))
        z = [abs(o.mean((0, 1)) - mu) / np.sqrt(sd ** 2 / np.maximum(e, 1) + se ** 2) for o, e in zip(outs, es)]
        q["z_max"] = float(np.median([v.max() for v in z])); q["sd_ratio_worst"] = float(np.exp(max(abs(np.log(o.std((0, 1)) / sd)).max() for o in outs)))
    return q


def pymc_model(case):
    import pymc as pm, numpy as np
    with pm.Model() as m:
        if case in ("german", "synth"):
            X, y = load(case + "_X"), load(case + "_y")
            b = pm.Normal("q", 0, 1, shape=DIM[case])
            pm.Bernoulli("y", logit_p=pm.math.dot(X, b), observed=y)
        elif case == "gauss100":
            q = pm.Flat("q", shape=100)
            z = q / SCALES
            pm.Potential("energy", -(z[0] ** 2 + ((z[1:] - RHO * z[:-1]) ** 2).sum() / (1 - RHO ** 2)) / 2)
        elif case == "radon":
            county, floor, uranium, y = load("radon").T
            b = pm.Normal("b", 0, 10, shape=3); s = pm.HalfNormal("s", 1, shape=2); z = pm.Normal("z", 0, 1, shape=85)
            pm.Normal("y", b[0] + b[1] * uranium + b[2] * floor + (s[1] * z)[county.astype(int)], s[0], observed=y)
        else:
            mu = pm.Normal("mu", 0, 5); tau = pm.HalfCauchy("tau", 5); z = pm.Normal("z", 0, 1, shape=8)
            pm.Normal("y", mu + tau * z, S8, observed=Y8)
    return m


def nutpie_run(case, P, R, compile_model, label):
    import nutpie, numpy as np, time
    t0 = time.perf_counter(); cm = compile_model(); cc = time.perf_counter() - t0
    outs, grads = [], []

    def run(i):
        tr = nutpie.sample(cm, draws=P["draws"], chains=P["chains"], cores=2, seed=i + 7, progress_bar=False)
        outs.append(tr) if i >= 0 else None
    t, _ = timed(run, R)
    t["cold_s"] = round(t["cold_s"] + cc, 3)

    def draws(tr):
        p = tr.posterior
        if "q" in p:
            return p["q"].values
        if case == "radon":
            return np.concatenate([p["b"].values, np.log(p["s"].values), p["z"].values], -1)
        return np.concatenate([p["mu"].values[..., None], np.log(p["tau"].values)[..., None], p["z"].values], -1)
    st = lambda tr: int(tr.sample_stats["n_steps"].sum() + tr.warmup_sample_stats["n_steps"].sum())
    tune = int(outs[0].warmup_sample_stats["n_steps"].shape[1])
    return finish(t, [draws(o) for o in outs], case, P, float(np.median([st(o) for o in outs])), tune, metric=label)


def nutpie_pymc(backend, gradient_backend="pytensor"):
    def f(case, P, R):
        import nutpie
        m = pymc_model(case)
        kw = dict(backend=backend) if backend == "numba" else dict(backend=backend, gradient_backend=gradient_backend)
        return nutpie_run(case, P, R, lambda: nutpie.compile_pymc_model(m, **kw), "diag (gradient-based, nutpie)")
    return f


def nutpie_hand(case, P, R):
    """nutpie's sampler (nuts-rs) on a hand-written numpy log density: the Python callback holds the GIL."""
    import nutpie, numpy as np
    d = DIM[case]
    if case in ("german", "synth"):
        X, y = load(case + "_X"), load(case + "_y"); Xt = np.ascontiguousarray(X.T)

        def logp(b):
            l = X @ b; e = np.exp(-np.abs(l)); p = np.where(l > 0, 1.0, e) / (1 + e)
            return float(y @ l - np.maximum(l, 0).sum() - np.log1p(e).sum() - b @ b / 2), Xt @ (y - p) - b
    elif case == "gauss100":
        def logp(q):
            z = q / SCALES; r = (z[1:] - RHO * z[:-1]) / (1 - RHO ** 2)
            g = np.zeros(100); g[0] = -z[0]; g[1:] -= r; g[:-1] += RHO * r; g /= SCALES
            return float(q @ g) / 2, g
    elif case == "radon":
        county, floor, uranium, y = load("radon").T
        county = county.astype(int); X = np.stack([np.ones(len(y)), uranium, floor], 1); Xt = np.ascontiguousarray(X.T)

        def logp(q):
            s, t = np.exp(q[3]), np.exp(q[4]); r = (y - X @ q[:3] - (t * q[5:])[county]) / s; rr = r @ r
            by = np.bincount(county, r, 85) / s
            g = np.empty(90); g[:3] = Xt @ r / s - q[:3] / 100; g[3] = rr - s * s - len(y) + 1; g[4] = t * (by @ q[5:]) - t * t + 1
            g[5:] = t * by - q[5:]
            return float(-(q[:3] @ q[:3] / 100 + s * s + t * t + q[5:] @ q[5:] + rr) / 2 - (len(y) - 1) * q[3] + q[4]), g
    else:
        def logp(q):
            tau = np.exp(q[1]); r = (Y8 - q[0] - tau * q[2:]) / S8; u = (tau / 5) ** 2; w = r / S8
            g = np.empty(10); g[0] = w.sum() - q[0] / 25; g[1] = tau * (w @ q[2:]) - 2 * u / (1 + u) + 1; g[2:] = tau * w - q[2:]
            return float(-(q[0] / 5) ** 2 / 2 - np.log1p(u) + q[1] - (q[2:] @ q[2:] + r @ r) / 2), g
    mk = lambda: nutpie.compiled_pyfunc.from_pyfunc(d, lambda: logp, lambda *a: (lambda x: {"q": x}), [np.dtype("float64")], [(d,)], ["q"])
    return nutpie_run(case, P, R, mk, "diag (gradient-based, nutpie)")


def blackjax_peer(twodev):
    def f(case, P, R):
        import os
        if twodev:
            os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
        import jax, jax.numpy as jnp, numpy as np, blackjax
        ld = jax_logdensity(case); d = DIM[case]; C = P["chains"]; tune = min(1000, P["draws"])

        def chain(key):
            k0, k1, k2 = jax.random.split(key, 3)
            x0 = jax.random.uniform(k0, (d,), minval=-2.0, maxval=2.0) * (0.1 if case in ("eight", "radon") else 1.0)
            wa = blackjax.window_adaptation(blackjax.nuts, ld, adaptation_info_fn=lambda s, i, a: i.num_integration_steps)
            (st, par), nw = wa.run(k1, x0, num_steps=tune)
            ker = blackjax.nuts(ld, **par).step

            def one(s, k):
                s, i = ker(k, s)
                return s, (s.position, i.num_integration_steps)
            _, (q, ns) = jax.lax.scan(one, st, jax.random.split(k2, P["draws"]))
            return q, ns.sum() + nw.sum()
        if twodev:
            from jax.sharding import Mesh, PartitionSpec as S
            one = jax.shard_map(lambda ks: jax.lax.map(lambda k: chain(jax.random.wrap_key_data(k)), ks), mesh=Mesh(np.array(jax.devices()), ("d",)),
                                in_specs=S("d"), out_specs=S("d"), check_vma=False)
            run1 = jax.jit(one); keys = lambda i: jax.random.key_data(jax.random.split(jax.random.key(i + 7), C))
        else:
            run1 = jax.jit(jax.vmap(chain)); keys = lambda i: jax.random.split(jax.random.key(i + 7), C)
        outs = []

        def run(i):
            o = jax.block_until_ready(run1(keys(i)))
            outs.append(o) if i >= 0 else None
        t, _ = timed(run, R)
        return finish(t, [np.asarray(o[0]) for o in outs], case, P, float(np.median([int(o[1].sum()) for o in outs])), tune, metric="diag, float32")
    return f


def numpyro_2dev(case, P, R):
    """One chain = one MCMC object traced inside jit; 2 chains on each of two host devices. (The idiomatic MCMC.run compiles
    anew at every call, see numpyro-parallel.)"""
    import os
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    import jax, numpy as np
    from jax.sharding import Mesh, PartitionSpec as S
    from numpyro.infer import MCMC, NUTS
    ld = jax_logdensity(case); d = DIM[case]; tune = min(1000, P["draws"]); scale = 0.1 if case in ("eight", "radon") else 1.0

    def chain(k):
        k0, k1, k2 = jax.random.split(jax.random.wrap_key_data(k), 3)
        mc = MCMC(NUTS(potential_fn=lambda q: -ld(q)), num_warmup=tune, num_samples=P["draws"], progress_bar=False)
        mc.warmup(k1, init_params=scale * jax.random.uniform(k0, (d,), minval=-2.0, maxval=2.0), collect_warmup=True, extra_fields=("num_steps",))
        nw = mc.get_extra_fields()["num_steps"].sum()
        mc.run(k2, extra_fields=("num_steps",))
        return mc.get_samples(), nw + mc.get_extra_fields()["num_steps"].sum()
    f = jax.jit(jax.shard_map(lambda ks: jax.lax.map(chain, ks), mesh=Mesh(np.array(jax.devices()), ("d",)), in_specs=S("d"), out_specs=S("d"), check_vma=False))
    outs = []

    def run(i):
        o = jax.block_until_ready(f(jax.random.key_data(jax.random.split(jax.random.key(i + 7), P["chains"]))))
        outs.append(o) if i >= 0 else None
    t, _ = timed(run, R)
    return finish(t, [np.asarray(o[0]) for o in outs], case, P, float(np.median([int(o[1].sum()) for o in outs])), tune, metric="diag, float32")


def numpyro_parallel(case, P, R):
    """MCMC.run as documented, chains on 4 host devices; every call compiles, so `seconds` includes compilation."""
    import numpyro
    numpyro.set_host_device_count(P["chains"])
    import jax, numpy as np
    from numpyro.infer import MCMC, NUTS
    ld = jax_logdensity(case); d = DIM[case]; tune = min(1000, P["draws"]); scale = 0.1 if case in ("eight", "radon") else 1.0
    mc = MCMC(NUTS(potential_fn=lambda q: -ld(q)), num_warmup=tune, num_samples=P["draws"], num_chains=P["chains"], chain_method="parallel", progress_bar=False)
    outs = []

    def run(i):
        k0, k1 = jax.random.split(jax.random.key(i + 7))
        mc.run(k1, init_params=scale * jax.random.uniform(k0, (P["chains"], d), minval=-2.0, maxval=2.0))
        q = np.asarray(mc.get_samples(group_by_chain=True))
        outs.append(q) if i >= 0 else None
    t, _ = timed(run, R, cold=False)
    return finish(t, outs, case, P, None, tune, metric="diag, float32")


PEERS = {"nutpie-pymc-numba": (nutpie_pymc("numba"), ["nutpie", "pymc"]), "nutpie-pymc-jax": (nutpie_pymc("jax", "jax"), ["nutpie", "pymc", "jax"]),
         "nutpie-numpy": (nutpie_hand, ["nutpie", "numpy"]),
         "blackjax-vmap": (blackjax_peer(False), ["blackjax", "jax"]), "blackjax-2dev": (blackjax_peer(True), ["blackjax", "jax"]),
         "numpyro-2dev": (numpyro_2dev, ["numpyro", "jax"]), "numpyro-parallel": (numpyro_parallel, ["numpyro", "jax"])}
if __name__ == "__main__":
    main("nuts", SIZES, PEERS, cases=CASES, skip={(c, "numpyro-parallel", s) for c in CASES[1:] for s in SIZES})
