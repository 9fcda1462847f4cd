//! Minimisers on manifolds: eigenspaces, means of positive matrices and of points, rotations, matrices of low rank.
use steepest_core::{Batch, Flow, Potential, Scheme, State, Tangent, Tick, Workspace, restore, save};
use steepest_flows::flow::FrechetMean;
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::{
    AffineInvariant, BuresWasserstein, Each, FixedRank, Grassmann, LogEuclidean, Lorentz, Manifold, NormalFisher,
    Poincare, Power, Rotations, Simplex, Sphere, Stiefel, StiefelMetric,
};
use steepest_flows::noise::{Precision, Still, normals};
use steepest_flows::scheme::minimiser::{Direction, Ending, Heading, LineSearch, Minimiser, Stop};
use steepest_flows::state::Cloud;
use steepest_kernels as kernels;

fn draw(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    normals(Tick::start(5), stream, Precision::Double, len, &mut z);
    z
}
/// -tr(X^T A X) / 2 with A = Q diag(n, n - 1, ..., 1) Q^T.
struct Rayleigh {
    n: usize,
    a: Vec<f64>,
    /// Eigenvector k in row k, of eigenvalue n - k.
    q: Vec<f64>,
}
impl Rayleigh {
    fn new(n: usize) -> Self {
        let q = kernels::orthonormal(n, n, &draw(0, n * n));
        let mut scaled = q.clone();
        scaled.chunks_exact_mut(n).enumerate().for_each(|(k, row)| row.iter_mut().for_each(|x| *x *= (n - k) as f64));
        let mut a = vec![0.0; n * n];
        kernels::gemm_transposed([n, n, n], 1.0, &q, &scaled, &mut a);
        Rayleigh { n, a, q }
    }
}
impl Potential for Rayleigh {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut xi = work.take(x.x.len());
        self.gradients(x, 1.0, &mut xi, work);
        (0..x.n).for_each(|i| {
            out[i] += 0.5 * scale * (0..x.d).map(|j| x.x[j * x.n + i] * xi[j * x.n + i]).sum::<f64>();
        });
        work.give(xi);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        kernels::gemm([self.n, self.n, x.x.len() / self.n], -scale, &self.a, x.x, out);
    }
}
const DIRECTIONS: [(Direction, LineSearch); 5] = [
    (Direction::Steepest, LineSearch::StrongWolfe),
    (Direction::BarzilaiBorwein, LineSearch::Nonmonotone),
    (Direction::PolakRibiere, LineSearch::StrongWolfe),
    (Direction::HagerZhang, LineSearch::HagerZhang),
    (Direction::LimitedMemory(10), LineSearch::StrongWolfe),
];
fn minimise<M: Manifold, V: Potential>(
    manifold: M,
    energy: V,
    (direction, search): (Direction, LineSearch),
    mut x: Cloud,
    tolerance: f64,
) -> (Cloud, Heading<Cloud>) {
    let scheme = Minimiser { direction, search, stop: Stop { gradient: tolerance, fall: 0.0 } };
    let flow = Flow { functional: PotentialEnergy(energy), geometry: Each(manifold), noise: Still };
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), 1.0, 5000, &mut x, &mut memory).unwrap();
    (x, memory)
}
fn start(manifold: &impl Manifold) -> Cloud {
    let mut x = Cloud::from_fn(1, manifold.numbers(), |_, _| 0.0);
    manifold.random(1, 0, &mut x.x, &mut Workspace::default());
    x
}

