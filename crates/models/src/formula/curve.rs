//! CURVES: `poly(x, degree)` and `s(x)`, the columns that one expression becomes, and what new rows need to have the same.
use super::groups::GroupDesign;
use super::token::Span;
use super::values::Learned;
use super::{Expression, Factor, Formula, FormulaError};
use crate::regression::ModelError;
use crate::table::Table;
use steepest_kernels::{cholesky, solve, spectrum};

/// What an expression is expanded in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
    /// `poly(x, degree)`
    Poly(usize),
    /// `s(x)`, or `s(x, k = knots)`.
    Smooth(Option<usize>),
}

/// Knots of a spline that does not say how many.
const KNOTS: usize = 10;
/// Most knots, and highest degree.
pub(super) const MOST_KNOTS: usize = 100;
pub(super) const MOST_DEGREE: usize = 20;

/// A basis, taken from the table that the model was made on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Basis {
    Polynomials(Polynomials),
    Spline(Spline),
}

/// Polynomials p_1, p_2, ... that are orthonormal over the rows they were learned from, and to constants, by their recurrence
/// p_{j+1} norm_j = (x - alpha_j) p_j - norm_{j-1} p_{j-1} [ChambersHastie1992, Ch. 7].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Polynomials {
    /// p_0
    constant: f64,
    /// alpha and norm of each step.
    steps: Vec<[f64; 2]>,
}

impl Polynomials {
    pub(super) fn learn(x: &[f64], degree: usize) -> Polynomials {
        let constant = (x.len() as f64).sqrt().recip();
        let mut out = Polynomials { constant, steps: Vec::new() };
        let (mut before, mut here) = (vec![0.0; x.len()], vec![constant; x.len()]);
        for _ in 0..degree {
            let alpha = x.iter().zip(&here).map(|(x, p)| x * p * p).sum();
            let mut next = out.step(x, alpha, [&before, &here]);
            let norm = next.iter().map(|p| p * p).sum::<f64>().sqrt();
            next.iter_mut().for_each(|p| *p /= norm);
            out.steps.push([alpha, norm]);
            (before, here) = (here, next);
        }
        out
    }
    /// What follows two polynomials, before it is divided by its norm.
    fn step(&self, x: &[f64], alpha: f64, [before, here]: [&[f64]; 2]) -> Vec<f64> {
        let back = self.steps.last().map_or(0.0, |s| s[1]);
        x.iter().zip(here).zip(before).map(|((x, p), q)| (x - alpha) * p - back * q).collect()
    }
    /// The polynomials at x, the constant left out.
    pub(super) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut known = Polynomials { constant: self.constant, steps: Vec::new() };
        let mut out = vec![vec![0.0; x.len()], vec![self.constant; x.len()]];
        for &[alpha, norm] in &self.steps {
            let mut next = known.step(x, alpha, [&out[out.len() - 2], &out[out.len() - 1]]);
            next.iter_mut().for_each(|p| *p /= norm);
            known.steps.push([alpha, norm]);
            out.push(next);
        }
        out.split_off(2)
    }
}

/// The curved part of natural cubic splines, in a basis where both the data and the penalty are diagonal [DemmlerReinsch1975]:
///
/// ```text
/// f(x) = straight line + sum_l u_l b_l(x),   integral of f''^2 = c sum_l u_l^2,   sum_r b_l(x_r) b_m(x_r) = 0 for l != m,
/// ```
///
/// with every b_l orthogonal over the rows to constants and to x, and sum_l of the mean of b_l^2 = 1: independent
/// u_l ~ N(0, sd^2) are the penalised spline [Wood2017, Sec. 5.3.1], and sd^2 is the variance it has a priori, over the rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spline {
    knots: Vec<f64>,
    /// For each b_l, from the least to the most curved, its values and its second derivatives at the knots.
    curves: Vec<[Vec<f64>; 2]>,
}

