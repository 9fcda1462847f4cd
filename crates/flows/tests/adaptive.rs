//! Learned strides against the recursions of their papers, written out plainly here, and against what each promises.
use steepest_core::{Batch, Flow, Potential, Scheme, Tick, Workspace, restore, save};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::adaptive::{Adaptive, Moments, Rule};
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::state::Cloud;

const H: f64 = 0.01;
const RULES: [Rule; 6] = [
    Rule::ADAM,
    Rule::RmsProp { beta: 0.99, epsilon: 1e-8 },
    Rule::AdaGrad { epsilon: 1e-10 },
    Rule::Lion { betas: [0.9, 0.99] },
    Rule::Muon { rows: 2, beta: 0.95 },
    // Off the diagonal the first turned gradient is rounding, which a small epsilon would blow up.
    Rule::Soap { rows: 2, betas: [0.95, 0.95], epsilon: 1e-3, every: 3 },
];

/// V = |A X - B|^2 / 2 + sum of X^4 / 4 for a 2 by 2 matrix X: no symmetry that a rule could hide behind.
struct Matrix;
impl Matrix {
    const A: [f64; 4] = [1.0, 0.7, -0.3, 2.0];
    const B: [f64; 4] = [1.0, -2.0, 0.5, 3.0];
    fn residual(x: &[f64]) -> [f64; 4] {
        let (a, b) = (Self::A, Self::B);
        std::array::from_fn(|k| a[k / 2 * 2] * x[k % 2] + a[k / 2 * 2 + 1] * x[2 + k % 2] - b[k])
    }
    fn slope(x: &[f64]) -> [f64; 4] {
        let (a, r) = (Self::A, Self::residual(x));
        std::array::from_fn(|k| a[k / 2] * r[k % 2] + a[2 + k / 2] * r[2 + k % 2] + x[k].powi(3))
    }
}
impl Potential for Matrix {
    fn values(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let squares: f64 = Self::residual(at.x).iter().map(|r| 0.5 * r * r).sum();
        out[0] += scale * (squares + at.x.iter().map(|x| 0.25 * x.powi(4)).sum::<f64>());
    }
    fn gradients(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(Self::slope(at.x)).for_each(|(out, g)| *out += scale * g);
    }
}
const START: [f64; 4] = [3.0, -1.0, 2.0, 0.5];

fn run<V: Potential>(v: &V, scheme: Adaptive, h: f64, count: u64, start: &[f64]) -> (Vec<f64>, Moments<Cloud>) {
    let flow = Flow { functional: PotentialEnergy(v), geometry: Euclidean, noise: Still };
    let mut x = Cloud::from_fn(1, start.len(), |_, j| start[j]);
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), h, count, &mut x, &mut memory).unwrap();
    (x.x.to_vec(), memory)
}

type Square = [f64; 4];
fn times(a: Square, b: Square) -> Square {
    std::array::from_fn(|k| a[k / 2 * 2] * b[k % 2] + a[k / 2 * 2 + 1] * b[2 + k % 2])
}
fn across(a: Square) -> Square {
    [a[0], a[2], a[1], a[3]]
}
/// Eigenvectors of a symmetric 2 by 2 matrix as columns, the larger eigenvalue first, by the angle of its rotation.
fn eigenbasis(a: Square) -> Square {
    let angle = 0.5 * (2.0 * a[1]).atan2(a[0] - a[3]);
    [angle.cos(), -angle.sin(), angle.sin(), angle.cos()]
}
/// The orthogonal factor of a 2 by 2 matrix by columns, first column first.
fn gram_schmidt(a: Square) -> Square {
    let n = a[0].hypot(a[2]);
    let (c, s) = (a[0] / n, a[2] / n);
    let side = (c * a[3] - s * a[1]).signum();
    [c, -s * side, s, c * side]
}

