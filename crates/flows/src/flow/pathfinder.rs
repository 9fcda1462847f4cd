//! Pathfinder: Gaussians along a path of quasi-Newton descent, of which the one nearest the target is a good start.
use crate::observer::diagnostics::pareto_k;
use crate::scheme::Curvature;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{dot, normals};

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pathfinder {
    /// Steps of the descent at most.
    pub steps: usize,
    /// Steps of which the curvature is remembered.
    pub memory: usize,
    /// Draws by which each Gaussian is judged.
    pub judges: usize,
    /// Draws by which the chosen one is judged again, and its tail with it.
    pub draws: usize,
}
impl Default for Pathfinder {
    fn default() -> Self {
        Pathfinder { steps: 1000, memory: 6, judges: 10, draws: 200 }
    }
}
/// What a path led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// A draw of the chosen Gaussian.
    pub point: Vec<f64>,
    /// Its mean.
    pub mean: Vec<f64>,
    /// Mean of log density - log q over q, highest along the path: log Z less the divergence KL(q, target).
    pub elbo: f64,
    /// Pareto shape of the weights density / q: below 0.7 the Gaussian is close.
    pub pareto_k: f64,
    /// Where the descent ended.
    pub mode: Vec<f64>,
    /// Gradients evaluated.
    pub gradients: u64,
}

/// Streams of noise of the Gaussians; chains and starts have theirs elsewhere.
const JUDGES: u16 = 0x210;
const DRAWS: u16 = 0x211;

/// V and dV at one point, counted.
struct Looks<'a> {
    v: &'a dyn Potential,
    beta: f64,
    work: Workspace,
    count: u64,
}
impl Looks<'_> {
    fn at(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = [0.0];
        gradient.fill(0.0);
        let batch = Batch { n: 1, d: x.len(), x };
        self.v.values_and_gradients(batch, self.beta, &mut value, gradient, &mut self.work);
        self.count += 1;
        let finite = value[0].is_finite() && gradient.iter().all(|g| g.is_finite());
        if finite { value[0] } else { f64::INFINITY }
    }
}

/// What is seen on the way: the number of the step, the point, the gradient and the curvature there.
type Visit<'a> = dyn FnMut(&mut Looks<'_>, usize, &[f64], &[f64], &Curvature) + 'a;

/// Goes downhill from `start` by limited-memory BFGS with a weak Wolfe line search [NocedalWright2006, Alg. 7.5], at most
/// `steps` steps. The end, and gradients evaluated; `None` where V is not finite at the start.
///
/// ```
/// use steepest_flows::{flow::pathfinder::descend, functional::Quadratic};
/// let (end, _) = descend(&Quadratic::new(&[1.0, 100.0]), 1.0, &[3.0, -2.0], 50).unwrap();
/// assert!(end.iter().all(|x| x.abs() < 1e-4));
/// ```
pub fn descend(v: &dyn Potential, beta: f64, start: &[f64], steps: usize) -> Option<(Vec<f64>, u64)> {
    let mut looks = Looks { v, beta, work: Workspace::default(), count: 0 };
    let end = path(&mut looks, start, steps, 6, &mut |_, _, _, _, _| {})?;
    Some((end, looks.count))
}
fn path(looks: &mut Looks<'_>, start: &[f64], steps: usize, memory: usize, visit: &mut Visit<'_>) -> Option<Vec<f64>> {
    let d = start.len();
    let mut curvature = Curvature::new(d, memory);
    let (mut x, mut gradient) = (start.to_vec(), vec![0.0; d]);
    let mut value = looks.at(&x, &mut gradient);
    if !value.is_finite() {
        return None;
    }
    let (mut next, mut ahead, mut along) = (x.clone(), gradient.clone(), vec![0.0; d]);
    for step in 0..steps {
        curvature.apply(&gradient, &mut along);
        let mut slope = -dot(&gradient, &along);
        if !(slope < 0.0 && slope.is_finite()) {
            curvature = Curvature::new(d, memory);
            along.copy_from_slice(&gradient);
            slope = -dot(&gradient, &gradient);
        }
        // The first step has no scale yet.
        let mut length = if curvature.rank() == 0 { (1.0 / (-slope).sqrt()).min(1.0) } else { 1.0 };
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut there = f64::INFINITY;
        for _ in 0..40 {
            (0..d).for_each(|k| next[k] = x[k] - length * along[k]);
            there = looks.at(&next, &mut ahead);
            if there > value + 1e-4 * length * slope {
                high = length;
            } else if -dot(&ahead, &along) < 0.9 * slope && length < 1e10 {
                low = length;
            } else {
                break;
            }
            length = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * length };
        }
        if there >= value {
            break; // at rest, to rounding
        }
        let s: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = ahead.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let learnt = curvature.update(s, y);
        let fell = value - there;
        value = there;
        x.copy_from_slice(&next);
        gradient.copy_from_slice(&ahead);
        if learnt {
            visit(looks, step, &x, &gradient, &curvature);
        }
        if fell < 1e-10 * (1.0 + value.abs()) {
            break;
        }
    }
    Some(x)
}

