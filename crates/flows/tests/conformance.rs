//! The laws of states, functionals and geometries, over everything there is: to list a geometry is to test it.
use steepest_core::{
    Covector, Differential, Diffusive, Functional, Geometry, Replicated, State, Sum, Tangent, Tick, Workspace,
};
use steepest_flows::functional::{Bridge, Entropy, Hamiltonian, PotentialEnergy, Quadratic, Score};
use steepest_flows::geometry::{
    CATALOGUE, Diagonal, Each, Euclidean, Fields, FisherRao, Friction, Growing, NoseHoover, Stein, Stirring,
    Symplectic, Wasserstein,
};
use steepest_flows::noise::{Precision, normals};
use steepest_flows::state::{Cloud, Gaussian, Grid, Phase, Potentials, Thermostatted};

/// `len` standard normals, different ones for each stream.
fn draw(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    normals(Tick::start(11), stream, Precision::Double, len, &mut z);
    z
}
fn cloud() -> Cloud {
    Cloud { n: 20, d: 3, x: draw(0, 60).into() }
}
fn phase() -> Phase {
    Phase { n: 10, d: 3, z: draw(0, 60).into() }
}
fn grid() -> Grid {
    let z = draw(0, 30);
    Grid::from_fn(-2.0, 2.0, 30, |x| z[((x + 2.0) * 7.5) as usize].exp())
}
fn gaussian() -> Gaussian {
    Gaussian::new(&draw(0, 5), &draw(1, 5).iter().map(|z| z.exp()).collect::<Vec<_>>())
}
fn largest(x: &[f64]) -> f64 {
    x.iter().map(|x| x.abs()).fold(0.0, f64::max)
}

/// How far a state may move without leaving its space: a density must stay positive.
fn reach<S: State>(x: &S) -> f64 {
    let least = x.coords().iter().copied().fold(1.0, f64::min);
    if least > 0.0 { least } else { 1.0 }
}

/// Linear in xi; <xi, K xi> >= 0; symmetric where Q = 0, antisymmetric part alone where D = 0; accumulates; R(0) = x and
/// R(h v) = x + h v + O(h^2).
fn geometry_laws<S: State, G: Geometry<S> + ?Sized>(name: &str, g: &G, symmetric: bool, x: S) {
    geometry_laws_to(1e-15, name, g, symmetric, x);
}
/// The same where R(0) = x holds to `rounding`: manifolds go through eigenvalues and back.
fn geometry_laws_to<S: State, G: Geometry<S> + ?Sized>(rounding: f64, name: &str, g: &G, symmetric: bool, mut x: S) {
    let (at, len, work) = (Tick::default(), x.coords().len(), &mut Workspace::default());
    g.retract(&mut x, &Tangent::zeros(len), 0.0, work); // onto the space, whatever it is
    let (a, b) = (Covector(draw(1, len)), Covector(draw(2, len)));
    let mut sharp = |scale: f64, xi: &Covector| {
        let mut v = Tangent::zeros(len);
        g.sharp(at, &x, scale, xi, &mut v, work);
        v
    };
    let (va, vb) = (sharp(1.0, &a), sharp(1.0, &b));
    let size = largest(&va.0).max(largest(&vb.0));
    let combination = sharp(-0.5, &Covector(a.0.iter().zip(&b.0).map(|(a, b)| 2.0 * a - 3.0 * b).collect()));
    for i in 0..len {
        let error = combination.0[i] + va.0[i] - 1.5 * vb.0[i];
        assert!(error.abs() < 1e-13 * size, "{name}: linear, off by {error:e}");
    }
    let scale = size * size * x.weight() * len as f64;
    assert!(x.pair(&a, &va) >= -1e-14 * scale, "{name}: dissipation {}", x.pair(&a, &va));
    assert!(x.pair(&b, &vb) >= -1e-14 * scale, "{name}: dissipation {}", x.pair(&b, &vb));
    let commutator = x.pair(&a, &vb) - x.pair(&b, &va);
    assert_eq!(commutator.abs() < 1e-13 * scale, symmetric, "{name}: <a, K b> - <b, K a> = {commutator:e}");

    let mut twice = va.clone();
    g.sharp(at, &x, 1.0, &a, &mut twice, work);
    assert!(twice.0.iter().zip(&va.0).all(|(t, v)| (t - 2.0 * v).abs() < 1e-14 * size), "{name}: accumulates");

    let unit = 0.1 * reach(&x) / size;
    let v = Tangent(va.0.iter().map(|v| v * unit).collect());
    let mut error = |h: f64| {
        let mut y = x.clone();
        g.retract(&mut y, &v, h, work);
        let moved = y.coords().iter().zip(x.coords()).zip(&v.0);
        moved.map(|((y, x), v)| (y - x - h * v).abs()).fold(0.0, f64::max)
    };
    let flat = rounding * (1.0 + largest(x.coords()));
    assert!(error(1e-2) <= 1.5e-4 * error(1.0).max(1e4 * flat), "{name}: second-order remainder");
    assert!(error(0.0) <= flat, "{name}: R(0) = x");
}