/// Every direction finds the space of the three largest eigenvalues, on each manifold that it lives on: the value to 1e-10, and
/// the space to 1e-6; X stays on the manifold to 1e-13, and each step keeps what its search promises.
#[test]
fn every_direction_finds_the_eigenspace() {
    let (n, p) = (30, 3);
    let stiefel = |metric| Box::new(Stiefel { rows: n, columns: p, metric }) as Box<dyn Manifold>;
    for (name, manifold) in [
        ("embedded", stiefel(StiefelMetric::Embedded)),
        ("canonical", stiefel(StiefelMetric::Canonical)),
        ("grassmann", Box::new(Grassmann { rows: n, columns: p })),
    ] {
        for choice in DIRECTIONS {
            let energy = Rayleigh::new(n);
            let exact = -0.5 * (0..p).map(|k| (n - k) as f64).sum::<f64>();
            let (x, memory) = minimise(&manifold, &energy, choice, start(&manifold), 1e-7);
            let track = &memory.track;
            // Strong Wolfe searches compare values, which near the end differ by rounding alone.
            let ended = track.ending == Some(Ending::Critical)
                || choice.0 == Direction::Steepest && track.ending == Some(Ending::Rounding);
            assert!(ended, "{name}, {choice:?}: {:?} after {} steps", track.ending, track.steps);
            assert!((track.value[1] - exact).abs() < 1e-10, "{name}, {choice:?}: {} {exact}", track.value[1]);
            // What of X is along the other eigenvectors.
            let mut along = vec![0.0; n * p];
            kernels::gemm([n, n, p], 1.0, &energy.q, &x.x, &mut along);
            let off = kernels::dot(&along[p * p..], &along[p * p..]).sqrt();
            assert!(off < 1e-6, "{name}, {choice:?}: {off:e}");
            let work = &mut Workspace::default();
            assert!(manifold.defect(&x.x, work) < 1e-13, "{name}, {choice:?}");
            assert!(track.audit.decrease >= 1e-4, "{name}, {choice:?}: {:?}", track.audit);
            if choice.1.monotone() {
                let fell = track.value[0] - track.value[1];
                assert!((fell + track.audit.work).abs() < 0.2 * fell, "{name}, {choice:?}: {:?}", track.audit);
            }
            if choice.0 != Direction::Steepest && choice.0 != Direction::BarzilaiBorwein {
                assert!(track.steps < 150, "{name}, {choice:?}: {} steps", track.steps);
            }
        }
    }
}
/// A cloud of points on a sphere: all go to the largest eigenvector, or its opposite.
#[test]
fn a_cloud_on_a_sphere_goes_to_the_largest_eigenvector() {
    let energy = Rayleigh::new(6);
    let sphere = Each(Sphere { d: 6 });
    let x = sphere.random(7, 3, &mut Workspace::default());
    let (x, memory) = minimise(Sphere { d: 6 }, &energy, DIRECTIONS[4], x, 1e-8);
    assert_eq!(memory.track.ending, Some(Ending::Critical));
    assert!((memory.track.value[1] + 3.0).abs() < 1e-12);
    for i in 0..7 {
        let along: f64 = (0..6).map(|j| x.x[j * 7 + i] * energy.q[j]).sum();
        assert!((along.abs() - 1.0).abs() < 1e-12);
    }
    assert!(sphere.defect(&x, &mut Workspace::default()) < 1e-15);
}

