//! Second order on manifolds: the trust region converges faster than linearly on every manifold with Hessians, to exact answers.
use steepest_core::{Batch, Flow, Potential, Scheme, Tick, Workspace, restore, save};
use steepest_flows::flow::least_curvature::least_curvature;
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::{CATALOGUE, Each, Grassmann, Hessians, Manifold, Sphere, Stiefel, StiefelMetric};
use steepest_flows::noise::{Precision, Still, normals};
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::trust_region::{KEPT_ALONG, Region, TrustRegion};
use steepest_flows::state::Cloud;

/// sum_k n_c x^T A x / 2 over the columns c of a matrix, A diagonal: Rayleigh's for one column, Brockett's for several.
struct Brockett {
    a: Vec<f64>,
    n: Vec<f64>,
}
impl Brockett {
    fn of(rows: usize, n: &[f64]) -> Self {
        Brockett { a: (0..rows).map(|i| 1.0 + i as f64 + 0.1 * (i * i) as f64).collect(), n: n.to_vec() }
    }
    fn weight(&self, k: usize) -> f64 {
        self.a[k / self.n.len()] * self.n[k % self.n.len()]
    }
    /// The largest weights meet the smallest eigenvalues.
    fn least(&self) -> f64 {
        0.5 * self.n.iter().zip(&self.a).map(|(n, a)| n * a).sum::<f64>()
    }
}
impl Potential for Brockett {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += 0.5 * scale * x.x.iter().enumerate().map(|(k, x)| self.weight(k) * x * x).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).enumerate().for_each(|(k, (out, x))| *out += scale * self.weight(k) * x);
    }
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.gradients(Batch { x: v, ..x }, scale, out, work);
    }
    fn curves_exactly(&self) -> bool {
        true
    }
}
/// sum_j w_j (x_j - c_j)^2 / 2: least at a point that is not c, as c is off the manifold.
struct Pull {
    w: Vec<f64>,
    c: Vec<f64>,
}
impl Potential for Pull {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let each = x.x.iter().zip(&self.c).zip(&self.w).map(|((x, c), w)| w * (x - c).powi(2));
        out[0] += 0.5 * scale * each.sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        (0..x.d).for_each(|j| out[j] += scale * self.w[j] * (x.x[j] - self.c[j]));
    }
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], _work: &mut Workspace) {
        (0..x.d).for_each(|j| out[j] += scale * self.w[j] * v[j]);
    }
    fn curves_exactly(&self) -> bool {
        true
    }
}

const STOP: Stop = Stop { gradient: 1e-12, fall: 0.0 };
fn random(manifold: &dyn Manifold, index: u64) -> Vec<f64> {
    let mut x = vec![0.0; manifold.numbers()];
    manifold.random(11, index, &mut x, &mut Workspace::default());
    x
}
/// The end, what is known of it, and |grad V| of each step.
fn go(manifold: &dyn Hessians, v: &dyn Potential, start: &[f64]) -> (Vec<f64>, Region<Cloud>, Vec<f64>) {
    let flow = Flow { functional: PotentialEnergy(v), geometry: Each(manifold), noise: Still };
    let scheme = TrustRegion { stop: STOP, ..TrustRegion::default() };
    let mut x = Cloud { n: 1, d: start.len(), x: start.into() };
    let mut memory = scheme.memory(&flow, &x);
    let mut norms = Vec::new();
    for step in 0..200 {
        scheme.step(&flow, Tick { step, ..Tick::start(0) }, 1.0, &mut x, &mut memory).expect("no fault");
        norms.push(memory.track.norm);
        if memory.track.ending.is_some() {
            break;
        }
    }
    (x.x.to_vec(), memory, norms)
}
/// The order of the last three norms above rounding.
fn order(norms: &[f64]) -> f64 {
    let good: Vec<f64> = norms.iter().copied().filter(|n| *n > 1e-11 && *n < 1.0).collect();
    let [.., a, b, c] = good[..] else { return f64::NAN };
    (c / b).ln() / (b / a).ln()
}

/// Sums of eigenvalues to 1e-12, and orders above 1.5: on the sphere, and for spaces, where the third derivative vanishes, above 2.
#[test]
fn eigenvalues_are_found_faster_than_linearly() {
    let cases: [(&str, Box<dyn Manifold>, Brockett); 4] = [
        ("sphere", Box::new(Sphere { d: 40 }), Brockett::of(40, &[1.0])),
        ("grassmann", Box::new(Grassmann { rows: 30, columns: 3 }), Brockett::of(30, &[1.0; 3])),
        (
            "stiefel",
            Box::new(Stiefel { rows: 20, columns: 3, metric: StiefelMetric::Embedded }),
            Brockett::of(20, &[3.0, 2.0, 1.0]),
        ),
        (
            "canonical",
            Box::new(Stiefel { rows: 20, columns: 3, metric: StiefelMetric::Canonical }),
            Brockett::of(20, &[3.0, 2.0, 1.0]),
        ),
    ];
    for (name, manifold, v) in &cases {
        let hessians = manifold.hessians().expect("known");
        for index in 0..4 {
            let (x, m, norms) = go(hessians, v, &random(&**manifold, index));
            let found = m.track.value[1];
            assert!((found - v.least()).abs() < 1e-12 * (1.0 + found.abs()), "{name}: {found} {} {norms:?}", v.least());
            assert!(manifold.defect(&x, &mut Workspace::default()) < 1e-13, "{name}");
            let order = order(&norms);
            println!("{name}: {} steps, order {order:.2}, {norms:?}", m.track.steps);
            assert!(order > 1.5, "{name}: {order} {norms:?}");
            assert!(m.track.audit.rise <= 1e-12 * (1.0 + m.track.value[0].abs()), "{name}: {:?}", m.track.audit);
        }
    }
}

