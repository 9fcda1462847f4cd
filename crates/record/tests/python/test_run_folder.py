"""A run folder as Python sees it: draws in ArviZ and xarray, arrays in NumPy, the ledger in csv, the summary in json."""

import csv
import json
import pathlib
import subprocess
import warnings

import numpy as np
import pytest

az = pytest.importorskip("arviz")
xr = pytest.importorskip("xarray")

ROOT = next(p for p in pathlib.Path(__file__).resolve().parents if (p / "Cargo.lock").exists())
CHAINS, DRAWS = 4, 25
SCALARS = ["intercept", "log(amount)", "C(purpose)[car]", "age:housing", "1|g[north]", "sd(1|g)"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "run"
    command = ["cargo", "run", "--release", "--quiet", "-p", "steepest-record", "--example", "run_folder", "--", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return place


NEW = hasattr(az, "rhat_nested")  # ArviZ 1.x; 0.2x reads version 2 stores only, and leaves this one to xarray


def by_xarray(store):
    return xr.open_datatree(store, engine="zarr")


def by_arviz(store):
    return az.from_zarr(store)


@pytest.fixture(scope="module", params=[by_xarray, by_arviz] if NEW else [by_xarray])
def tree(request, folder):
    # A warning here (consolidated metadata not found, an unstable type) is a fault of the writer.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return request.param(str(folder / "draws.zarr"))


def quantity(k):
    i = np.arange(k * CHAINS * DRAWS, (k + 1) * CHAINS * DRAWS)
    return (i / 7.0 - 40.0).reshape(CHAINS, DRAWS)


def test_groups_and_variables(tree):
    assert sorted(tree.children) == ["posterior", "sample_stats"]
    assert sorted(tree["posterior"].data_vars) == sorted([*SCALARS, "theta", "a_b", "draw_2"])
    statistics = ["acceptance_rate", "diverging", "energy", "lp", "n_steps", "step_size", "tree_depth"]
    assert sorted(tree["sample_stats"].data_vars) == statistics


def test_values_are_the_same_bits(tree):
    posterior = tree["posterior"]
    for k, name in [*enumerate(SCALARS), (9, "a_b"), (10, "draw_2")]:
        found = posterior[name]
        assert found.dims == ("chain", "draw") and found.dtype == np.float64
        assert np.array_equal(found.values.view(np.int64), quantity(k).view(np.int64)), name
    theta = posterior["theta"]
    assert theta.dims == ("chain", "draw", "theta_dim_0")
    assert np.array_equal(theta.values, np.stack([quantity(k) for k in (6, 7, 8)], axis=-1))
    assert posterior["a_b"].attrs["long_name"] == "a/b"
    assert posterior["draw_2"].attrs["long_name"] == "draw"


def test_coordinates(tree):
    for group in ("posterior", "sample_stats"):
        assert np.array_equal(tree[group].coords["chain"], np.arange(CHAINS))
        assert np.array_equal(tree[group].coords["draw"], np.arange(DRAWS))
        assert set(tree[group].indexes) >= {"chain", "draw"}
    assert np.array_equal(tree["posterior"].coords["theta_dim_0"], [1, 2, 3])
    assert float(tree["posterior"]["intercept"].sel(chain=2, draw=7)) == (2 * DRAWS + 7) / 7.0 - 40.0


def test_statistics_have_the_types_of_arviz(tree):
    statistics, i = tree["sample_stats"], np.arange(CHAINS * DRAWS).reshape(CHAINS, DRAWS)
    expected = {
        "lp": -i / 3.0,
        "energy": (i * i) % 17 / 3.0,
        "diverging": i % 10 == 3,
        "n_steps": (2 << (i % 5)) - 1,
        "tree_depth": i % 5 + 1,
        "step_size": np.full(i.shape, 0.1),
        "acceptance_rate": 1.0 / (1.0 + i),
    }
    for name, values in expected.items():
        assert statistics[name].dtype == values.dtype, name
        assert np.array_equal(statistics[name], values), name


def test_arviz_summarises_and_diagnoses(tree):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        summary = az.summary(tree if NEW else tree["posterior"].to_dataset())
    assert set(SCALARS) <= set(summary.index)
    # As the summary of the run calls them, which counts from 1.
    assert {"theta[1]", "theta[2]", "theta[3]"} <= set(summary.index) and "theta[0]" not in summary.index
    assert np.asarray(az.bfmi(tree["sample_stats"]["energy"].values)).size == CHAINS


def test_other_files(folder):
    state = np.load(folder / "state.npy")
    assert state.flags.c_contiguous and np.array_equal(state, np.arange(6.0).reshape(2, 3) / 7.0)
    names, *rows = csv.reader((folder / "ledger.csv").open(newline=""))
    assert names == ["t", "a, b"]
    assert np.array_equal([[float(cell) for cell in row] for row in rows], [[0.0, np.nan], [0.1, 1e300]], equal_nan=True)
    summary = json.loads((folder / "summary.json").read_text())
    keys = ["schema", "row", "seed", "steps", "seconds", "gradients", "rate", "parameters", "log_z", "objective", "ledger", "extra"]
    assert list(summary) == keys
    assert summary["schema"] == 1 and summary["parameters"][0]["rhat"] is None
