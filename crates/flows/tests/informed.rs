//! Trust regions whose model bends by an information: Newton's steps where that is the curvature, Gauss's of squares.
use steepest_core::{Batch, Flow, Information, Potential, Scheme, Squares, Tick, Workspace, restore, save};
use steepest_flows::functional::{Informed, PotentialEnergy};
use steepest_flows::geometry::{Euclidean, Fisher};
use steepest_flows::noise::Still;
use steepest_flows::scheme::minimiser::{Ending, Stop, Track};
use steepest_flows::scheme::trust_region::{KEPT, Region, Second, TrustRegion};
use steepest_flows::state::Cloud;

const STOP: Stop = Stop { gradient: 1e-10, fall: 0.0 };
const SCORING: TrustRegion = TrustRegion { second: Second::Information, radius: None, stop: STOP };

/// A logistic regression of eight rows on two columns: the information is the curvature.
#[derive(Clone, Copy)]
struct Logistic;
const X: [[f64; 2]; 8] =
    [[1.0, 0.2], [1.0, -1.3], [1.0, 0.9], [1.0, 2.1], [1.0, -0.4], [1.0, 1.4], [1.0, -2.0], [1.0, 0.1]];
const Y: [f64; 8] = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
fn rows(x: &[f64]) -> impl Iterator<Item = (f64, f64, [f64; 2], f64)> {
    X.iter().zip(&Y).map(move |(row, y)| {
        let eta = row[0] * x[0] + row[1] * x[1];
        (eta, 1.0 / (1.0 + (-eta).exp()), *row, *y)
    })
}
impl Potential for Logistic {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * rows(x.x).map(|(eta, _, _, y)| eta.exp().ln_1p() - y * eta).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        rows(x.x).for_each(|(_, p, row, y)| (0..2).for_each(|j| out[j] += scale * (p - y) * row[j]));
    }
    fn curvatures(&self, x: Batch<'_>, v: &[f64], scale: f64, out: &mut [f64], _work: &mut Workspace) {
        rows(x.x).for_each(|(_, p, row, _)| {
            let along = row[0] * v[0] + row[1] * v[1];
            (0..2).for_each(|j| out[j] += scale * p * (1.0 - p) * row[j] * along);
        });
    }
    fn curves_exactly(&self) -> bool {
        true
    }
}
impl Information for Logistic {
    fn information(&self, x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.fill(0.0);
        rows(x).for_each(|(_, p, row, _)| (0..4).for_each(|k| out[k] += p * (1.0 - p) * row[k / 2] * row[k % 2]));
    }
}