#[test]
fn every_geometry_keeps_the_laws() {
    for entry in CATALOGUE {
        let columns = [entry.cloud.is_some(), entry.phase.is_some(), entry.grid.is_some(), entry.gaussian.is_some()];
        assert!(columns.contains(&true) || entry.surface.is_some(), "{}: acts on nothing", entry.name);
        assert!(!entry.meaning.is_empty() && CATALOGUE.iter().filter(|e| e.name == entry.name).count() == 1);
        if let Some(build) = entry.cloud {
            geometry_laws(entry.name, &*build(), entry.symmetric, cloud());
        }
        if let Some(build) = entry.surface {
            let each = Each(build());
            let points = each.random(5, 3, &mut Workspace::default());
            geometry_laws_to(1e-14, entry.name, &each, entry.symmetric, points);
        }
        if let Some(build) = entry.phase {
            geometry_laws(entry.name, &*build(), entry.symmetric, phase());
        }
        if let Some(build) = entry.grid {
            geometry_laws(entry.name, &*build(), entry.symmetric, grid());
        }
        if let Some(build) = entry.gaussian {
            geometry_laws(entry.name, &*build(), entry.symmetric, gaussian());
        }
    }
    geometry_laws("underdamped", &Sum(Symplectic, Friction { gamma: 0.7 }), false, phase());
    geometry_laws("wasserstein-fisher-rao", &Sum(Wasserstein, FisherRao), true, grid());
}

/// D = 0: mechanics dissipates nothing, and its flow is canonical.
#[test]
fn the_symplectic_operator_is_antisymmetric() {
    let x = phase();
    let (a, b) = (Covector(draw(1, 60)), Covector(draw(2, 60)));
    let (mut va, mut vb) = (Tangent::zeros(60), Tangent::zeros(60));
    Symplectic.sharp(Tick::default(), &x, 1.0, &a, &mut va, &mut Workspace::default());
    Symplectic.sharp(Tick::default(), &x, 1.0, &b, &mut vb, &mut Workspace::default());
    assert!((x.pair(&a, &vb) + x.pair(&b, &va)).abs() < 1e-14 && x.pair(&a, &va).abs() < 1e-14);
}

