"""Pointwise log likelihoods of every family against SciPy's densities, and leave-one-out figures against ArviZ.

From the draws on nothing is random, so the bounds are a hundred times the rounding that was found. They see an error of
1e-11 (1 + |l|) in one log likelihood l, of 1e-11 in the elpd or the effective parameters of one row, and of 1e-10 in its k or
in a total.
"""

import json
import os
import pathlib
import subprocess
import warnings

import numpy as np
import pytest

az = pytest.importorskip("arviz")
xr = pytest.importorskip("xarray")
stats = pytest.importorskip("scipy.stats")
special = pytest.importorskip("scipy.special")

ROOT = next(p for p in pathlib.Path(__file__).resolve().parents if (p / "Cargo.lock").exists())
STEEPEST = os.environ.get("STEEPEST", str(ROOT / "target/release/steepest"))
ROWS = 80
NEW = hasattr(az, "rhat_nested")  # ArviZ 1.x, which takes a tree


def normal(y, eta, p):
    return stats.norm.logpdf(y, eta, p["sigma"])


def bernoulli(y, eta, p):
    return stats.bernoulli.logpmf(y, special.expit(eta))


def poisson(y, eta, p):
    return stats.poisson.logpmf(y, np.exp(eta))


def negative_binomial(y, eta, p):
    return stats.nbinom.logpmf(y, p["shape"], p["shape"] / (p["shape"] + np.exp(eta)))


def zero_inflated_poisson(y, eta, p):
    counts = np.log1p(-p["zi"]) + stats.poisson.logpmf(y, np.exp(eta))
    return np.where(y == 0, np.logaddexp(np.log(p["zi"]) + 0 * eta, counts), counts)


def gamma(y, eta, p):
    return stats.gamma.logpdf(y, p["shape"], scale=np.exp(eta) / p["shape"])


def beta(y, eta, p):
    mean = special.expit(eta)
    return stats.beta.logpdf(y, mean * p["phi"], (1 - mean) * p["phi"])


def student(y, eta, p):
    return stats.t.logpdf(y, p["nu"], eta, p["sigma"])


# Families whose law is that of one linear predictor, and who need nothing else of the table.
FAMILIES = {
    "gaussian": normal,
    "bernoulli": bernoulli,
    "poisson": poisson,
    "negative_binomial": negative_binomial,
    "zero_inflated_poisson": zero_inflated_poisson,
    "gamma": gamma,
    "beta": beta,
    "student": student,
}


def response(family, x, rng):
    mean = np.exp(1 + 0.5 * x)
    return {
        "gaussian": lambda: x + rng.normal(size=ROWS),
        "bernoulli": lambda: rng.binomial(1, special.expit(x)),
        "poisson": lambda: rng.poisson(mean),
        "negative_binomial": lambda: rng.negative_binomial(2.0, 2 / (2 + mean)),
        "zero_inflated_poisson": lambda: rng.poisson(mean) * rng.binomial(1, 0.7, ROWS),
        "gamma": lambda: rng.gamma(2.0, mean / 2),
        "beta": lambda: rng.beta(2 * special.expit(x) + 0.1, 2 * special.expit(-x) + 0.1),
        "student": lambda: x + rng.standard_t(4, ROWS),
    }[family]()


def effects(p, names, g):
    """The group effect of each row, whose level is `names[g]`."""
    return np.concatenate([p[f"1|g[{name}]"] for name in names], axis=-1)[..., g]


def table(folder, **columns):
    """Writes table.csv. Numbers are written so that they are read back to the bit."""
    cells = [[str(v) if isinstance(v, str) else repr(v) for v in np.asarray(column).tolist()] for column in columns.values()]
    (folder / "table.csv").write_text("\n".join([",".join(columns)] + [",".join(row) for row in zip(*cells)]) + "\n")


def fit(folder, functional):
    """Runs a model of table.csv: the run folder."""
    (folder / "flow.toml").write_text(
        f"""[functional]
data = "table.csv"
{functional}
[scheme]
kind = "nuts"
[run]
draws = 500
seed = 1
[output]
log_likelihood = true
report = false
plots = false
"""
    )
    out = folder / "out"
    done = subprocess.run([STEEPEST, "run", "flow.toml", "--out", str(out)], capture_output=True, text=True, cwd=folder)
    assert (out / "summary.json").exists(), done.stderr
    return out


def regression(folder, family, formula="y ~ x", keys=""):
    return fit(folder, f'kind = "regression"\nformula = "{formula}"\nfamily = "{family}"\n{keys}')


