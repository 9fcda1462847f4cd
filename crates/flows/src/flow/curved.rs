//! Replay of explicit strides in a geometry with a diagonal D(x) and a constant Q: their path ratio is exact too.
use super::audit::{Audit, Auditable, look, virial};
use crate::functional::PotentialEnergy;
use crate::geometry::Separable;
use crate::scheme::Explicit;
use crate::state::Cloud;
use steepest_core::{Balanced, Covector, Flow, Noise, Potential, Scheme, Tangent, Tick, Workspace};

/// What the flow says of one end of a stride.
struct End {
    values: Vec<f64>,
    gradient: Covector,
    /// -K dV
    force: Vec<f64>,
    /// div D / beta
    ito: Vec<f64>,
    /// D, diagonal
    d: Vec<f64>,
}
impl End {
    fn of<G: Separable>(g: &G, v: &dyn Potential, beta: f64, at: Tick, x: &Cloud) -> Self {
        let (len, work) = (x.n * x.d, &mut Workspace::default());
        let (values, gradient) = look(v, x.batch());
        let (gradient, mut force, mut ito) = (Covector(gradient), Tangent::zeros(len), Tangent::zeros(len));
        g.sharp(at, x, -1.0, &gradient, &mut force, work);
        g.ito_drift(at, x, 1.0 / beta, &mut ito, work);
        End { values, gradient, force: force.0, ito: ito.0, d: diffusivity(g, at, x) }
    }
    /// The drift of the flow run backward, in which Q has the other sign: -K^T dV = -2 D dV + K dV.
    fn reverse(&self, k: usize) -> f64 {
        -2.0 * self.d[k] * self.gradient.0[k] - self.force[k] + self.ito[k]
    }
}
/// The diagonal of D: the square of what the root makes of ones.
fn diffusivity<G: Separable>(g: &G, at: Tick, x: &Cloud) -> Vec<f64> {
    let mut ones = Tangent(vec![1.0; x.n * x.d]);
    g.sqrt(at, x, &mut ones, &mut Workspace::default());
    ones.0.iter().map(|root| root * root).collect()
}
/// d_j D_j of every particle for one j, by central differences.
fn divergence<G: Separable>(g: &G, at: Tick, x: &Cloud, j: usize) -> Vec<f64> {
    let column = j * x.n..(j + 1) * x.n;
    let size = x.x[column.clone()].iter().fold(1e-3, |most: f64, x| most.max(x.abs()));
    let h = 1e-5 * size;
    let end = |h: f64| {
        let mut y = x.clone();
        y.x[column.clone()].iter_mut().for_each(|x| *x += h);
        diffusivity(g, at, &y)[column.clone()].to_vec()
    };
    let (up, down) = (end(h), end(-h));
    up.iter().zip(&down).map(|(u, d)| (u - d) / (2.0 * h)).collect()
}

/// The forward path has the law N(x + h b(x), 2 h D(x) / beta), the backward one that of the flow with -Q; w is the log of the
/// ratio of the two, with beta V at the ends. The drift of each is what the flow says it is; a stride that leaves out div D is
/// found by its centre, which is held against differences of D.
impl<V, G, N> Auditable<Cloud, Explicit> for Flow<PotentialEnergy<V>, G, N>
where
    V: Potential,
    G: Separable,
    N: Balanced + Noise<Cloud, G>,
{
    fn audit(&self, scheme: &Explicit, at: Tick, h: f64, x: &Cloud, audit: &mut Audit) {
        let (n, d, beta, v) = (x.n, x.d, self.noise.beta(), &self.functional.0);
        let before = End::of(&self.geometry, v, beta, at, x);
        virial(x.batch(), &before.gradient.0, beta, &mut audit.virial);
        let mut y = x.clone();
        let mut memory = scheme.memory(self, &y);
        if scheme.step(self, at, h, &mut y, &mut memory).is_err() {
            return; // the run itself will report the fault
        }
        let after = End::of(&self.geometry, v, beta, at, &y);
        let one = at.step as usize % d.max(1);
        let slopes = divergence(&self.geometry, at, x, one);
        for i in 0..n {
            let (mut w, mut whole, mut dissipated) = (beta * (after.values[i] - before.values[i]), 0.0, 0.0);
            let mut haze = beta * f64::EPSILON * (after.values[i].abs() + before.values[i].abs());
            for k in (0..d).map(|j| j * n + i) {
                let (var, back) = (2.0 * h / beta * before.d[k], 2.0 * h / beta * after.d[k]);
                let moved = y.x[k] - x.x[k] - h * before.force[k];
                let forward = moved - h * before.ito[k];
                let backward = x.x[k] - y.x[k] - h * after.reverse(k);
                let pulls = before.force[k].abs() + before.ito[k].abs() + after.reverse(k).abs();
                let blur = f64::EPSILON * (x.x[k].abs() + y.x[k].abs() + h * pulls);
                audit.shock(forward * forward / var, blur * blur / var);
                haze += blur * (forward.abs() / var + backward.abs() / back);
                w += 0.5 * (backward * backward / back - forward * forward / var + (back / var).ln());
                whole -= before.gradient.0[k] * before.force[k];
                dissipated += before.gradient.0[k] * before.gradient.0[k] * before.d[k];
                if k == one * n + i {
                    let ito = h * slopes[i] / beta;
                    audit.drift.moved += moved * ito / var;
                    audit.drift.weight += ito * ito / var;
                }
            }
            audit.stride(w, haze, d);
            let turns = |k: usize| {
                let straight = before.d[k] * before.gradient.0[k];
                (before.force[k] + straight).abs() > 1e-9 * straight.abs()
            };
            if dissipated > 0.0 && (0..d).any(|j| turns(j * n + i)) {
                audit.current.push(whole / dissipated);
            }
        }
    }
}
