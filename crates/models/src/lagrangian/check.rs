//! Whether the derivatives of a Lagrangian are its derivatives, by differences.
use crate::{GradientReport, Model, gradient_check};
use steepest_core::{Batch, Lagrangian, Potential, Workspace};

/// L, or one of its slopes, as a function of (q, v, t), or of (q, v) at a time.
struct Jet<'a> {
    lagrangian: &'a dyn Lagrangian,
    slope: Option<(usize, f64)>,
}
impl Jet<'_> {
    fn z<'z>(&self, x: Batch<'z>, buffer: &'z mut Vec<f64>) -> Batch<'z> {
        let Some((_, t)) = self.slope else { return x };
        buffer.extend_from_slice(x.x);
        buffer.resize(x.x.len() + x.n, t);
        Batch { n: x.n, d: x.d + 1, x: buffer }
    }
}
impl Potential for Jet<'_> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut buffer = Vec::new();
        let z = self.z(x, &mut buffer);
        let Some((k, _)) = self.slope else { return self.lagrangian.values(z, scale, out, work) };
        let mut slopes = work.take(z.d * z.n);
        self.lagrangian.gradients(z, scale, &mut slopes, work);
        out.iter_mut().zip(&slopes[k * z.n..]).for_each(|(out, slope)| *out += slope);
        work.give(slopes);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut buffer = Vec::new();
        let z = self.z(x, &mut buffer);
        let Some((k, _)) = self.slope else { return self.lagrangian.gradients(z, scale, out, work) };
        let (mut slopes, mut second) = (work.take(z.d * z.n), work.take(x.d * x.d * x.n));
        self.lagrangian.jets(z, scale, &mut slopes, &mut second, work);
        out.iter_mut().zip(&second[k * x.d * x.n..]).for_each(|(out, curved)| *out += curved);
        work.give(second);
        work.give(slopes);
    }
}
impl Model for Jet<'_> {
    fn dim(&self) -> usize {
        2 * self.lagrangian.dim() + usize::from(self.slope.is_none())
    }
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
    fn report(&self, _x: Batch<'_>, _out: &mut [f64], _work: &mut Workspace) {}
}

/// Compares the slopes of L at points z = (q, v, t) with differences of L, and its second derivatives with differences of the
/// slopes; the worst of them. `coordinate` counts q, then v, then t.
///
/// ```
/// use steepest_core::Batch;
/// use steepest_models::{LagrangianText, lagrangian_check};
/// let l = LagrangianText::parse("0.5*xdot^2*(1 + x^2) - cos(x)*t", &[])?;
/// let report = lagrangian_check(&l, Batch { n: 1, d: 3, x: &[0.4, 1.5, 2.0] });
/// assert!(report.points == 1 && report.relative < 1e-9);
/// # Ok::<(), steepest_models::ExpressionError>(())
/// ```
pub fn lagrangian_check(l: &dyn Lagrangian, z: Batch<'_>) -> GradientReport {
    let d = l.dim();
    let mut worst = gradient_check(&Jet { lagrangian: l, slope: None }, z);
    // Second derivatives are compared a point at a time: one without an edge is enough.
    let (mut edge, mut smooth) = (None, false);
    for i in 0..z.n {
        let point: Vec<f64> = (0..2 * d).map(|k| z.x[k * z.n + i]).collect();
        let (mut here, mut compared) = (None, false);
        for k in 0..2 * d {
            let row = Jet { lagrangian: l, slope: Some((k, z.x[2 * d * z.n + i])) };
            let found = gradient_check(&row, Batch { n: 1, d: 2 * d, x: &point });
            let hidden = found.hidden;
            here = here.or(found.edge);
            compared |= found.points > 0;
            // Differences resolve some better than others: what is beyond that counts.
            if found.points > 0 && found.relative - found.resolution > worst.relative - worst.resolution {
                let of_all = (worst.points, worst.skipped, worst.hidden, worst.edge);
                worst = found;
                (worst.points, worst.skipped, worst.hidden, worst.edge) = of_all;
            }
            if hidden[0] > worst.hidden[0] {
                worst.hidden = hidden;
            }
        }
        smooth |= compared && here.is_none();
        edge = edge.or(here);
    }
    worst.edge = worst.edge.or(edge.filter(|_| !smooth));
    worst
}