/// Residuals 10 (y - x^2) and 1 - x, and 2 J^T J of them.
#[derive(Clone, Copy)]
struct Valley;
impl Squares for Valley {
    fn residuals(&self) -> usize {
        2
    }
    fn linearise(&self, x: &[f64], r: &mut [f64], jacobian: Option<&mut [f64]>, _work: &mut Workspace) {
        r.copy_from_slice(&[10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
        if let Some(jacobian) = jacobian {
            jacobian.copy_from_slice(&[-20.0 * x[0], -1.0, 10.0, 0.0]);
        }
    }
}
impl Potential for Valley {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut r = [0.0; 2];
        self.linearise(x.x, &mut r, None, work);
        out[0] += scale * (r[0] * r[0] + r[1] * r[1]);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let (mut r, mut j) = ([0.0; 2], [0.0; 4]);
        self.linearise(x.x, &mut r, Some(&mut j), work);
        (0..2).for_each(|i| out[i] += 2.0 * scale * (j[2 * i] * r[0] + j[2 * i + 1] * r[1]));
    }
    fn squares(&self) -> Option<&dyn Squares> {
        Some(self)
    }
}
impl Information for Valley {
    fn information(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        let (mut r, mut j) = ([0.0; 2], [0.0; 4]);
        self.linearise(x, &mut r, Some(&mut j), work);
        (0..4).for_each(|k| out[k] = 2.0 * (0..2).map(|m| j[k / 2 * 2 + m] * j[k % 2 * 2 + m]).sum::<f64>());
    }
}

type Informing<M> = Flow<Informed<PotentialEnergy<M>, Fisher<M>>, Euclidean, Still>;
fn flow<M: Potential + Information + Copy>(model: M, damping: f64) -> Informing<M> {
    let information = Fisher { information: model, damping };
    Flow { functional: Informed { functional: PotentialEnergy(model), information }, geometry: Euclidean, noise: Still }
}
/// Every point, and how it went. `cut`: the memory is written and read again before each step.
fn go<M>(flow: &Informing<M>, scheme: TrustRegion, start: [f64; 2], cut: bool) -> (Vec<[f64; 2]>, Track<Cloud>)
where
    M: Potential + Information + Copy,
{
    let mut x = Cloud::from_fn(1, 2, |_, j| start[j]);
    let mut memory: Region<Cloud> = scheme.memory(flow, &x);
    let mut path = Vec::new();
    for step in 0..200 {
        if cut {
            let bytes = save(&mut memory);
            memory = scheme.memory(flow, &x);
            restore(&mut memory, &bytes).expect("its own bytes");
        }
        scheme.step(flow, Tick { step, ..Tick::start(0) }, 1.0, &mut x, &mut memory).expect("no fault");
        path.push([x.x[0], x.x[1]]);
        if memory.track.ending.is_some() {
            break;
        }
    }
    (path, memory.track.clone())
}
fn apart(a: &[[f64; 2]], b: &[[f64; 2]]) -> f64 {
    assert_eq!(a.len(), b.len(), "{a:?} {b:?}");
    a.as_flattened().iter().zip(b.as_flattened()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Where G is V'' the steps are those of Newton's trust region, to rounding, and no product is an evaluation: one a trial.
#[test]
fn of_canonical_links_steps_are_those_of_newton() {
    for start in [[0.0, 0.0], [3.0, -3.0], [-20.0, 15.0]] {
        let exact = TrustRegion { second: Second::Hessian, ..SCORING };
        let (newton, dear) = go(&flow(Logistic, 0.0), exact, start, false);
        let (scoring, cheap) = go(&flow(Logistic, 0.0), SCORING, start, false);
        println!("{start:?}: {} steps, evaluations {} of {}", cheap.steps, cheap.evaluations, dear.evaluations);
        assert!(apart(&newton, &scoring) < 1e-11, "{newton:?} {scoring:?}");
        assert!(cheap.ending == Some(Ending::Critical) && dear.evaluations > cheap.evaluations + cheap.steps);
        assert!(cheap.audit.kept >= KEPT && cheap.audit.reach <= 1.0 + 1e-9, "{:?}", cheap.audit);
    }
    // An information that is 1 % off takes another step.
    let first = |damping: f64| go(&flow(Logistic, damping), SCORING, [0.0; 2], false).0[0];
    assert!(apart(&[first(0.0)], &[first(0.01)]) > 1e-4);
}

/// With G = 2 J^T J the steps are those with products of the Jacobian; Newton's are others.
#[test]
fn of_squares_steps_are_those_of_gauss_and_newton() {
    let start = [-1.2, 1.0];
    let (gauss, track) = go(&flow(Valley, 0.0), TrustRegion { second: Second::GaussNewton, ..SCORING }, start, false);
    let (scoring, same) = go(&flow(Valley, 0.0), SCORING, start, false);
    let (newton, _) = go(&flow(Valley, 0.0), TrustRegion { second: Second::Hessian, ..SCORING }, start, false);
    assert!(apart(&gauss, &scoring) < 1e-9, "{gauss:?} {scoring:?}");
    assert!(track.evaluations == same.evaluations && same.value[1] < 1e-18, "{track:?} {same:?}");
    assert!(newton.len() != gauss.len() || apart(&newton, &gauss) > 1e-3);
}

/// What a step promises is what dF p + p G p / 2 falls by: in one step inside the region it is half of <dF, G^-1 dF>.
#[test]
fn what_is_promised_is_the_fall_of_the_model() {
    let model = flow(Logistic, 0.0);
    let start = [0.1, -0.2];
    let (path, _) = go(&model, SCORING, start, false);
    let scheme = SCORING;
    let mut x = Cloud::from_fn(1, 2, |_, j| start[j]);
    let mut memory: Region<Cloud> = scheme.memory(&model, &x);
    scheme.step(&model, Tick::start(0), 1.0, &mut x, &mut memory).expect("no fault");
    let (mut dv, mut g) = ([0.0; 2], [0.0; 4]);
    Logistic.gradients(Batch { n: 1, d: 2, x: &start }, 1.0, &mut dv, &mut Workspace::default());
    Logistic.information(&start, &mut g, &mut Workspace::default());
    let p = [path[0][0] - start[0], path[0][1] - start[1]];
    let bends = (0..4).map(|k| p[k / 2] * g[k] * p[k % 2]).sum::<f64>();
    let model = -(dv[0] * p[0] + dv[1] * p[1]) - 0.5 * bends;
    let fell = memory.track.value[0] - memory.track.value[1];
    assert!((memory.track.audit.kept - fell / model).abs() < 1e-9, "{} {}", memory.track.audit.kept, fell / model);
    assert!((memory.track.audit.kept - 1.0).abs() < 0.2, "{:?}", memory.track.audit);
}

/// A multiple of the information.
#[derive(Clone, Copy)]
struct Times<M>(f64, M);
impl<M: Potential> Potential for Times<M> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.1.values(x, scale, out, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.1.gradients(x, scale, out, work);
    }
}
impl<M: Information> Information for Times<M> {
    fn information(&self, x: &[f64], out: &mut [f64], work: &mut Workspace) {
        self.1.information(x, out, work);
        out.iter_mut().for_each(|g| *g *= self.0);
    }
}

/// |x|^2 / 2 with the information 1.
#[derive(Clone, Copy)]
struct Bowl;
impl Potential for Bowl {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * 0.5 * (x.x[0] * x.x[0] + x.x[1] * x.x[1]);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(out, x)| *out += scale * x);
    }
}
impl Information for Bowl {
    fn information(&self, _x: &[f64], out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(&[1.0, 0.0, 0.0, 1.0]);
    }
}