impl Pathfinder {
    /// Descends exp(-beta V) from `start` and returns the best Gaussian N(x - H dV(x), H) met on the way, H of limited-memory
    /// BFGS [ZhangEtAl2022, Alg. 1]. A pure function of the key and `id`, the number of the path.
    ///
    /// `None` where the path failed: V is not finite at its start, or no Gaussian on it has a finite score.
    ///
    /// ```
    /// use steepest_flows::{flow::pathfinder::Pathfinder, functional::Quadratic};
    /// let found = Pathfinder::default().run(&Quadratic::new(&[1.0, 4.0]), 1.0, (1, 0), &[3.0, -2.0]).unwrap();
    /// let log_z = (std::f64::consts::TAU / 2.0).ln();
    /// assert!((found.elbo - log_z).abs() < 0.02 && found.pareto_k < 0.7);
    /// ```
    pub fn run(&self, v: &dyn Potential, beta: f64, (key, id): (u64, u64), start: &[f64]) -> Option<Found> {
        let d = start.len();
        let mut looks = Looks { v, beta, work: Workspace::default(), count: 0 };
        let mut best: Option<(f64, Vec<f64>, Curvature)> = None;
        let mode = path(&mut looks, start, self.steps, self.memory, &mut |looks, step, x, gradient, curvature| {
            let mean = centre(x, gradient, curvature);
            let (scores, _) = judge(looks, &mean, curvature, (key, step as u64, JUDGES, id), self.judges);
            let elbo = scores.iter().sum::<f64>() / scores.len() as f64;
            if elbo.is_finite() && best.as_ref().is_none_or(|(most, ..)| elbo > *most) {
                best = Some((elbo, mean, curvature.clone()));
            }
        })?;
        let (_, mean, curvature) = best?;
        let (scores, points) = judge(&mut looks, &mean, &curvature, (key, 0, DRAWS, id), self.draws);
        let elbo = scores.iter().sum::<f64>() / scores.len() as f64;
        let first = (0..self.draws).find(|i| scores[*i].is_finite())?;
        let point = (0..d).map(|j| points[j * self.draws + first]).collect();
        Some(Found { point, mean, elbo, pareto_k: pareto_k(&scores), mode, gradients: looks.count })
    }
}
/// log density - log q at draws of N(mean, H), and the draws, component-major.
fn judge(
    looks: &mut Looks<'_>,
    mean: &[f64],
    curvature: &Curvature,
    (key, step, stream, id): (u64, u64, u16, u64),
    n: usize,
) -> (Vec<f64>, Vec<f64>) {
    let (d, rank) = (mean.len(), curvature.rank());
    let (mut points, mut noise) = (vec![0.0; n * d], vec![0.0; d + rank]);
    let constant = 0.5 * (d as f64 * std::f64::consts::TAU.ln() + curvature.log_det());
    let mut scores = Vec::with_capacity(n);
    for i in 0..n {
        let index = (id << 32) + (i * (d + rank)) as u64;
        normals(key, step, stream, index, &mut noise);
        let (z, more) = noise.split_at_mut(d);
        curvature.shape(z, more);
        scores.push(constant + 0.5 * dot(z, &curvature.inverse(z)));
        (0..d).for_each(|j| points[j * n + i] = mean[j] + z[j]);
    }
    let mut values = vec![0.0; n];
    looks.v.values(Batch { n, d, x: &points }, looks.beta, &mut values, &mut looks.work);
    looks.count += n as u64;
    scores.iter_mut().zip(&values).for_each(|(score, v)| {
        *score = if v.is_nan() { f64::NEG_INFINITY } else { *score - v };
    });
    (scores, points)
}
/// x - H dV(x), the mode of the Gaussian.
fn centre(x: &[f64], gradient: &[f64], curvature: &Curvature) -> Vec<f64> {
    let mut mean = vec![0.0; x.len()];
    curvature.apply(gradient, &mut mean);
    mean.iter_mut().zip(x).for_each(|(m, x)| *m = x - *m);
    mean
}
