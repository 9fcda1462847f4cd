"""Pointwise log likelihoods of every family against SciPy's densities, and leave-one-out figures against ArviZ."""

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


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_that_of_arviz(family, tmp_path):
    rng = np.random.default_rng(5)
    x = rng.normal(size=ROWS)
    y = response(family, x, rng)
    rows = "".join(f"{float(a)!r},{b.item()!r}\n" for a, b in zip(x, y))
    (tmp_path / "table.csv").write_text("x,y\n" + rows)
    (tmp_path / "flow.toml").write_text(
        f"""[functional]
kind = "regression"
data = "table.csv"
formula = "y ~ x"
family = "{family}"
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
    out = tmp_path / "out"
    done = subprocess.run([STEEPEST, "run", "flow.toml", "--out", str(out)], capture_output=True, text=True, cwd=tmp_path)
    assert (out / "summary.json").exists(), done.stderr
    tree = xr.open_datatree(str(out / "draws.zarr"), engine="zarr")

    draws = {name: v.values[..., None] for name, v in tree["posterior"].data_vars.items()}
    eta = draws["intercept"] + draws["x"] * x
    found = tree["log_likelihood"]["y"].values
    np.testing.assert_allclose(found, FAMILIES[family](y, eta, draws), rtol=1e-9, atol=1e-9)

    loo = json.loads((out / "summary.json").read_text())["extra"]["loo"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        groups = {name: tree[name].to_dataset() for name in ("posterior", "log_likelihood")}
        theirs = az.loo(tree if NEW else az.InferenceData(**groups), pointwise=True)
    for ours, name in (("elpd", "elpd"), ("se", "se"), ("p", "p")) if NEW else (("elpd", "elpd_loo"), ("se", "se"), ("p", "p_loo")):
        assert loo[ours] == pytest.approx(float(getattr(theirs, name)), abs=1e-9 if NEW else 1e-6), name