impl Spline {
    /// Knots at quantiles of the distinct values of x, of which there are at least `count` >= 3. `None` where x spans so little
    /// that its knots are not told apart.
    pub(super) fn learn(x: &[f64], distinct: &[f64], count: usize) -> Option<Spline> {
        let (k, last) = (count, (distinct.len() - 1) as f64);
        let knots: Vec<f64> = (0..k)
            .map(|i| {
                let at = last * i as f64 / (k - 1) as f64;
                let below = (at as usize).min(distinct.len() - 2);
                distinct[below] + (at - below as f64) * (distinct[below + 1] - distinct[below])
            })
            .collect();
        let h: Vec<f64> = knots.windows(2).map(|w| w[1] - w[0]).collect();
        // Second derivatives inside from values: B m = D v, and the penalty is D^T B^-1 D.
        let inner = k - 2;
        let (mut b, mut d) = (vec![0.0; inner * inner], vec![0.0; inner * k]);
        for i in 0..inner {
            b[i * inner + i] = (h[i] + h[i + 1]) / 3.0;
            if i + 1 < inner {
                b[i * inner + i + 1] = h[i + 1] / 6.0;
                b[(i + 1) * inner + i] = h[i + 1] / 6.0;
            }
            d[i * k + i] = 1.0 / h[i];
            d[i * k + i + 1] = -1.0 / h[i] - 1.0 / h[i + 1];
            d[i * k + i + 2] = 1.0 / h[i + 1];
        }
        cholesky(inner, &mut b).ok()?;
        let mut inverse = identity(inner);
        solve(inner, &b, inner, &mut inverse);
        let bends = product(&inverse, &d, inner, inner, k);
        let penalty = product(&transposed(&d, inner, k), &bends, k, inner, k);
        // Gram matrix of the cardinal splines over the rows, G = L L^T; then the spectrum of L^-1 S L^-T.
        let cardinal = Spline { knots, curves: (0..k).map(|j| curve(&identity(k), &bends, k, j)).collect() };
        let columns = cardinal.columns(x);
        let mut gram = vec![0.0; k * k];
        for i in 0..k {
            (0..k).for_each(|j| gram[i * k + j] = steepest_kernels::dot(&columns[i], &columns[j]));
        }
        cholesky(k, &mut gram).ok()?;
        let root = inverse_of_lower(k, &gram);
        let whitened = product(&product(&root, &penalty, k, k, k), &transposed(&root, k, k), k, k, k);
        let found = spectrum(k, &whitened)?;
        // The two smallest are those of straight lines.
        let total: f64 = found.values[2..].iter().map(|l| l.recip()).sum();
        if !(total.is_finite() && found.values[2] > 0.0) {
            return None;
        }
        let curves = (2..k).map(|l| {
            let size = (x.len() as f64 / (found.values[l] * total)).sqrt();
            let vector = &found.vectors[l * k..(l + 1) * k];
            let mut values: Vec<f64> =
                (0..k).map(|i| size * (i..k).map(|m| root[m * k + i] * vector[m]).sum::<f64>()).collect();
            // Which of the two signs an eigenvector has is chance.
            let sign = values[k - 1].signum();
            values.iter_mut().for_each(|v| *v *= sign);
            let inside = product(&bends, &values, inner, k, 1);
            [values, [vec![0.0], inside, vec![0.0]].concat()]
        });
        Some(Spline { curves: curves.collect(), knots: cardinal.knots })
    }

    /// b_1(x), b_2(x), ...; straight beyond the outer knots.
    pub(super) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let (t, last) = (&self.knots, self.knots.len() - 1);
        let at = |x: f64, [v, m]: &[Vec<f64>; 2]| {
            let i = t.partition_point(|t| *t <= x).clamp(1, last) - 1;
            let h = t[i + 1] - t[i];
            if x < t[0] {
                return v[0] + (x - t[0]) * ((v[1] - v[0]) / h - h * m[1] / 6.0);
            }
            if x > t[last] {
                return v[last] + (x - t[last]) * ((v[last] - v[last - 1]) / h + h * m[last - 1] / 6.0);
            }
            let a = (t[i + 1] - x) / h;
            let b = 1.0 - a;
            a * v[i] + b * v[i + 1] + ((a * a * a - a) * m[i] + (b * b * b - b) * m[i + 1]) * h * h / 6.0
        };
        self.curves.iter().map(|curve| x.iter().map(|&x| at(x, curve)).collect()).collect()
    }
}