def arviz(tree, log_likelihood, loo):
    """Elpd and k of each row by ArviZ, all its figures, and which rows they are comparable in."""
    posterior = tree["posterior"].to_dataset()
    found = tree["log_likelihood"].to_dataset()
    groups = {"posterior": posterior, "log_likelihood": found.assign(y=(found["y"].dims, log_likelihood))}
    rows = np.ones(log_likelihood.shape[-1], dtype=bool)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if NEW:
            theirs = az.loo(xr.DataTree.from_dict(groups), pointwise=True)
            return theirs.elpd_i.values, theirs.pareto_k.values, theirs, rows
        # Before 1 ArviZ rounds the length of the tail up, where it now rounds down, and takes out of it the draws that equal its
        # cutoff, as where a chain stays. With an efficiency that makes it as long, rows without such draws can be compared.
        draws, tail = loo["draws"], int(3 * np.sqrt(loo["draws"] / loo["relative_efficiency"]))
        theirs = az.loo(az.InferenceData(**groups), pointwise=True, reff=9 * draws / (tail - 0.5) ** 2)
    weights = np.sort(-log_likelihood.reshape(draws, -1), axis=0)
    rows = weights[draws - tail] - weights[draws - tail - 1] > 1e-12
    assert rows.mean() > 0.5
    return theirs.loo_i.values, theirs.pareto_k.values, theirs, rows


def compare(out, response, expected):
    """Holds a run folder against the log likelihood that `expected` makes of its draws, and against ArviZ: k of each row."""
    tree = xr.open_datatree(str(out / "draws.zarr"), engine="zarr")
    draws = {name: v.values if v.ndim == 3 else v.values[..., None] for name, v in tree["posterior"].data_vars.items()}
    log_likelihood = expected(draws)
    np.testing.assert_allclose(tree["log_likelihood"]["y"].values, log_likelihood, rtol=1e-11, atol=1e-11)

    loo = json.loads((out / "summary.json").read_text())["extra"]["loo"]
    assert loo["normalised"]
    elpd, parameters, k, _, y = np.load(out / "loo.npy").T
    np.testing.assert_array_equal(y, response)
    their_elpd, their_k, theirs, rows = arviz(tree, log_likelihood, loo)
    seen = special.logsumexp(log_likelihood, axis=(0, 1)) - np.log(loo["draws"])
    for ours, other, bound in ((elpd, their_elpd, 1e-11), (parameters, seen - their_elpd, 1e-11), (k, their_k, 1e-10)):
        np.testing.assert_allclose(ours[rows], other[rows], rtol=0, atol=bound)
    assert loo["above"] == np.sum(k > theirs.good_k)
    assert loo["largest_k"] == k.max()

    totals = {"elpd": elpd.sum(), "se": np.sqrt(len(y)) * elpd.std(ddof=1), "p": parameters.sum()}
    for name, value in totals.items():
        assert loo[name] == pytest.approx(value, rel=0, abs=1e-10), name
        if NEW:
            assert loo[name] == pytest.approx(float(getattr(theirs, name)), rel=0, abs=1e-10), name
    return k


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_that_of_arviz(family, tmp_path):
    rng = np.random.default_rng(5)
    x = rng.normal(size=ROWS)
    y = response(family, x, rng)
    table(tmp_path, x=x, y=y)
    out = regression(tmp_path, family)
    compare(out, y, lambda p: FAMILIES[family](y, p["intercept"] + p["x"] * x, p))


def test_it_is_that_of_arviz_with_trials(tmp_path):
    rng = np.random.default_rng(6)
    x = rng.normal(size=ROWS)
    # One trial is an event, whose binomial coefficient is 1: of more it has to be there.
    n = rng.integers(1, 30, ROWS)
    y = rng.binomial(n, special.expit(x))
    table(tmp_path, x=x, n=n, y=y)
    out = regression(tmp_path, "binomial", "y | trials(n) ~ x")
    compare(out, y, lambda p: stats.binom.logpmf(y, n, special.expit(p["intercept"] + p["x"] * x)))


def test_it_is_that_of_arviz_with_ordered_levels(tmp_path):
    rng = np.random.default_rng(7)
    # Its mean is far from 0: cuts are reported at x = 0, though they are moved at the mean.
    x = rng.normal(3, 1, size=ROWS)
    # Not in alphabetical order.
    levels = np.array(["never", "seldom", "often", "always"])
    y = np.searchsorted([2.0, 3.0, 4.5], x + rng.logistic(size=ROWS))
    table(tmp_path, x=x, y=levels[y])
    out = regression(tmp_path, "ordinal", keys=f"levels = {levels.tolist()}")

    def expected(p):
        below = special.expit(p["cut"][..., None, :] - (p["x"] * x)[..., None])
        below = np.pad(below, [(0, 0)] * 3 + [(1, 1)], constant_values=(0, 1))
        return np.log(np.diff(below)[..., np.arange(ROWS), y])

    compare(out, y, expected)


