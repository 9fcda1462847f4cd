"""The frame of every w_*.py: arguments, one process per (case, peer), timing, one JSON line per result.

A peer is a function f(case, P, R) -> dict, P = size parameters, R = repeats. It imports its library itself
and returns at least `seconds` (see `timed`) and its quality figures. `--peer`/`--case` restrict the run.
"""
import argparse, importlib.metadata as im, json, os, pathlib, statistics, subprocess, sys, time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning OpenMP threads ruin timings on a shared machine
for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(v, "2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
HERE = pathlib.Path(__file__).parent
DATA = HERE.parents[1] / "target" / "bench"  # written by gen_data.py


def load(name):
    import numpy as np
    return np.load(DATA / f"{name}.npy")


def reference():
    return json.loads((HERE / "data" / "reference.json").read_text())


def version(*pkgs):
    return " ".join(f"{p} {im.version(p)}" for p in pkgs)


def timed(fn, R, cold=True):
    """fn(i) must block until done. Returns ({seconds, times, cpu_s, load, cold_s}, last result).
    `seconds` = median wall time of R warm runs; `cpu_s` = median CPU seconds of the process, all threads (what the
    wall time would tend to on a busy machine: compare it first when `load` > 2); `cold_s` = first call less the
    median (compile, caches)."""
    c = None
    if cold:
        t = time.perf_counter(); fn(-1); c = time.perf_counter() - t
    ts, cs = [], []
    for i in range(R):
        t, p = time.perf_counter(), time.process_time()
        out = fn(i)
        ts.append(time.perf_counter() - t); cs.append(time.process_time() - p)
    m = statistics.median(ts)
    r = {"seconds": round(m, 5), "cpu_s": round(statistics.median(cs), 5), "load": round(os.getloadavg()[0], 1),
         "times": [round(t, 5) for t in ts]}
    if cold:
        r["cold_s"] = round(max(c - m, 0.0), 3)
    return r, out


def main(workload, sizes, peers, cases=("",), skip=()):
    """peers: {name: (function, "pkg version string" thunk)}; skip: {(case, peer, size)} not run by default."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--size", choices=sizes, default="small")
    ap.add_argument("--peer"); ap.add_argument("--case"); ap.add_argument("--repeats", type=int, default=3)
    ap.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    a = ap.parse_args()
    if a.child:
        fn, pkgs = peers[a.peer]
        try:
            res = fn(a.case, sizes[a.size], a.repeats)
        except Exception as e:  # a peer that fails is a result too
            import traceback; traceback.print_exc()
            res = {"error": f"{type(e).__name__}: {str(e)[:200]}"}
        head = {"workload": workload, "case": a.case, "peer": a.peer, "version": version(*pkgs), "size": a.size}
        print(json.dumps({**head, **res}, default=float), flush=True)
        return
    for case in [a.case] if a.case is not None else cases:
        for p in [a.peer] if a.peer else peers:
            if not a.peer and any(s in skip for s in [(case, p, a.size), (None, p, a.size)]):
                continue
            q = subprocess.run([sys.executable, sys.argv[0], "--child", "--size", a.size, "--peer", p, "--case", case,
                                "--repeats", str(a.repeats)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            lines = [l for l in q.stdout.splitlines() if l.startswith('{"workload"')]
            err = json.dumps({"workload": workload, "case": case, "peer": p, "size": a.size,
                              "error": f"rc {q.returncode}: {q.stderr[-300:]}"})
            print(lines[-1] if lines else err, flush=True)
            if not lines or '"error"' in lines[-1]:
                sys.stderr.write(q.stderr[-3000:])