/// The mean of two positive matrices is A # B, which solves G A^-1 G = B; in the log-Euclidean metric it is
/// exp((log A + log B) / 2), and in that of Bures and Wasserstein the middle of the geodesic. To 1e-10.
#[test]
fn means_of_two_positive_matrices_are_known() {
    let (d, work) = (4, &mut Workspace::default());
    let affine = AffineInvariant { rows: d };
    let (mut a, mut b) = (vec![0.0; d * d], vec![0.0; d * d]);
    affine.random(2, 0, &mut a, work);
    affine.random(2, 1, &mut b, work);
    let both = [a.clone(), b.clone()].concat();
    for choice in DIRECTIONS {
        let (g, memory) = minimise(affine, FrechetMean::new(affine, both.clone()), choice, start(&affine), 1e-11);
        let mut solved = g.x.to_vec();
        let mut factor = a.clone();
        kernels::cholesky(d, &mut factor).unwrap();
        kernels::solve(d, &factor, d, &mut solved);
        let mut product = vec![0.0; d * d];
        kernels::gemm([d, d, d], 1.0, &g.x, &solved, &mut product);
        let off = product.iter().zip(&b).map(|(p, b)| (p - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-10, "{choice:?}: {off:e} after {:?}", memory.track.ending);
    }
    let manifolds: [(&str, Box<dyn Manifold>); 2] =
        [("log-euclidean", Box::new(LogEuclidean { rows: d })), ("bures", Box::new(BuresWasserstein { rows: d }))];
    for (name, manifold) in manifolds {
        let (geodesics, mut half, mut log) = (manifold.geodesics().unwrap(), a.clone(), vec![0.0; d * d]);
        geodesics.log(&a, &b, &mut log, work).unwrap();
        geodesics.exp(&mut half, &log, 0.5, work);
        let energy = FrechetMean::new(&*manifold, both.clone());
        let (g, _) = minimise(&*manifold, energy, DIRECTIONS[4], start(&&*manifold), 1e-11);
        let off = g.x.iter().zip(&half).map(|(p, b)| (p - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-10, "{name}: {off:e}");
    }
}
/// Of many points, the logarithms at their mean sum to nothing, to 1e-10, wherever geodesics are known.
#[test]
fn logarithms_at_a_mean_sum_to_nothing() {
    let manifolds: [(&str, Box<dyn Manifold>); 8] = [
        ("spd", Box::new(AffineInvariant { rows: 3 })),
        ("bures", Box::new(BuresWasserstein { rows: 3 })),
        ("lorentz", Box::new(Lorentz { d: 2 })),
        ("poincare", Box::new(Poincare { d: 2 })),
        ("simplex", Box::new(Simplex { d: 4 })),
        ("normals", Box::new(NormalFisher)),
        ("rotations", Box::new(Rotations { rows: 3 })),
        ("oblique", Box::new(Power { base: Sphere { d: 3 }, count: 2 })),
    ];
    let work = &mut Workspace::default();
    for (name, manifold) in manifolds {
        let (d, geodesics) = (manifold.numbers(), manifold.geodesics().unwrap());
        // Points near one another, so that nothing is in a cut locus.
        let mut centre = vec![0.0; d];
        manifold.random(3, 0, &mut centre, work);
        let mut points = Vec::new();
        for i in 0..7 {
            let mut y = centre.clone();
            let v = steepest_flows::geometry::manifold::check::random_tangent(&*manifold, &centre, (1, i), work);
            geodesics.exp(&mut y, &v, 0.5, work);
            points.extend(y);
        }
        let x = Cloud { n: 1, d, x: points[..d].into() };
        let energy = FrechetMean::new(&*manifold, points.clone());
        let (x, memory) = minimise(&*manifold, energy, DIRECTIONS[4], x, 1e-11);
        let mut sum = vec![0.0; d];
        for y in points.chunks_exact(d) {
            let mut log = vec![0.0; d];
            geodesics.log(&x.x, y, &mut log, work).unwrap();
            kernels::axpy(1.0, &log, &mut sum);
        }
        let size = manifold.inner(&x.x, &sum, &sum, work).sqrt();
        assert!(size < 1e-10, "{name}: {size:e} after {} steps, {:?}", memory.track.steps, memory.track.ending);
    }
}
/// A matrix of rank 5, 100 by 100, from three times as many entries as it has free numbers: found to 1e-10 of its size, where
/// the literature's conjugate gradients take about 90 steps.
#[test]
fn a_matrix_of_low_rank_is_found_from_its_entries() {
    let (m, k) = (100, 5);
    let free = (2 * m - k) * k;
    let (left, right) = (draw(1, m * k), draw(2, m * k));
    let mut order: Vec<usize> = (0..m * m).collect();
    let keys = draw(3, m * m);
    order.sort_by(|i, j| keys[*i].total_cmp(&keys[*j]));
    struct Entries {
        m: usize,
        k: usize,
        known: Vec<(usize, usize, f64)>,
    }
    impl Entries {
        fn misfit(&self, x: &[f64], z: &mut Vec<f64>) -> f64 {
            let (m, k) = (self.m, self.k);
            let (u, rest) = x.split_at(m * k);
            let (s, v) = rest.split_at(k * k);
            let mut a = vec![0.0; m * k];
            kernels::gemm([m, k, k], 1.0, u, s, &mut a);
            let off = |&(i, j, y): &(usize, usize, f64)| (0..k).map(|c| a[i * k + c] * v[j * k + c]).sum::<f64>() - y;
            z.extend(self.known.iter().map(off));
            0.5 * z.iter().map(|z| z * z).sum::<f64>()
        }
    }
    impl Potential for Entries {
        fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out[0] += scale * self.misfit(x.x, &mut Vec::new());
        }
        fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            let (m, k, mut z) = (self.m, self.k, Vec::new());
            self.misfit(x.x, &mut z);
            let (u, rest) = x.x.split_at(m * k);
            let (s, v) = rest.split_at(k * k);
            for (&(i, j, _), z) in self.known.iter().zip(&z) {
                for a in 0..k {
                    for b in 0..k {
                        let (ua, sab, vb) = (u[i * k + a], s[a * k + b], v[j * k + b]);
                        out[i * k + a] += scale * z * sab * vb;
                        out[m * k + a * k + b] += scale * z * ua * vb;
                        out[m * k + k * k + j * k + b] += scale * z * ua * sab;
                    }
                }
            }
        }
    }
    let entry = |&at: &usize| {
        let (i, j) = (at / m, at % m);
        (i, j, (0..k).map(|c| left[i * k + c] * right[j * k + c]).sum::<f64>())
    };
    let energy = Entries { m, k, known: order[..3 * free].iter().map(entry).collect() };
    let manifold = FixedRank { rows: m, columns: m, rank: k };
    let relative = |x: &[f64]| {
        let (u, rest) = x.split_at(m * k);
        let (s, v) = rest.split_at(k * k);
        let (mut a, mut whole) = (vec![0.0; m * k], vec![0.0; m * m]);
        kernels::gemm([m, k, k], 1.0, u, s, &mut a);
        kernels::gemm_by_transposed([m, k, m], 1.0, &a, v, &mut whole);
        let size = kernels::dot(&whole, &whole).sqrt();
        kernels::gemm_by_transposed([m, k, m], -1.0, &left, &right, &mut whole);
        kernels::dot(&whole, &whole).sqrt() / size
    };
    for choice in [DIRECTIONS[3], DIRECTIONS[4]] {
        let (x, memory) = minimise(manifold, &energy, choice, start(&manifold), 1e-8);
        let off = relative(&x.x);
        assert!(off < 1e-9, "{choice:?}: {off:e} after {} steps, {:?}", memory.track.steps, memory.track.ending);
        assert!(memory.track.steps < 200, "{choice:?}: {} steps", memory.track.steps);
        assert!(manifold.defect(&x.x, &mut Workspace::default()) < 1e-12);
    }
}
/// Cut off and taken up again at any step, the end has the same bits, on a curved manifold too.
#[test]
fn a_minimiser_on_a_manifold_resumes_to_the_bit() {
    let (energy, manifold) = (Rayleigh::new(12), Stiefel { rows: 12, columns: 2, metric: StiefelMetric::Canonical });
    let flow = Flow { functional: PotentialEnergy(&energy), geometry: Each(manifold), noise: Still };
    for (direction, search) in [DIRECTIONS[3], DIRECTIONS[4]] {
        let scheme = Minimiser { direction, search, stop: Stop::default() };
        let (whole, end) = minimise(manifold, &energy, (direction, search), start(&manifold), 1e-8);
        let mut x = start(&manifold);
        let mut memory = scheme.memory(&flow, &x);
        for k in 0..end.track.steps {
            scheme.step(&flow, Tick { step: k, ..Tick::start(0) }, 1.0, &mut x, &mut memory).unwrap();
            let bytes = save(&mut (x.coords_mut(), &mut memory));
            let mut fresh = scheme.memory(&flow, &x);
            restore(&mut (x.coords_mut(), &mut fresh), &bytes).unwrap();
            memory = fresh;
        }
        assert_eq!(x, whole, "{direction:?}");
    }
}
/// A typed exp undoes a typed log, cloud by cloud, and dist^2 is the mean over its points.
#[test]
fn clouds_have_exp_and_log() {
    let (spd, work) = (Each(AffineInvariant { rows: 2 }), &mut Workspace::default());
    let (x, y) = (spd.random(4, 1, work), spd.random(4, 2, work));
    let (mut v, mut z) = (Tangent::zeros(16), x.clone());
    spd.log(&x, &y, &mut v, work).unwrap();
    spd.exp(&mut z, &v, 1.0, work);
    assert!(z.x.iter().zip(&y.x).all(|(z, y)| (z - y).abs() < 1e-13 * (1.0 + y.abs())));
    use steepest_core::{Metric, Riemannian};
    assert!((spd.dist2(&x, &y) - spd.inner(&x, &v, &v, work)).abs() < 1e-13);
    assert!(spd.tangent_defect(&x, &v, work) < 1e-15);
}