/// sqrt(D) sqrt(D)^T = D, the symmetric part of K, column by column, and the Ito drift is the divergence of K, by central differences.
fn diffusive_laws<S: State, G: Diffusive<S>>(name: &str, g: &G, x: S) {
    let (at, len, work) = (Tick::default(), x.coords().len(), &mut Workspace::default());
    let unit = |k: usize| (0..len).map(|i| if i == k { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let mut column = |x: &S, k: usize| {
        let mut v = Tangent::zeros(len);
        g.sharp(at, x, 1.0, &Covector(unit(k)), &mut v, work);
        v.0
    };
    let (mut square, mut divergence) = (vec![0.0; len * len], vec![0.0; len]);
    let d: Vec<Vec<f64>> = (0..len).map(|k| column(&x, k)).collect();
    let h = 1e-5;
    for k in 0..len {
        let mut ends = [x.clone(), x.clone()];
        ends[0].coords_mut()[k] += h;
        ends[1].coords_mut()[k] -= h;
        let (up, down) = (column(&ends[0], k), column(&ends[1], k));
        divergence.iter_mut().zip(up.iter().zip(&down)).for_each(|(s, (u, d))| *s += (u - d) / (2.0 * h));
    }
    for k in 0..len {
        let mut white = Tangent(unit(k));
        g.sqrt(at, &x, &mut white, work);
        (0..len * len).for_each(|i| square[i] += white.0[i / len] * white.0[i % len]);
    }
    let gap = (0..len * len)
        .map(|i| (square[i] - 0.5 * (d[i % len][i / len] + d[i / len][i % len])).abs())
        .fold(0.0, f64::max);
    assert!(gap < 1e-9, "{name}: the root squared is {gap:e} off");
    let mut drift = Tangent::zeros(len);
    g.ito_drift(at, &x, -2.0, &mut drift, work);
    let gap = drift.0.iter().zip(&divergence).map(|(a, b)| (a + 2.0 * b).abs()).fold(0.0, f64::max);
    assert!(gap < 1e-8, "{name}: the drift is {gap:e} off the divergence");
}
#[test]
fn every_diffusive_geometry_has_its_root_and_its_drift() {
    diffusive_laws("euclidean on clouds", &Euclidean, cloud());
    diffusive_laws("euclidean on phases", &Euclidean, phase());
    diffusive_laws("wasserstein", &Wasserstein, cloud());
    diffusive_laws("stein", &Stein { width: 0.7 }, cloud());
    let (growing, stirring) = (Diagonal(Growing { rate: 0.8 }), Stirring::upper(&[1.0, 0.5, -2.0], 3).unwrap());
    diffusive_laws("growing", &growing, cloud());
    diffusive_laws("stirred", &Sum(Euclidean, stirring.clone()), cloud());
    diffusive_laws("growing and stirred", &Sum(growing, stirring), cloud());
    let thermostatted = Thermostatted { n: 5, d: 3, z: draw(0, 35).into() };
    let thermostat = NoseHoover { friction: 0.7, inertia: 2.5 };
    diffusive_laws("nose-hoover", &thermostat, thermostatted.clone());
    geometry_laws("nose-hoover", &thermostat, false, thermostatted);
    // D_j = |x|^2 / 2 over three coordinates, weighted; at least 0, which is all that a root needs.
    let field = |j: usize| Quadratic::new(&[[1.0, 2.0, 3.0], [3.0, 1.0, 1.0], [0.5, 2.0, 2.0]][j]);
    diffusive_laws("one field", &Diagonal(Fields(vec![field(0)])), cloud());
    diffusive_laws("a field for each", &Diagonal(Fields((0..3).map(field).collect())), cloud());
}

/// The pairing is bilinear; translation by h v then -h v is the identity; a state with a NaN or an infinity is inadmissible.
fn state_laws<S: State>(name: &str, x: S) {
    let len = x.coords().len();
    assert!(len > 0 && x.weight() > 0.0 && x.admissible(), "{name}");
    let (xi, eta, v) = (draw(1, len), draw(2, len), Tangent(draw(3, len)));
    let pair = |xi: Vec<f64>, v: &Tangent| x.pair(&Covector(xi), v);
    let together = pair(xi.iter().zip(&eta).map(|(a, b)| 2.0 * a - 3.0 * b).collect(), &v);
    let apart = 2.0 * pair(xi.clone(), &v) - 3.0 * pair(eta.clone(), &v);
    assert!((together - apart).abs() < 1e-12, "{name}: linear in xi");
    let doubled = Tangent(v.0.iter().map(|v| 2.0 * v).collect());
    assert!((pair(xi.clone(), &doubled) - 2.0 * pair(xi.clone(), &v)).abs() < 1e-12, "{name}: linear in v");
    let mut y = x.clone();
    y.translate(&v, 0.25);
    assert!((y.coords()[len - 1] - x.coords()[len - 1] - 0.25 * v.0[len - 1]).abs() < 1e-15, "{name}: translate");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for k in [0, len / 2, len - 1] {
            let mut y = x.clone();
            y.coords_mut()[k] = bad;
            assert!(!y.admissible(), "{name}: coordinate {k} is {bad}");
        }
    }
}
#[test]
fn every_state_keeps_the_laws() {
    state_laws("cloud", cloud());
    state_laws("phase", phase());
    state_laws("grid", grid());
    state_laws("gaussian", gaussian());
    state_laws("potentials", Potentials::zeros(4, 3));
    let mut y = grid();
    y.rho[3] = -1e-9;
    assert!(!y.admissible(), "grid: a negative density");
    let mut y = gaussian();
    y.ms[7] = 0.0;
    assert!(!y.admissible(), "gaussian: a zero standard deviation");
}

/// Inserting what was extracted changes nothing; blocks that cover the replicas put the state together again; a block has the
/// replicas it should, component by component.
fn replica_laws<S: Replicated + PartialEq + std::fmt::Debug>(x: S, components: usize) {
    let n = x.replicas();
    assert_eq!(x.coords().len(), n * components);
    for size in [1, 3, 7, n] {
        let mut rebuilt = x.clone();
        rebuilt.coords_mut().fill(f64::NAN);
        for first in (0..n).step_by(size) {
            let count = size.min(n - first);
            let block = x.block(first, count);
            assert_eq!(block.replicas(), count);
            for (c, i) in (0..components).flat_map(|c| (0..count).map(move |i| (c, i))) {
                assert_eq!(block.coords()[c * count + i], x.coords()[c * n + first + i]);
            }
            let mut same = x.clone();
            same.insert(first, &block);
            assert_eq!(same, x);
            let mut again = block.clone();
            again.coords_mut().fill(0.0);
            x.extract(first, &mut again);
            assert_eq!(again, block);
            rebuilt.insert(first, &block);
        }
        assert_eq!(rebuilt, x);
    }
}
#[test]
fn blocks_are_cut_and_put_back() {
    replica_laws(cloud(), 3);
    replica_laws(phase(), 6);
    replica_laws(Thermostatted { n: 20, d: 3, z: draw(0, 140).into() }, 7);
    replica_laws(Cloud::from_fn(1, 5, |_, j| j as f64), 5);
}

/// A retractionless directional derivative: (F(x + h v) - F(x - h v)) / 2h with one Richardson step against <dF, v>, and
/// dF accumulates with its scale.
fn functional_laws<S: State, F: Functional<S>>(name: &str, f: &F, x: S) {
    let (at, len, work) = (Tick::default(), x.coords().len(), &mut Workspace::default());
    let mut xi = Covector::zeros(len);
    f.differential(at, &x, 1.0, &mut xi, work);
    let mut kept = xi.clone();
    f.differential(at, &x, -0.5, &mut kept, work);
    let size = largest(&xi.0);
    assert!(kept.0.iter().zip(&xi.0).all(|(k, x)| (k - 0.5 * x).abs() < 1e-14 * size), "{name}: accumulates");
    for stream in 4..8 {
        let v = Tangent(draw(stream, len).iter().map(|z| z * reach(&x)).collect());
        let mut difference = |h: f64| {
            let mut ends = [x.clone(), x.clone()];
            ends[0].translate(&v, h);
            ends[1].translate(&v, -h);
            assert!(ends.iter().all(State::admissible), "{name}: choose a smaller difference");
            (f.value(at, &ends[0], work) - f.value(at, &ends[1], work)) / (2.0 * h)
        };
        let estimate = (4.0 * difference(5e-4) - difference(1e-3)) / 3.0;
        let exact = x.pair(&xi, &v);
        let bound = 1e-9 * (reach(&x) + exact.abs());
        assert!((estimate - exact).abs() < bound, "{name}: <dF, v> = {exact}, by differences {estimate}");
    }
}
#[test]
fn every_functional_has_its_own_differential() {
    let well = |d: usize| Quadratic::new(&(0..d).map(|j| 0.5 + j as f64).collect::<Vec<_>>());
    functional_laws("potential energy of a cloud", &PotentialEnergy(well(3)), cloud());
    functional_laws("potential energy of a grid", &PotentialEnergy(well(1)), grid());
    functional_laws("potential energy of a gaussian", &PotentialEnergy(well(5)), gaussian());
    functional_laws("hamiltonian", &Hamiltonian(well(3)), phase());
    functional_laws("entropy of a grid", &Entropy { temperature: 0.3 }, grid());
    functional_laws("entropy of a gaussian", &Entropy { temperature: 0.3 }, gaussian());
    functional_laws("free energy", &Sum(PotentialEnergy(well(1)), Entropy { temperature: 2.0 }), grid());
    let bridge = Bridge {
        a: [0.1, 0.2, 0.3, 0.4].into(),
        b: [0.5, 0.25, 0.25].into(),
        cost: draw(9, 12).iter().map(|z| z * z).collect(),
        eps: 0.7,
    };
    functional_laws("bridge", &bridge, Potentials { n: 4, fg: draw(3, 7).into() });
}

/// A score is minus a differential: that of the standard normal, -x, descends like its energy.
#[test]
fn a_score_is_minus_a_differential() {
    let (x, work) = (cloud(), &mut Workspace::default());
    let score = Score(|_: Tick, x: steepest_core::Batch<'_>, scale: f64, out: &mut [f64]| {
        out.iter_mut().zip(x.x).for_each(|(o, x)| *o -= scale * x);
    });
    let (mut a, mut b) = (Covector::zeros(60), Covector::zeros(60));
    score.differential(Tick::default(), &x, 2.0, &mut a, work);
    PotentialEnergy(Quadratic::new(&[1.0; 3])).differential(Tick::default(), &x, 2.0, &mut b, work);
    assert_eq!(a, b);
}