/// The cardinal spline of knot j: one there, zero at the others.
fn curve(values: &[f64], bends: &[f64], k: usize, j: usize) -> [Vec<f64>; 2] {
    let column = |a: &[f64]| a.iter().skip(j).step_by(k).copied().collect::<Vec<f64>>();
    [column(values), [vec![0.0], column(bends), vec![0.0]].concat()]
}
fn identity(k: usize) -> Vec<f64> {
    (0..k * k).map(|m| f64::from(u8::from(m / k == m % k))).collect()
}
/// A (n by k, row-major) times B (k by m).
fn product(a: &[f64], b: &[f64], n: usize, k: usize, m: usize) -> Vec<f64> {
    let entry = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[l * m + j]).sum();
    (0..n * m).map(|at| entry(at / m, at % m)).collect()
}
fn transposed(a: &[f64], n: usize, k: usize) -> Vec<f64> {
    (0..n * k).map(|at| a[(at % n) * k + at / n]).collect()
}
/// The inverse of a lower triangle, row-major.
fn inverse_of_lower(k: usize, l: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; k * k];
    for j in 0..k {
        out[j * k + j] = 1.0 / l[j * k + j];
        for i in j + 1..k {
            let known: f64 = (j..i).map(|m| l[i * k + m] * out[m * k + j]).sum();
            out[i * k + j] = -known / l[i * k + i];
        }
    }
    out
}

impl Formula {
    /// The basis called `name`, taken from these rows unless it is known.
    fn basis<'a>(
        &self,
        name: String,
        curve: Curve,
        at: Span,
        x: &[f64],
        learned: &'a mut Learned,
    ) -> Result<&'a Basis, FormulaError> {
        if !learned.curves.contains_key(&name) {
            let mut distinct = x.to_vec();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            let few = |needed: usize| {
                let problem = format!("{name} needs {needed} distinct values, and there are {}", distinct.len());
                FormulaError::new(&self.text, at, problem)
            };
            let basis = match curve {
                Curve::Poly(degree) if distinct.len() <= degree => return Err(few(degree + 1)),
                Curve::Poly(degree) => Basis::Polynomials(Polynomials::learn(x, degree)),
                Curve::Smooth(asked) => {
                    let count = asked.unwrap_or(KNOTS.min(distinct.len())).max(3);
                    if distinct.len() < count {
                        return Err(few(count));
                    }
                    let problem = || format!("the values of {name} are too close together for {count} knots");
                    let spline = Spline::learn(x, &distinct, count);
                    Basis::Spline(spline.ok_or_else(|| FormulaError::new(&self.text, at, problem()))?)
                }
            };
            learned.curves.insert(name.clone(), basis);
        }
        Ok(&learned.curves[&name])
    }

    /// The columns of a curve at x: all of a polynomial, the bent ones of a spline.
    pub(super) fn curve(
        &self,
        (name, curve, at): (String, Curve, Span),
        x: &[f64],
        learned: &mut Learned,
    ) -> Result<Vec<Vec<f64>>, FormulaError> {
        Ok(match self.basis(name, curve, at, x, learned)? {
            Basis::Polynomials(p) => p.columns(x),
            Basis::Spline(s) => s.columns(x),
        })
    }

    /// What bends the smooth terms: to a mixed model a grouping each, whose levels every row has a share of.
    pub(super) fn smooths(
        &self,
        table: &Table,
        rows: &[usize],
        learned: &mut Learned,
    ) -> Result<Vec<GroupDesign>, ModelError> {
        let mut out = Vec::new();
        for term in learned.terms.clone() {
            let [factor @ Factor::Curve(curve @ Curve::Smooth(_), e, at)] = term.as_slice() else { continue };
            let name = factor.to_string();
            let x = e.evaluate(&self.text, table, rows, learned)?;
            let columns = self.curve((name.clone(), *curve, *at), &x, learned)?;
            let known = columns.len();
            out.push(GroupDesign {
                effects: vec![name.clone()],
                name,
                columns,
                correlated: false,
                levels: (1..=known).map(|l| l.to_string()).collect(),
                known,
                codes: Vec::new(),
                smooth: true,
                kin: Vec::new(),
            });
        }
        Ok(out)
    }
}

/// Whether a smooth stands in the product.
pub(super) fn is_smooth(term: &[Factor]) -> bool {
    term.iter().any(|f| matches!(f, Factor::Curve(Curve::Smooth(_), ..)))
}

impl Curve {
    /// `poly(x, 3)`, `s(x)`, `s(x, k = 5)`
    pub(super) fn write(self, x: &Expression, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Curve::Poly(degree) => write!(f, "poly({x}, {degree})"),
            Curve::Smooth(None) => write!(f, "s({x})"),
            Curve::Smooth(Some(k)) => write!(f, "s({x}, k = {k})"),
        }
    }
}