def test_it_is_that_of_arviz_with_categories(tmp_path):
    rng = np.random.default_rng(8)
    x = rng.normal(size=ROWS)
    levels = np.array(["ash", "beech", "cedar"])
    y = np.argmax(np.outer(x, [0.0, 1.0, -0.5]) + rng.gumbel(size=(ROWS, 3)), axis=1)
    table(tmp_path, x=x, y=levels[y])
    out = regression(tmp_path, "categorical")

    def expected(p):
        eta = [0 * p["y[beech]:x"] * x] + [p[f"y[{level}]:intercept"] + p[f"y[{level}]:x"] * x for level in levels[1:]]
        return special.log_softmax(np.stack(eta, axis=-1), axis=-1)[..., np.arange(ROWS), y]

    compare(out, y, expected)


@pytest.mark.parametrize("family", ["gaussian", "bernoulli", "poisson"])
def test_it_is_that_of_arviz_with_groups(family, tmp_path):
    rng = np.random.default_rng(9)
    x = rng.normal(size=ROWS)
    # Levels of unequal sizes, which are moved in unequal coordinates; their rows are not together.
    names = [f"g{i}" for i in range(8)]
    g = np.concatenate([np.arange(8), np.minimum(rng.geometric(0.3, ROWS - 8) - 1, 7)])
    y = response(family, x + 0.8 * rng.normal(size=8)[g], rng)
    table(tmp_path, x=x, g=np.array(names)[g], y=y)
    out = regression(tmp_path, family, "y ~ x + (1 | g)")
    compare(out, y, lambda p: FAMILIES[family](y, p["intercept"] + p["x"] * x + effects(p, names, g), p))


def test_it_is_that_of_arviz_where_rows_have_effects_of_their_own(tmp_path):
    rng = np.random.default_rng(10)
    # An effect is known by one row: without that row it has the law of its population, which is far wider.
    x = rng.normal(size=40)
    y = rng.poisson(np.exp(2 + 0.5 * x + 1.5 * rng.normal(size=40)))
    names = [f"g{i:02}" for i in range(40)]
    table(tmp_path, x=x, g=names, y=y)
    out = regression(tmp_path, "poisson", "y ~ x + (1 | g)")
    k = compare(out, y, lambda p: poisson(y, p["intercept"] + p["x"] * x + effects(p, names, np.arange(40)), p))
    assert np.sum(k > 0.7) >= 10


def test_it_is_that_of_arviz_where_rows_lie_far_out(tmp_path):
    rng = np.random.default_rng(11)
    x = rng.normal(size=30)
    y = x + 0.5 * rng.normal(size=30)
    # The first is far out in x too, so that the slope hangs on it; the second in y alone, so that sigma does.
    x[:2], y[:2] = [8.0, 0.0], [-15.0, 20.0]
    table(tmp_path, x=x, y=y)
    out = regression(tmp_path, "gaussian")
    k = compare(out, y, lambda p: normal(y, p["intercept"] + p["x"] * x, p))
    assert k[0] > 0.7 and k[1] > 0.7


def test_it_is_that_of_arviz_of_a_row_model(tmp_path):
    rng = np.random.default_rng(12)
    t = np.linspace(0, 4, 40)
    y = 3 * np.exp(-0.7 * t) + 0.2 * rng.normal(size=40)
    table(tmp_path, t=t, y=y)
    # As in a textbook, without log(2 pi) / 2: `simulate` says that it belongs there.
    out = fit(
        tmp_path,
        """kind = "rows"
nll = "log(s) + 0.5*((y - a*exp(-b*t))/s)^2"
response = "y"
simulate = "normal(a*exp(-b*t), s)"
parameters = { a = "real", b = "positive", s = "positive" }
priors = { a = "normal(0, 10)", b = "exponential(1)", s = "exponential(1)" }""",
    )
    compare(out, y, lambda p: stats.norm.logpdf(y, p["a"] * np.exp(-p["b"] * t), p["s"]))


def test_it_is_that_of_arviz_of_a_row_model_with_censored_rows(tmp_path):
    rng = np.random.default_rng(13)
    arm = np.arange(60) % 2
    weeks = rng.weibull(1.4, size=60) * np.exp(np.array([2.0, 3.0])[arm])
    relapse = (weeks < 20).astype(int)
    weeks = np.minimum(weeks, 20.0)
    table(tmp_path, weeks=weeks, relapse=relapse, arm=np.array(["new", "old"])[arm])
    out = fit(
        tmp_path,
        """kind = "rows"
ll = "where(relapse == 1, weibull_lpdf(weeks | shape, exp(b[arm])), weibull_lccdf(weeks | shape, exp(b[arm])))"
response = "weeks"
parameters = { shape = "positive", b = "real[arm]" }
priors = { shape = "lognormal(0, 1)", b = "normal(3, 2)" }""",
    )

    def expected(p):
        b = np.concatenate([p["b[new]"], p["b[old]"]], axis=-1)[..., arm]
        law = stats.weibull_min(p["shape"], scale=np.exp(b))
        return np.where(relapse == 1, law.logpdf(weeks), law.logsf(weeks))

    compare(out, weeks, expected)
