//! VARIATIONAL INTEGRATORS: strides of mechanics by the discrete Euler-Lagrange equations of any Lagrangian.
use crate::functional::{Galerkin, Legendre};
use crate::noise::Still;
use crate::state::Phase;
use steepest_core::{Archive, Batch, Fault, Flow, Lagrangian, Persist, Scheme, Stride, Tick, Workspace};
use steepest_kernels::solve_general;

/// (q, p) to (q', p') with p = -D_1 L_d(q, q'), p' = D_2 L_d(q, q'): symplectic, symmetric, and conserving the momentum of each
/// linear symmetry of L [MarsdenWest2001, Thms. 1.3.3, 2.3.1], for any regular L(q, v, t).
///
/// The nodes of a stride are found by Newton's method with exact second derivatives, to rounding; each replica on its own, so that
/// its bits depend on no other. A first guess comes from the stride before.
///
/// ```
/// use steepest_core::{Flow, Lagrangian, Plan, Tick, Batch, Workspace, Scheme, run};
/// use steepest_flows::{flow::Variational, functional::Legendre, geometry::Symplectic, noise::Still, state::Phase};
/// /// L = (v^2 - q^2) / 2: the midpoint rule turns by 2 atan(h / 2).
/// struct Oscillator;
/// impl Lagrangian for Oscillator {
///     fn dim(&self) -> usize { 1 }
///     fn values(&self, z: Batch<'_>, s: f64, out: &mut [f64], _: &mut Workspace) {
///         (0..z.n).for_each(|i| out[i] += s * (z.column(1)[i].powi(2) - z.column(0)[i].powi(2)) / 2.0);
///     }
///     fn gradients(&self, z: Batch<'_>, s: f64, out: &mut [f64], _: &mut Workspace) {
///         (0..z.n).for_each(|i| { out[i] -= s * z.column(0)[i]; out[z.n + i] += s * z.column(1)[i] });
///     }
///     fn jets(&self, z: Batch<'_>, s: f64, slopes: &mut [f64], second: &mut [f64], work: &mut Workspace) {
///         self.gradients(z, s, slopes, work);
///         (0..z.n).for_each(|i| { second[i] -= s; second[3 * z.n + i] += s });
///     }
/// }
/// let flow = Flow { functional: Legendre(Oscillator), geometry: Symplectic, noise: Still };
/// let scheme = Variational::of_order(2).unwrap();
/// let mut x = Phase { n: 1, d: 1, z: [1.0, 0.0].into() };
/// let mut memory = scheme.memory(&flow, &x);
/// run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), Plan::new(0.2, 1000), &mut []).unwrap();
/// let angle = 1000.0 * 2.0 * 0.1f64.atan();
/// assert!((x.z[0] - angle.cos()).abs() < 1e-12 && (x.z[1] + angle.sin()).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Variational {
    rule: Galerkin,
    /// Row a, column b: the polynomial of node b, of the stride before, where node a of the next one is.
    beyond: Vec<f64>,
}
/// Rounds of Newton's method.
const ROUNDS: usize = 50;
/// A correction below this share of what moves has made the next one rounding.
const CONVERGED: f64 = 1e-10;
/// One that stopped shrinking below this share is rounding.
const ROUNDING: f64 = 1e-7;