/// The published recursions, with a decay of 0.1: `t` from 1, as in the papers.
fn reference(rule: Rule, count: u64) -> Square {
    let (mut x, mut m, mut v) = (START, [0.0; 4], [0.0; 4]);
    let (mut left, mut right, mut ql, mut qr) = ([0.0; 4], [0.0; 4], [0.0; 4], [0.0; 4]);
    for t in 1..=count {
        let g = Matrix::slope(&x);
        let mut u = [0.0; 4];
        match rule {
            Rule::Adam { betas: [b1, b2], epsilon } => {
                for j in 0..4 {
                    m[j] += (1.0 - b1) * (g[j] - m[j]);
                    v[j] = b2 * v[j] + (1.0 - b2) * g[j].powi(2);
                    let root = v[j].sqrt() / (1.0 - b2.powi(t as i32)).sqrt() + epsilon;
                    u[j] = m[j] / (1.0 - b1.powi(t as i32)) / root;
                }
            }
            Rule::RmsProp { beta, epsilon } => {
                for j in 0..4 {
                    v[j] += (1.0 - beta) * (g[j].powi(2) - v[j]);
                    u[j] = g[j] / (v[j].sqrt() + epsilon);
                }
            }
            Rule::AdaGrad { epsilon } => {
                for j in 0..4 {
                    v[j] += g[j].powi(2);
                    u[j] = g[j] / (v[j].sqrt() + epsilon);
                }
            }
            Rule::Lion { betas: [b1, b2] } => {
                for j in 0..4 {
                    u[j] = (m[j] * b1 + g[j] * (1.0 - b1)).signum();
                    m[j] = m[j] * b2 + g[j] * (1.0 - b2);
                }
            }
            Rule::Muon { beta, .. } => {
                m = std::array::from_fn(|j| m[j] + (1.0 - beta) * (g[j] - m[j]));
                let mut z: Square = std::array::from_fn(|j| g[j] + beta * (m[j] - g[j]));
                let norm = z.iter().map(|z| z * z).sum::<f64>().sqrt() + 1e-7;
                z = z.map(|z| z / norm);
                for _ in 0..5 {
                    let a = times(z, across(z));
                    let a2 = times(a, a);
                    let b: Square = std::array::from_fn(|j| -4.7750 * a[j] + 2.0315 * a2[j]);
                    let bz = times(b, z);
                    z = std::array::from_fn(|j| 3.4445 * z[j] + bz[j]);
                }
                u = z;
            }
            Rule::Soap { betas: [b1, b2], epsilon, every, .. } => {
                let (gg, tt) = (times(g, across(g)), times(across(g), g));
                if t == 1 {
                    (left, right) = (gg, tt);
                    (ql, qr) = (eigenbasis(left), eigenbasis(right));
                    continue;
                }
                let turned = times(across(ql), times(g, qr));
                m = std::array::from_fn(|j| b1 * m[j] + (1.0 - b1) * g[j]);
                v = std::array::from_fn(|j| b2 * v[j] + (1.0 - b2) * turned[j].powi(2));
                let ahead = times(across(ql), times(m, qr));
                let k = t as i32 - 1;
                let n: Square = std::array::from_fn(|j| {
                    ahead[j] / (1.0 - b1.powi(k)) / ((v[j] / (1.0 - b2.powi(k))).sqrt() + epsilon)
                });
                u = times(ql, times(n, across(qr)));
                left = std::array::from_fn(|j| b2 * left[j] + (1.0 - b2) * gg[j]);
                right = std::array::from_fn(|j| b2 * right[j] + (1.0 - b2) * tt[j]);
                if (k as u64).is_multiple_of(every) {
                    for (mean, q, rows) in [(left, &mut ql, true), (right, &mut qr, false)] {
                        let quotient = times(across(*q), times(mean, *q));
                        let mut image = times(mean, *q);
                        if quotient[3] > quotient[0] {
                            image = [image[1], image[0], image[3], image[2]];
                            v = if rows { [v[2], v[3], v[0], v[1]] } else { [v[1], v[0], v[3], v[2]] };
                        }
                        *q = gram_schmidt(image);
                    }
                }
            }
        }
        x = std::array::from_fn(|j| x[j] * (1.0 - 0.1 * H) - H * u[j]);
    }
    x
}

/// After 1, 2, 10 and 100 strides, to rounding: a constant that is wrong by one part in 1e7 is caught.
#[test]
fn updates_are_those_of_the_papers() {
    for rule in RULES {
        for count in [1, 2, 10, 100] {
            let scheme = Adaptive { decay: 0.1, stop: Stop { gradient: 0.0, fall: 0.0 }, ..Adaptive::new(rule) };
            let (found, m) = run(&Matrix, scheme, H, count, &START);
            let exact = reference(rule, count);
            for (found, exact) in found.iter().zip(&exact) {
                assert!((found - exact).abs() < 1e-10, "{rule:?} after {count}: {found} {exact}");
            }
            assert!(m.reach <= 1.0 + 1e-9, "{rule:?}: {}", m.reach);
        }
    }
}