/// What V bends by along the first step is the factor that was missing, so that the second ends where V does; it changes by
/// no more than 2 at once. Of a logistic regression any factor costs a few steps, where without it there is a slow end.
#[test]
fn a_factor_is_learned() {
    let scores = TrustRegion { second: Second::Scores, ..SCORING };
    let size = |x: [f64; 2]| x[0].hypot(x[1]);
    for factor in [0.7, 1.8] {
        let (path, _) = go(&flow(Times(factor, Bowl), 0.0), scores, [3.0, -1.0], false);
        assert!(size(path[0]) > 0.3 && size(path[1]) < 1e-14, "{factor}: {path:?}");
    }
    // Of 8: 1/8 of the way, then 1/4, then half, then all.
    let (path, _) = go(&flow(Times(8.0, Bowl), 0.0), scores, [3.0, -1.0], false);
    let left = [7.0 / 8.0, 7.0 / 8.0 * 3.0 / 4.0, 7.0 / 8.0 * 3.0 / 8.0, 0.0];
    for (x, left) in path.iter().zip(left) {
        assert!((x[0] - 3.0 * left).abs() < 1e-13 && (x[1] + left).abs() < 1e-13, "{path:?}");
    }
    for factor in [0.02, 0.3, 3.0, 50.0] {
        let run = |scheme| go(&flow(Times(factor, Logistic), 0.0), scheme, [1.0, -1.0], false).1;
        let (learned, plain) = (run(scores), run(SCORING));
        assert_eq!(learned.ending, Some(Ending::Critical), "{factor}");
        assert!(learned.audit.kept >= KEPT && learned.evaluations < 20, "{factor}: {}", learned.evaluations);
        assert!(plain.evaluations > learned.evaluations, "{factor}: {}", plain.evaluations);
    }
}

/// Cut anywhere and taken up again, the bits are the same: the information is that of the point, the factor is remembered.
#[test]
fn a_cut_changes_no_bit() {
    fn both<M: Potential + Information + Copy>(model: M, start: [f64; 2]) {
        for second in [Second::Information, Second::Scores] {
            let scheme = TrustRegion { second, ..SCORING };
            let (whole, track) = go(&flow(model, 0.1), scheme, start, false);
            let (cut, other) = go(&flow(model, 0.1), scheme, start, true);
            assert_eq!((whole, track.evaluations), (cut, other.evaluations));
        }
    }
    both(Logistic, [3.0, -3.0]);
    both(Valley, [-1.2, 1.0]);
}