/// The nodes of the last stride, from which the next is guessed, and scratch.
#[derive(Clone, Debug)]
pub struct Nodes {
    h: f64,
    x: Vec<f64>,
    p: Vec<f64>,
    last: Vec<f64>,
    work: Workspace,
}
impl Variational {
    /// Of order 2 (the midpoint rule), 4 or 6.
    pub fn of_order(order: u32) -> Option<Self> {
        let rule = Galerkin::of_order(order)?;
        let beyond = rule.nodes().iter().flat_map(|c| rule.at(1.0 + c).0).collect();
        Some(Variational { rule, beyond })
    }
    /// A first guess of the nodes: those of the stride before, drawn on; at first, the way the velocity leads.
    fn guess<L: Lagrangian>(&self, legendre: &Legendre<L>, at: Tick, h: f64, x: &Phase, m: &mut Nodes) {
        let (size, nodes) = (x.n * x.d, self.rule.nodes());
        if m.h == h {
            let mut next = m.work.take(m.x.len());
            for (row, to) in self.beyond.chunks_exact(nodes.len()).zip(next.chunks_exact_mut(size)) {
                for (weight, from) in row.iter().zip(m.x.chunks_exact(size)) {
                    steepest_kernels::axpy(*weight, from, to);
                }
            }
            m.x.copy_from_slice(&next);
            m.work.give(next);
        } else {
            let mut v = m.work.take(size);
            v.copy_from_slice(x.p());
            legendre.velocities(at.t, x.q(), x.p(), &mut v, &mut m.work);
            for (c, to) in nodes.iter().zip(m.x.chunks_exact_mut(size)) {
                to.copy_from_slice(x.q().x);
                steepest_kernels::axpy(c * h, &v, to);
            }
            m.work.give(v);
        }
        m.x[..size].copy_from_slice(x.q().x);
        m.h = h;
    }
}
impl<L: Lagrangian, G> Scheme<Flow<Legendre<L>, G, Still>, Phase> for Variational {
    type Memory = Nodes;
    fn order(&self) -> u32 {
        self.rule.order()
    }
    fn memory(&self, _flow: &Flow<Legendre<L>, G, Still>, x: &Phase) -> Nodes {
        let size = x.n * x.d;
        Nodes {
            h: f64::NAN,
            x: vec![0.0; self.rule.nodes().len() * size],
            p: vec![0.0; size],
            last: vec![0.0; x.n],
            work: Workspace::default(),
        }
    }
    fn step(
        &self,
        flow: &Flow<Legendre<L>, G, Still>,
        at: Tick,
        h: f64,
        x: &mut Phase,
        m: &mut Nodes,
    ) -> Result<Stride, Fault> {
        let (n, d, degree) = (x.n, x.d, self.rule.degree());
        let (all, free) = ((degree + 1) * d, degree * d);
        self.guess(&flow.functional, at, h, x, m);
        m.last.fill(f64::INFINITY);
        let mut gradients = 0;
        let mut scratch = m.work.take(free * free + free);
        let mut pivots = vec![0; free];
        for round in 0.. {
            let (mut slopes, mut second) = (m.work.take(all * n), m.work.take(all * all * n));
            let batch = Batch { n, d: all, x: &m.x };
            let to = (slopes.as_mut_slice(), second.as_mut_slice());
            self.rule.jets(&flow.functional.0, batch, &|_, c| (at.t + c * h, h), to, &mut m.work);
            gradients += (n * degree) as u64;
            let mut open = false;
            // NaN marks a replica that has arrived: it moves no more, whatever the others do.
            for i in (0..n).filter(|i| !m.last[*i].is_nan()).collect::<Vec<_>>() {
                let (matrix, step) = scratch.split_at_mut(free * free);
                // Equations of nodes 0 .. s, unknowns of nodes 1 ..= s.
                for row in 0..free {
                    let incoming = if row < d { x.p()[row * n + i] } else { 0.0 };
                    step[row] = -incoming - slopes[row * n + i];
                    (0..free).for_each(|k| matrix[row * free + k] = second[(row * all + d + k) * n + i]);
                }
                let regular = solve_general(free, matrix, &mut pivots, 1, step);
                let (mut moved, mut size) = (0.0_f64, 0.0_f64);
                for (k, step) in step.iter().enumerate() {
                    let node = &mut m.x[(d + k) * n + i];
                    *node += step;
                    moved = if step.is_nan() { f64::NAN } else { moved.max(step.abs()) };
                    size = size.max(node.abs());
                }
                if !regular || !moved.is_finite() {
                    return Err(Fault::Inadmissible { step: at.step + 1, replica: Some(i as u64) });
                }
                // The last momentum, to first order in the step: the next step is of its square.
                for j in 0..d {
                    let row = free + j;
                    let bent: f64 = (0..free).map(|k| second[(row * all + d + k) * n + i] * step[k]).sum();
                    m.p[j * n + i] = slopes[row * n + i] + bent;
                }
                let arrived = moved <= CONVERGED * size || moved <= ROUNDING * size && moved >= 0.25 * m.last[i];
                m.last[i] = if arrived { f64::NAN } else { moved };
                open |= !arrived;
            }
            m.work.give(second);
            m.work.give(slopes);
            if !open {
                break;
            }
            if round == ROUNDS {
                let residual = m.last.iter().copied().filter(|x| !x.is_nan()).fold(0.0, f64::max);
                return Err(Fault::Stalled { step: at.step + 1, residual });
            }
        }
        m.work.give(scratch);
        let (q, p) = x.split_mut();
        q.copy_from_slice(&m.x[free * n..]);
        p.copy_from_slice(&m.p);
        Ok(Stride { h, accepted: 1.0, gradients })
    }
}
impl Persist for Nodes {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { h, x, p: _, last: _, work: _ } = self;
        h.pass(archive)?;
        x.pass(archive)
    }
}