/// Every rule finds the valley of a quadratic and of a product of matrices when its strides halve; the work of dF along the
/// path is the fall of V, and no stride is longer than its rule allows, while the first reaches that length for most.
#[test]
fn every_rule_arrives() {
    for rule in RULES {
        let scheme = Adaptive { halving: 1500.0, stop: Stop { gradient: 1e-6, fall: 0.0 }, ..Adaptive::new(rule) };
        // A sum of squares shortens strides by itself.
        let h = if matches!(rule, Rule::AdaGrad { .. }) { 0.3 } else { 0.05 };
        let (_, m) = run(&Matrix, scheme, h, 40_000, &START);
        assert_eq!(m.track.ending, Some(Ending::Critical), "{rule:?}: {:?}", m.track);
        let fell = m.track.value[0] - m.track.value[1];
        assert!((fell + m.track.audit.work).abs() < 0.01 * fell, "{rule:?}: {:?}", m.track.audit);
        assert!(m.reach <= 1.0 + 1e-9 && m.reach > 0.5, "{rule:?}: {}", m.reach);
    }
}

/// A stride that leads where V is not finite is not taken, and the point stays where V is.
#[test]
fn a_wall_ends_it() {
    struct Wall;
    impl Potential for Wall {
        fn values(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out[0] += scale * if at.x[0] < 1.0 { -at.x[0] } else { f64::NAN };
        }
        fn gradients(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out[0] += scale * if at.x[0] < 1.0 { -1.0 } else { f64::NAN };
        }
    }
    for rule in RULES {
        let rule = match rule {
            Rule::Muon { beta, .. } => Rule::Muon { rows: 1, beta },
            Rule::Soap { betas, epsilon, every, .. } => Rule::Soap { rows: 1, betas, epsilon, every },
            rule => rule,
        };
        let (x, m) = run(&Wall, Adaptive::new(rule), 0.3, 100, &[0.0]);
        let wanted = if matches!(rule, Rule::AdaGrad { .. }) { None } else { Some(Ending::Diverged) };
        assert!(wanted.is_none() || m.track.ending == wanted, "{rule:?}: {:?}", m.track.ending);
        assert!(x[0] < 1.0);
    }
}

/// Cut off and taken up again at any stride, the end has the same bits.
#[test]
fn resumes_to_the_bit() {
    let flow = Flow { functional: PotentialEnergy(&Matrix), geometry: Euclidean, noise: Still };
    for rule in RULES {
        let scheme = Adaptive { halving: 50.0, patience: 7, ..Adaptive::new(rule) };
        let (whole, _) = run(&Matrix, scheme, H, 100, &START);
        let mut x = Cloud::from_fn(1, 4, |_, j| START[j]);
        let mut memory = scheme.memory(&flow, &x);
        for k in 0..100 {
            scheme.step(&flow, Tick { step: k, ..Tick::start(0) }, H, &mut x, &mut memory).unwrap();
            let bytes = save(&mut (&mut x.x[..], &mut memory));
            memory = scheme.memory(&flow, &x);
            restore(&mut (&mut x.x[..], &mut memory), &bytes).unwrap();
        }
        assert_eq!(x.x[..], whole[..], "{rule:?}");
    }
}

/// Where nobody says when strides halve, they do where a hundred of them circle: rules whose strides do not shrink by themselves come
/// to the minimum of the matrix problem, to a slope of 1e-6, from strides that are five times longer than above too.
#[test]
fn patience_finds_the_length_of_strides() {
    for rule in [RULES[0], RULES[1], RULES[3], RULES[4]] {
        let scheme = Adaptive { patience: 100, stop: Stop { gradient: 1e-6, fall: 0.0 }, ..Adaptive::new(rule) };
        for h in [0.05, 0.25] {
            let (_, m) = run(&Matrix, scheme, h, 10_000, &START);
            assert_eq!(m.track.ending, Some(Ending::Critical), "{rule:?} from {h}: {:?}", m.track);
        }
    }
}

/// x^2 / 2 from 1 by a sign, strides halving each one: after 1 + 1/2 + 1/4 + ... strides of 0.1 it stands at 0.8, and says why.
#[test]
fn strides_that_have_shrunk_to_nothing_say_so() {
    let scheme = Adaptive { halving: 1.0, ..Adaptive::new(Rule::Lion { betas: [0.9, 0.99] }) };
    let (x, m) = run(&Bowl, scheme, 0.1, 1000, &[1.0]);
    assert!((x[0] - 0.8).abs() < 1e-14, "{x:?}");
    assert!(m.track.ending == Some(Ending::Short) && m.track.steps < 200, "{:?}", m.track);
}
/// x^2 / 2
struct Bowl;
impl Potential for Bowl {
    fn values(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * 0.5 * at.x[0] * at.x[0];
    }
    fn gradients(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out[0] += scale * at.x[0];
    }
}
