"""1,000 chains on the 25-d `german` posterior (models.py), all started from N(0, 1), float32, one jit. (MEADS diverges from N(0, 0.1^2).)
mala: 300 warm-up steps (step size to acceptance 0.574 by Robbins-Monro over the ensemble), then 1000 steps, every 10th kept.
chees: 300 warm-up steps, then 100 draws of jittered HMC.   meads: 500 warm-up, then 1000 GHMC steps, every 10th kept.
Quality: as in w_nuts.py; ESS over 1,000 x 100 kept draws; grads = gradient evaluations of one chain x chains."""
from harness import main, timed
from models import DIM, jax_logdensity
from w_nuts import finish

SIZES = {"tiny": dict(chains=100, draws=20), "small": dict(chains=300, draws=50), "full": dict(chains=1000, draws=100)}


def peer(kind):
    def f(case, P, R):
        import blackjax, jax, jax.numpy as jnp, numpy as np, optax
        ld = jax_logdensity("german"); d = DIM["german"]; C, D = P["chains"], P["draws"]
        thin = lambda step, st, key, k: jax.lax.scan(
            lambda s, kk: (lambda u: (u[0], (u[0].position, u[1].mean())))(jax.lax.scan(step, s, jax.random.split(kk, k))), st, jax.random.split(key, D))[1]

        def mala(x0, k1, k2):
            ker = blackjax.mala.build_kernel(); st = jax.vmap(lambda x: blackjax.mala.init(x, ld))(x0)
            mv = lambda s, k, e: (lambda r: (r[0], r[1].acceptance_rate.mean()))(jax.vmap(lambda kk, ss: ker(kk, ss, ld, e))(jax.random.split(k, C), s))

            def warm(c, x):
                s, le = c; i, k = x
                s, a = mv(s, k, jnp.exp(le))
                return (s, le + (a - 0.574) * 4 / (1 + i) ** 0.6), None
            (st, le), _ = jax.lax.scan(warm, (st, jnp.log(1e-3)), (jnp.arange(300.0), jax.random.split(k1, 300)))
            q, a = thin(lambda s, k: mv(s, k, jnp.exp(le)), st, k2, 10)
            return q, 300 + 10 * D, a.mean(), jnp.exp(le)

        def chees(x0, k1, k2):
            wa = blackjax.chees_adaptation(ld, C, adaptation_info_fn=lambda s, i, a: i.num_integration_steps[0])
            (st, par), nw = wa.run(k1, x0, 0.05, optax.adam(0.02), 300, max_sampling_steps=D)
            ker = blackjax.dynamic_hmc(ld, **par).step

            def one(s, k):
                s, i = jax.vmap(ker)(jax.random.split(k, C), s)
                return s, (s.position, i.num_integration_steps[0], i.acceptance_rate.mean())
            _, (q, n, a) = jax.lax.scan(one, st, jax.random.split(k2, D))
            return q, nw.sum() + n.sum(), a.mean(), par["step_size"]

        def meads(x0, k1, k2):
            wa = blackjax.meads_adaptation(ld, C, adaptation_info_fn=lambda s, i, a: 0)
            (st, par), _ = wa.run(k1, x0, 500)
            ker = blackjax.ghmc(ld, **par).step

            def one(s, k):
                s, i = jax.vmap(ker)(jax.random.split(k, C), s)
                return s, i.acceptance_rate.mean()
            q, a = thin(one, st, k2, 10)
            return q, 500 + 10 * D, a.mean(), jnp.ravel(par["step_size"])[0]

        algo = dict(mala=mala, chees=chees, meads=meads)[kind]

        @jax.jit
        def go(key):
            k0, k1, k2 = jax.random.split(key, 3)
            return algo(jax.random.normal(k0, (C, d)), k1, k2)
        outs = []

        def run(i):
            o = jax.block_until_ready(go(jax.random.key(i + 7)))
            outs.append(o) if i >= 0 else None
        t, o = timed(run, R)
        r = finish(t, [np.asarray(o[0]).swapaxes(0, 1) for o in outs], "german", P, float(outs[0][1]) * C, None,
                   acceptance=float(outs[0][2]), step_size=float(outs[0][3]))
        return r
    return f


PEERS = {f"blackjax-{k}": (peer(k), ["blackjax", "jax"]) for k in ("mala", "chees", "meads")}
if __name__ == "__main__":
    main("manychain", SIZES, PEERS)