/// Of every manifold of the catalogue whose Hessian is known. An error of 1 % in one makes the order 1.
#[test]
fn every_manifold_with_hessians_converges_superlinearly() {
    let mut seen = 0;
    for entry in CATALOGUE {
        let Some(manifold) = entry.surface.map(|make| make()) else { continue };
        let Some(hessians) = manifold.hessians() else { continue };
        // A grassmannian needs an energy of spaces, and has one above.
        if entry.name == "grassmann" {
            continue;
        }
        let d = manifold.numbers();
        let mut z = vec![0.0; d];
        normals(Tick::start(5), 0, Precision::Double, d, &mut z);
        let c = random(&*manifold, 0).iter().zip(&z).map(|(x, z)| x + 0.05 * z).collect();
        let v = Pull { w: (0..d).map(|j| 1.0 + 0.3 * (j % 3) as f64).collect(), c };
        let (x, m, norms) = go(hessians, &v, &random(&*manifold, 1));
        println!("{}: {} steps, order {:.2}, {norms:?}", entry.name, m.track.steps, order(&norms));
        assert!(matches!(m.track.ending, Some(Ending::Critical | Ending::Rounding)), "{}: {:?}", entry.name, m.track);
        assert!(m.track.norm < 1e-10, "{}: {norms:?}", entry.name);
        // Constant curvature and a quadratic are met in one step.
        assert!(order(&norms) > 1.45 || m.track.steps <= 3, "{}: {norms:?}", entry.name);
        let ends = least_curvature(&v, &Each(hessians), &x, 100, 0);
        assert!(ends[0] > 0.0, "{}: {ends:?}", entry.name);
        seen += 1;
    }
    assert!(seen >= 12, "{seen}");
}

/// At an eigenvector the Hessian of the sphere has the other eigenvalues less its own; a run from a saddle, or beside it, leaves it.
#[test]
fn saddles_are_known_and_left() {
    let (sphere, v) = (Sphere { d: 6 }, Brockett::of(6, &[1.0]));
    let saddle = |tilt: f64| {
        let mut x = vec![0.0; 6];
        (x[2], x[0]) = ((1.0 - tilt * tilt).sqrt(), tilt);
        x
    };
    let ends = least_curvature(&v, &Each(sphere), &saddle(0.0), 100, 0);
    assert!((ends[0] - (v.a[0] - v.a[2])).abs() < 1e-12 && (ends[1] - (v.a[5] - v.a[2])).abs() < 1e-12, "{ends:?}");
    for tilt in [0.0, 1e-9] {
        let (x, left, _) = go(&sphere, &v, &saddle(tilt));
        assert!(left.track.ending == Some(Ending::Critical) && left.track.steps > 0, "{tilt}: {:?}", left.track);
        assert!((left.track.value[1] - v.least()).abs() < 1e-12 && x[0].abs() > 0.999, "{tilt}: {x:?}");
        assert!(left.track.audit.kept >= KEPT_ALONG, "{tilt}: {:?}", left.track.audit);
    }
}

/// A run that is cut, put away and taken up again has the same bits.
#[test]
fn cuts_change_no_bit() {
    let (manifold, v) =
        (Stiefel { rows: 9, columns: 2, metric: StiefelMetric::Canonical }, Brockett::of(9, &[2.0, 1.0]));
    let flow = Flow { functional: PotentialEnergy(&v), geometry: Each(manifold), noise: Still };
    let scheme = TrustRegion { stop: STOP, ..TrustRegion::default() };
    let start = Cloud { n: 1, d: 18, x: random(&manifold, 3).into() };
    let (mut x, mut y) = (start.clone(), start);
    let (mut one, mut two) = (scheme.memory(&flow, &x), scheme.memory(&flow, &y));
    scheme.advance(&flow, Tick::start(0), 1.0, 7, &mut x, &mut one).unwrap();
    scheme.advance(&flow, Tick::start(0), 1.0, 3, &mut y, &mut two).unwrap();
    let bytes = save(&mut two);
    let mut two = scheme.memory(&flow, &y);
    restore(&mut two, &bytes).unwrap();
    scheme.advance(&flow, Tick { step: 3, ..Tick::start(0) }, 1.0, 4, &mut y, &mut two).unwrap();
    assert_eq!((x.x, one.track.norm.to_bits()), (y.x, two.track.norm.to_bits()));
}
